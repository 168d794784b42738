#include "protocol/transparency/cosignature.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::size_t time_bytes = 8;
constexpr std::uint64_t most_seconds = ~std::uint64_t{0} >> 1;

std::string message_of(std::string_view text, std::uint64_t seconds) {
  std::string message = "cosignature/v1\ntime " + std::to_string(seconds) + "\n";
  message += text;
  return message;
}

std::string big_endian(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

}  // namespace

NoteSignature cosign(std::string_view text, std::string_view name, const SigningKey& key,
                     std::uint64_t seconds) {
  GWAGEO_CHECK(text.ends_with('\n'));
  GWAGEO_CHECK(is_note_name(name));
  GWAGEO_CHECK(seconds != 0);
  GWAGEO_CHECK(seconds <= most_seconds);
  const NoteKey verifier{std::string(name), verifying_key(key), NoteKeyType::cosignature};
  const Signature made = sign(message_of(text, seconds), key);
  std::string bytes = big_endian(seconds);
  bytes.append(reinterpret_cast<const char*>(made.bytes.data()), made.bytes.size());
  return {verifier.name, note_key_id(verifier), std::move(bytes)};
}

Result<std::optional<std::uint64_t>> cosigned_at(const Note& note, const NoteKey& key) {
  GWAGEO_CHECK(key.type == NoteKeyType::cosignature);
  const NoteSignature* const found = find_signature(note, key);
  if (found == nullptr) return std::nullopt;
  const auto is_false = [&key] {
    return fail(ErrorKind::corrupt, "signed note: the cosignature of " + key.name +
                                        " is false: the text is not what was cosigned");
  };
  Signature signature;
  if (found->bytes.size() != time_bytes + signature.bytes.size()) return is_false();
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < time_bytes; ++i) {
    seconds = seconds << 8 | static_cast<unsigned char>(found->bytes[i]);
  }
  std::copy(found->bytes.begin() + time_bytes, found->bytes.end(), signature.bytes.begin());
  if (seconds == 0 || seconds > most_seconds) return is_false();
  if (!verify(message_of(note.text, seconds), signature, key.key)) return is_false();
  return seconds;
}

}  // namespace gwageo
