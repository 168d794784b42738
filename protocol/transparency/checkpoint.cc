#include "protocol/transparency/checkpoint.h"

#include "protocol/transparency/lines.h"

namespace gwageo {

std::string to_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
         to_base64(checkpoint.root.view()) + '\n';
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!origin || !size_line || !root_line || !text.empty()) {
    return fail(ErrorKind::bad_input, "checkpoint: not three lines of origin, size and root");
  }
  if (origin->empty()) return fail(ErrorKind::bad_input, "checkpoint: line 1 is no origin");
  const auto size = parse_decimal(*size_line);
  if (!size) return fail(ErrorKind::bad_input, "checkpoint: line 2 is no size");
  const auto root = parse_hash(*root_line);
  if (!root) return fail(ErrorKind::bad_input, "checkpoint: line 3 is no root");
  return Checkpoint{std::string(*origin), *size, *root};
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  return sign_note(to_text(checkpoint), checkpoint.origin, key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key) {
  GWAGEO_ASSIGN(text, open_note(note, key));
  GWAGEO_ASSIGN(checkpoint, parse_checkpoint(text));
  if (checkpoint.origin == key.name) return checkpoint;
  return fail(ErrorKind::bad_input, "checkpoint: the origin is not " + key.name);
}

Result<Checkpoint> read_unchecked_checkpoint(std::string_view note) {
  GWAGEO_ASSIGN(parsed, parse_note(note));
  GWAGEO_ASSIGN(checkpoint, parse_checkpoint(parsed.text));
  for (const NoteSignature& signature : parsed.signatures) {
    if (signature.name == checkpoint.origin) return checkpoint;
  }
  return fail(ErrorKind::bad_input, "signed note: no signature by its origin " + checkpoint.origin);
}

}  // namespace gwageo
