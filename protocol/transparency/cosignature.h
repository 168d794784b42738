// Cosignatures (c2sp.org/tlog-cosignature, Ed25519): a witness's word that at a time the largest
// consistent checkpoint of a log that it had seen was this one. Pure.
//
//   what is signed   "cosignature/v1\n" "time SECONDS\n" and the note's text
//   what is written  SECONDS (u64, big-endian), the Ed25519 signature (64 bytes)
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/transparency/note.h"

namespace gwageo {

/// The signature of `key` under the name `name` at `seconds` after 1970 (POSIX).
/// REQUIRES: is_note_name(name), `seconds` is not 0 and below 2^63.
NoteSignature cosign(std::string_view text, std::string_view name, const SigningKey& key,
                     std::uint64_t seconds);

/// The time at which `key`, of type cosignature, has cosigned the note: nothing when it has not.
/// corrupt when a signature by `key` is false, whatever else is under the note.
Result<std::optional<std::uint64_t>> cosigned_at(const Note& note, const NoteKey& key);

}  // namespace gwageo
