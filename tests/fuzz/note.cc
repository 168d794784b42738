// A signed note, the checkpoint in it, and a verifying key as text: whatever lies beside an
// archive.
#include "coordinator/checkpoint.h"
#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

SigningKey signing_key() {
  SigningKey key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] = static_cast<std::uint8_t>(i);
  return key;
}

const NoteKey& key() {
  static const NoteKey made{"example.com/log", verifying_key(signing_key())};
  return made;
}

const Checkpoint& signed_one() {
  static const Checkpoint made{"example.com/log", 3, sha256("root")};
  return made;
}

void run_note(std::string_view input) {
  const Result<NoteKey> read_key = parse_vkey(input);
  if (read_key) GWAGEO_CHECK(parse_vkey(to_vkey(*read_key)).value() == *read_key);

  const Result<std::string> text = open_note(input, key());
  if (text) GWAGEO_CHECK(input.starts_with(*text));
  const Result<Checkpoint> checkpoint = open_checkpoint(input, key());
  // Nobody can sign another one without the key, whatever is around the signature.
  if (checkpoint) GWAGEO_CHECK(*checkpoint == signed_one());
  const Result<Checkpoint> unchecked = read_unchecked_checkpoint(input);
  if (checkpoint) GWAGEO_CHECK(unchecked.has_value() && *unchecked == *checkpoint);
}

std::vector<std::string> note_seeds() {
  return {sign_checkpoint(signed_one(), signing_key()), to_vkey(key()),
          sign_note("text\n", "other", signing_key())};
}

}  // namespace

const Target note_target = {"note", run_note, note_seeds};

}  // namespace gwageo::fuzz
