#include "protocol/transparency/note.h"

#include <algorithm>
#include <optional>

#include "protocol/check.h"
#include "protocol/digest.h"
#include "protocol/transparency/lines.h"

namespace gwageo {
namespace {

constexpr std::size_t name_bytes_max = 256;
constexpr std::string_view signature_mark = "\xe2\x80\x94 ";  // An em dash and a space.
constexpr std::size_t key_id_bytes = 4;

std::string_view view_of_array(const auto& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size()};
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

std::optional<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_mark)) return std::nullopt;
  line.remove_prefix(signature_mark.size());
  const std::size_t space = line.find(' ');
  if (space == line.npos || !is_note_name(line.substr(0, space))) return std::nullopt;
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= key_id_bytes) return std::nullopt;
  return NoteSignature{std::string(line.substr(0, space)), bytes->substr(0, key_id_bytes),
                       bytes->substr(key_id_bytes)};
}

tl::unexpected<Error> malformed_note(const std::string& what) {
  return fail(ErrorKind::bad_input, "signed note: " + what);
}

Result<NoteKey> parse_vkey_of(std::string_view vkey, NoteKeyType type, const char* what) {
  // Base64 has plus signs too, a name and an id have none: count from the front.
  const std::size_t first = vkey.substr(0, name_bytes_max + 1).find('+');
  const std::size_t second = first == vkey.npos ? first : vkey.find('+', first + 1);
  if (second == vkey.npos) return fail(ErrorKind::bad_input, "vkey: not of the form NAME+ID+KEY");
  const auto typed = from_base64(vkey.substr(second + 1));
  NoteKey key{std::string(vkey.substr(0, first)), {}, type};
  if (!is_note_name(key.name)) return fail(ErrorKind::bad_input, "vkey: not a name");
  if (!typed || typed->size() != 1 + key.key.bytes.size() ||
      typed->front() != static_cast<char>(type)) {
    return fail(ErrorKind::bad_input, "vkey of " + key.name + ": not " + what);
  }
  std::copy(typed->begin() + 1, typed->end(), key.key.bytes.begin());
  if (vkey != to_vkey(key)) {
    return fail(ErrorKind::bad_input, "vkey of " + key.name + ": the id does not fit the key");
  }
  return key;
}

bool is_signature_of(const NoteSignature& line, std::string_view text, const VerifyingKey& key) {
  Signature signature;
  if (line.bytes.size() != signature.bytes.size()) return false;
  std::copy(line.bytes.begin(), line.bytes.end(), signature.bytes.begin());
  return verify(text, signature, key);
}

}  // namespace

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

bool is_note_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max || !is_note_text(name)) return false;
  while (!name.empty()) {
    const std::size_t size = character_bytes(name);
    if (name[0] == '\n' || name[0] == '+' || is_space(name.substr(0, size))) return false;
    name.remove_prefix(size);
  }
  return true;
}

std::string note_key_id(const NoteKey& key) {
  std::string hashed = key.name;
  hashed += '\n';
  hashed += static_cast<char>(key.type);
  hashed += view_of_array(key.key.bytes);
  return std::string(sha256(hashed).view().substr(0, key_id_bytes));
}

std::string to_vkey(const NoteKey& key) {
  GWAGEO_CHECK(is_note_name(key.name));
  std::string typed(1, static_cast<char>(key.type));
  typed += view_of_array(key.key.bytes);
  return key.name + '+' + id_in_hexadecimal(note_key_id(key)) + '+' + to_base64(typed);
}

Result<NoteKey> parse_vkey(std::string_view vkey) {
  return parse_vkey_of(vkey, NoteKeyType::ed25519, "an Ed25519 key");
}

Result<NoteKey> parse_cosigner_vkey(std::string_view vkey) {
  return parse_vkey_of(vkey, NoteKeyType::cosignature, "a key for Ed25519 cosignatures");
}

Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text) {
  std::vector<NoteSignature> signatures;
  while (!text.empty()) {
    if (signatures.size() == note_signatures_max) return malformed_note("too many signatures");
    const auto line = take_line(text);
    auto signature = line ? parse_signature_line(*line) : std::nullopt;
    if (!signature) {
      return malformed_note("signature line " + std::to_string(signatures.size() + 1) + " is none");
    }
    signatures.push_back(*std::move(signature));
  }
  return signatures;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > note_bytes_max) return malformed_note("too large");
  if (!is_note_text(note)) return malformed_note("not plain UTF-8 text");
  const std::size_t split = note.rfind("\n\n");
  if (split == note.npos) return malformed_note("no empty line before the signatures");
  const std::string_view lines = note.substr(split + 2);
  if (lines.empty()) return malformed_note("no signature");
  GWAGEO_ASSIGN(signatures, parse_signature_lines(lines));
  return Note{std::string(note.substr(0, split + 1)), std::move(signatures)};
}

std::string to_line(const NoteSignature& signature) {
  std::string line(signature_mark);
  line += signature.name + ' ' + to_base64(signature.id + signature.bytes) + '\n';
  return line;
}

std::string to_text(const Note& note) {
  std::string text = note.text + '\n';
  for (const NoteSignature& signature : note.signatures) text += to_line(signature);
  return text;
}

const NoteSignature* find_signature(const Note& note, const NoteKey& key) {
  const std::string id = note_key_id(key);
  for (const NoteSignature& signature : note.signatures) {
    if (signature.name == key.name && signature.id == id) return &signature;
  }
  return nullptr;
}

std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  GWAGEO_CHECK(text.ends_with('\n'));
  GWAGEO_CHECK(is_note_name(name));
  const NoteKey verifier{std::string(name), verifying_key(key)};
  return to_text({std::string(text),
                  {{verifier.name, note_key_id(verifier),
                    std::string(view_of_array(sign(text, key).bytes))}}});
}

Result<std::string> open_note(std::string_view note, const NoteKey& key) {
  GWAGEO_CHECK(key.type == NoteKeyType::ed25519);
  GWAGEO_ASSIGN(parsed, parse_note(note));
  const NoteSignature* const signature = find_signature(parsed, key);
  if (signature == nullptr) return malformed_note("no signature by " + to_vkey(key));
  if (is_signature_of(*signature, parsed.text, key.key)) return std::move(parsed.text);
  return fail(ErrorKind::corrupt, "signed note: the signature of " + key.name +
                                      " is false: the text is not what was signed");
}

}  // namespace gwageo
