// Checkpoints (c2sp.org/tlog-checkpoint): how long a log was, and its Merkle root, in a signed
// note. Pure; a note may be any foreign bytes.
//
//   example.com/programme                        origin: who speaks, and the name of its key
//   3                                            entries of the log
//   Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk= RFC 6962 root over them, base64
//                                                an empty line
//   — example.com/programme M9e0lvAQRtH8...      signatures
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/transparency/note.h"

namespace gwageo {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;  ///< Entries of the log.
  Digest root;             ///< `merkle_root` over them.
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// What is signed: three lines.
std::string to_text(const Checkpoint& checkpoint);
/// bad_input, naming the line, unless `text` is what `to_text` writes for some checkpoint: ours
/// have no extension lines.
Result<Checkpoint> parse_checkpoint(std::string_view text);

/// The whole checkpoint file, signed under the origin's name. REQUIRES: is_note_name(origin).
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
/// As `open_note`; besides, the note must be a checkpoint whose origin is the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key);

/// What a checkpoint says, whoever signed it: its signatures are not checked. bad_input unless it
/// is a checkpoint with at least one signature by its origin.
Result<Checkpoint> read_unchecked_checkpoint(std::string_view note);

}  // namespace gwageo
