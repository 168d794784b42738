// The signed checkpoint: how long the journal was, and its Merkle root, in the coordinator's hand.
// It lies outside the store because no store can witness that its own end is missing.
//
// The text is a tlog-checkpoint in a signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note):
//
//   example.com/programme                        origin: who speaks, and the name of its key
//   3                                            records in the journal
//   Wqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk= RFC 6962 root over them, base64
//                                                an empty line
//   — example.com/programme M9e0lvAQRtH8...      base64 of key id (4 bytes) and Ed25519 signature
//
// A key id is the first 4 bytes of SHA-256(name, 0x0A, 0x01, key). A vkey, the text form of a
// verifying key, is NAME+ID+KEY: 8 hexadecimal digits, then base64 of 0x01 and the 32 bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "coordinator/fact.h"
#include "protocol/digest.h"
#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;  ///< Records of the journal.
  Digest root;             ///< `merkle_root` over them.
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Signs a journal's head: the note as it is stored, or empty text where nobody can sign.
using SignCheckpoint = std::function<std::string(const Checkpoint&)>;

/// Facts of a coordinator that has not served anybody yet. Only they may be in a journal that has
/// no checkpoint, for the first one is made before the first client is let in.
bool may_precede_checkpoint(const Fact& fact);

/// A name and what checks its signatures. A value.
struct NoteKey {
  std::string name;
  VerifyingKey key;
  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

/// True for names that can stand in a signature line and a vkey: not empty, UTF-8 without white
/// space, control characters or '+'.
bool is_note_name(std::string_view name);

/// REQUIRES: is_note_name(key.name).
std::string to_vkey(const NoteKey& key);
/// bad_input unless it is a vkey of an Ed25519 key whose id fits its name and bytes.
Result<NoteKey> parse_vkey(std::string_view vkey);

/// `text` with one signature. REQUIRES: `text` ends with a newline, is_note_name(name).
std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key);
/// The text of a note that `key` has signed; other keys' signatures are ignored. bad_input when it
/// is no signed note or has no signature by `key`; corrupt when one by `key` is false. `note` may
/// be any foreign bytes.
Result<std::string> open_note(std::string_view note, const NoteKey& key);

/// The whole checkpoint file, signed under the origin's name. REQUIRES: is_note_name(origin).
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
/// As `open_note`; besides, the note must be a checkpoint without extension lines whose origin is
/// the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key);

/// What a checkpoint says, whoever signed it: its signatures are not checked. bad_input unless it
/// is a checkpoint without extension lines with at least one signature by its origin.
Result<Checkpoint> read_unchecked_checkpoint(std::string_view note);

/// Whether the journal still holds what was signed. `root_at(size)` is the root over the first
/// `size` records; it is asked only for a size that the journal has. corrupt when the journal is
/// shorter than `signed_one` or its root there is another: the coordinator must not serve it.
Status check_not_behind(const Checkpoint& signed_one, std::uint64_t journal_size,
                        const std::function<Result<Digest>(std::uint64_t size)>& root_at);

}  // namespace gwageo
