#include "coordinator/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t note_bytes_max = 64 * 1024;
constexpr std::size_t signatures_max = 100;
constexpr std::size_t name_bytes_max = 256;
constexpr std::string_view signature_mark = "\xe2\x80\x94 ";  // An em dash and a space.
constexpr char ed25519_type = 0x01;
constexpr std::size_t key_id_bytes = 4;

std::string_view view(const auto& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size()};
}

std::string key_id(std::string_view name, const VerifyingKey& key) {
  std::string hashed(name);
  hashed += '\n';
  hashed += ed25519_type;
  hashed += view(key.bytes);
  return std::string(sha256(hashed).view().substr(0, key_id_bytes));
}

std::string id_in_hexadecimal(std::string_view id) {
  Digest padded;
  std::copy(id.begin(), id.end(), padded.bytes.begin());
  return to_hex(padded).substr(0, 2 * key_id_bytes);
}

// The length of the UTF-8 character at the start of `text`, or 0 when it is none (RFC 3629).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (first == 0xe0 && byte(1) < 0xa0) return 0;  // Written too long.
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;  // A surrogate.
  if (first == 0xf4 && byte(1) > 0x8f) return 0;  // Past the last character.
  return size;
}

bool is_space(std::string_view character) {
  static constexpr std::string_view spaces[] = {" ",
                                                "\xc2\x85",
                                                "\xc2\xa0",
                                                "\xe1\x9a\x80",
                                                "\xe2\x80\xa8",
                                                "\xe2\x80\xa9",
                                                "\xe2\x80\xaf",
                                                "\xe2\x81\x9f",
                                                "\xe3\x80\x80"};
  if (character >= "\xe2\x80\x80" && character <= "\xe2\x80\x8a" && character.size() == 3)
    return true;
  return std::find(std::begin(spaces), std::end(spaces), character) != std::end(spaces);
}

// A note is UTF-8 whose only control character is the newline.
bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    if (size == 0 || (size == 1 && text[0] < 0x20 && text[0] != '\n') || text[0] == 0x7f) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

// Takes a line, without its newline, from the front of `text`; nothing when no newline is left.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

struct SignatureLine {
  std::string_view name;
  std::string bytes;  // Key id and signature.
};

std::optional<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_mark)) return std::nullopt;
  line.remove_prefix(signature_mark.size());
  const std::size_t space = line.find(' ');
  if (space == line.npos || !is_note_name(line.substr(0, space))) return std::nullopt;
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= key_id_bytes) return std::nullopt;
  return SignatureLine{line.substr(0, space), std::move(*bytes)};
}

bool is_signature_of(const SignatureLine& line, std::string_view text, const NoteKey& key) {
  const std::string_view bytes = std::string_view(line.bytes).substr(key_id_bytes);
  Signature signature;
  if (bytes.size() != signature.bytes.size()) return false;
  std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
  return verify(text, signature, key.key);
}

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorKind::bad_input, "signed note: " + what);
}

/// A note taken apart; views into it.
struct NoteParts {
  std::string_view text;
  std::vector<SignatureLine> signatures;
};

Result<NoteParts> parse_note(std::string_view note) {
  if (note.size() > note_bytes_max) return malformed("too large");
  if (!is_note_text(note)) return malformed("not plain UTF-8 text");
  const std::size_t split = note.rfind("\n\n");
  if (split == note.npos) return malformed("no empty line before the signatures");
  NoteParts parts{note.substr(0, split + 1), {}};
  std::string_view lines = note.substr(split + 2);
  if (lines.empty()) return malformed("no signature");
  while (!lines.empty()) {
    if (parts.signatures.size() == signatures_max) return malformed("too many signatures");
    const auto line = take_line(lines);
    auto signature = line ? parse_signature_line(*line) : std::nullopt;
    if (!signature) {
      return malformed("signature line " + std::to_string(parts.signatures.size() + 1) +
                       " is none");
    }
    parts.signatures.push_back(*std::move(signature));
  }
  return parts;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto origin = take_line(text);
  const auto size = take_line(text);
  const auto root_line = take_line(text);
  if (!origin || !size || !root_line || !text.empty()) {
    return fail(ErrorKind::bad_input, "checkpoint: not three lines of origin, size and root");
  }
  Checkpoint checkpoint{std::string(*origin), 0, {}};
  const auto parsed = std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  if (parsed.ec != std::errc() || std::to_string(checkpoint.size) != *size) {
    return fail(ErrorKind::bad_input, "checkpoint: line 2 is no size");
  }
  const auto root = from_base64(*root_line);
  if (!root || root->size() != checkpoint.root.bytes.size()) {
    return fail(ErrorKind::bad_input, "checkpoint: line 3 is no root");
  }
  std::copy(root->begin(), root->end(), checkpoint.root.bytes.begin());
  return checkpoint;
}

}  // namespace

bool is_note_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max || !is_note_text(name)) return false;
  while (!name.empty()) {
    const std::size_t size = character_bytes(name);
    if (name[0] == '\n' || name[0] == '+' || is_space(name.substr(0, size))) return false;
    name.remove_prefix(size);
  }
  return true;
}

bool may_precede_checkpoint(const Fact& fact) {
  return std::holds_alternative<Founded>(fact) ||
         std::holds_alternative<CoordinatorStarted>(fact) ||
         std::holds_alternative<PrincipalRegistered>(fact) ||
         std::holds_alternative<DayBegan>(fact);
}

std::string to_vkey(const NoteKey& key) {
  GWAGEO_CHECK(is_note_name(key.name));
  std::string typed(1, ed25519_type);
  typed += view(key.key.bytes);
  return key.name + '+' + id_in_hexadecimal(key_id(key.name, key.key)) + '+' + to_base64(typed);
}

Result<NoteKey> parse_vkey(std::string_view vkey) {
  // Base64 has plus signs too, a name and an id have none: count from the front.
  const std::size_t first = vkey.substr(0, name_bytes_max + 1).find('+');
  const std::size_t second = first == vkey.npos ? first : vkey.find('+', first + 1);
  if (second == vkey.npos) return fail(ErrorKind::bad_input, "vkey: not of the form NAME+ID+KEY");
  const auto typed = from_base64(vkey.substr(second + 1));
  NoteKey key{std::string(vkey.substr(0, first)), {}};
  if (!is_note_name(key.name)) return fail(ErrorKind::bad_input, "vkey: not a name");
  if (!typed || typed->size() != 1 + key.key.bytes.size() || typed->front() != ed25519_type) {
    return fail(ErrorKind::bad_input, "vkey of " + key.name + ": not an Ed25519 key");
  }
  std::copy(typed->begin() + 1, typed->end(), key.key.bytes.begin());
  if (vkey != to_vkey(key)) {
    return fail(ErrorKind::bad_input, "vkey of " + key.name + ": the id does not fit the key");
  }
  return key;
}

std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  GWAGEO_CHECK(text.ends_with('\n'));
  GWAGEO_CHECK(is_note_name(name));
  std::string bytes = key_id(name, verifying_key(key));
  bytes += view(sign(text, key).bytes);
  std::string note(text);
  note += '\n';
  note += signature_mark;
  note += name;
  note += ' ';
  note += to_base64(bytes);
  note += '\n';
  return note;
}

Result<std::string> open_note(std::string_view note, const NoteKey& key) {
  GWAGEO_ASSIGN(parts, parse_note(note));
  const std::string id = key_id(key.name, key.key);
  for (const SignatureLine& signature : parts.signatures) {
    if (signature.name != key.name || !signature.bytes.starts_with(id)) continue;
    if (is_signature_of(signature, parts.text, key)) return std::string(parts.text);
    return fail(ErrorKind::corrupt, "signed note: the signature of " + key.name +
                                        " is false: the text is not what was signed");
  }
  return malformed("no signature by " + to_vkey(key));
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  const std::string text = checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
                           to_base64(checkpoint.root.view()) + '\n';
  return sign_note(text, checkpoint.origin, key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key) {
  GWAGEO_ASSIGN(text, open_note(note, key));
  GWAGEO_ASSIGN(checkpoint, parse_checkpoint(text));
  if (checkpoint.origin == key.name) return checkpoint;
  return fail(ErrorKind::bad_input, "checkpoint: the origin is not " + key.name);
}

Result<Checkpoint> read_unchecked_checkpoint(std::string_view note) {
  GWAGEO_ASSIGN(parts, parse_note(note));
  GWAGEO_ASSIGN(checkpoint, parse_checkpoint(parts.text));
  for (const SignatureLine& signature : parts.signatures) {
    if (signature.name == checkpoint.origin) return checkpoint;
  }
  return malformed("no signature by its origin " + checkpoint.origin);
}

Status check_not_behind(const Checkpoint& signed_one, std::uint64_t journal_size,
                        const std::function<Result<Digest>(std::uint64_t size)>& root_at) {
  static const std::string advice =
      "; nothing is served: restore the store from a newer copy, or recover it from a mirror";
  const std::string was_signed = "the checkpoint of " + signed_one.origin + " was signed at " +
                                 std::to_string(signed_one.size) + " records";
  const std::string there_are = "the journal holds " + std::to_string(journal_size);
  if (journal_size < signed_one.size) {
    return fail(ErrorKind::corrupt,
                was_signed + ", but " + there_are + ": records " + std::to_string(journal_size) +
                    " to " + std::to_string(signed_one.size - 1) + " (from 0) are lost" + advice);
  }
  GWAGEO_ASSIGN(root, root_at(signed_one.size));
  if (root == signed_one.root) return {};
  return fail(ErrorKind::corrupt, was_signed + " with root " + to_hex(signed_one.root) + ", and " +
                                      there_are + ", but the root over the first " +
                                      std::to_string(signed_one.size) + " is " + to_hex(root) +
                                      ": a record was changed" + advice);
}

}  // namespace gwageo
