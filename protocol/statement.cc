#include "protocol/statement.h"

#include <optional>

#include "protocol/bytes.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::string_view command_begins = "gwageo/command/v1\n";
constexpr std::string_view batch_begins = "gwageo/batch/v1\n";

void put(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\n");
}

/// Takes the line "NAME: VALUE" off `text`, if it begins with one.
std::optional<std::string> take(std::string_view& text, std::string_view name) {
  const std::string begins = std::string(name) + ": ";
  const std::size_t end = text.find('\n');
  if (end == text.npos || !text.starts_with(begins)) return std::nullopt;
  std::string value(text.substr(begins.size(), end - begins.size()));
  text.remove_prefix(end + 1);
  return value;
}

std::string to_hexadecimal(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string from_hexadecimal(std::string_view text) {
  const auto value = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 15U;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(value(text[i]) << 4U | value(text[i + 1]));
  }
  return bytes;
}

}  // namespace

CommandStatement statement_of(const Command& command, std::string nonce, std::string signer,
                              std::string log) {
  CommandStatement statement{std::move(log), std::move(signer), command.verb, std::move(nonce), {},
                             command.body};
  for (const std::string& piece : command.attachments) {
    statement.attachments.push_back(sha256(piece));
  }
  return statement;
}

std::string to_bytes(const CommandStatement& statement) {
  std::string text(command_begins);
  put(text, "log", statement.log);
  put(text, "signer", statement.signer);
  put(text, "verb", statement.verb);
  put(text, "nonce", to_hexadecimal(statement.nonce));
  for (const Digest& piece : statement.attachments) put(text, "attachment", to_hex(piece));
  return text + "\n" + statement.body;
}

// What was read is written again and compared, so there is one form and no other.
Result<CommandStatement> parse_command_statement(std::string_view bytes) {
  const auto refuse = [] { return fail(ErrorKind::bad_input, "it is no statement of a command"); };
  std::string_view rest = bytes;
  if (!rest.starts_with(command_begins)) return refuse();
  rest.remove_prefix(command_begins.size());
  CommandStatement statement;
  for (auto [name, member] : {std::pair{"log", &statement.log},
                              {"signer", &statement.signer},
                              {"verb", &statement.verb},
                              {"nonce", &statement.nonce}}) {
    std::optional<std::string> value = take(rest, name);
    if (!value) return refuse();
    *member = *std::move(value);
  }
  statement.nonce = from_hexadecimal(statement.nonce);
  while (const std::optional<std::string> piece = take(rest, "attachment")) {
    const std::optional<Digest> digest = from_hex(*piece);
    if (!digest) return refuse();
    statement.attachments.push_back(*digest);
  }
  if (rest.empty()) return refuse();
  statement.body = rest.substr(1);
  if (to_bytes(statement) != bytes) return refuse();
  return statement;
}

Digest batch_root(std::span<const BatchChunk> chunks) {
  MerkleFrontier tree;
  for (const BatchChunk& chunk : chunks) {
    ByteWriter leaf;
    leaf.reserve(48);
    leaf.u64(chunk.lease.value);
    leaf.u64(chunk.first);
    leaf.digest(chunk.root);
    tree.add(merkle_leaf(leaf.bytes()));
  }
  return tree.root();
}

std::string batch_statement(std::string_view log, std::string_view signer, WorkerId worker,
                            std::uint64_t batch, std::size_t chunks, const Digest& root) {
  std::string text(batch_begins);
  put(text, "log", log);
  put(text, "signer", signer);
  put(text, "worker", std::to_string(worker.value));
  put(text, "batch", std::to_string(batch));
  put(text, "chunks", std::to_string(chunks));
  put(text, "root", to_hex(root));
  return text;
}

}  // namespace gwageo
