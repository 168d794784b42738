// A witness's decision (c2sp.org/tlog-witness, add-checkpoint): whether a checkpoint goes on from
// the one that it cosigned before. Pure; who calls it keeps the answer before anybody sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/cosignature.h"
#include "protocol/transparency/log_proof.h"

namespace gwageo {

/// What a witness is. A value, with a secret in it.
struct WitnessKey {
  std::string name;
  SigningKey key;
  NoteKey verifier() const { return {name, verifying_key(key), NoteKeyType::cosignature}; }
};

/// What a witness remembers of a log: the note that it cosigned last. bad_input or corrupt, saying
/// why, unless `note` is by `log` and cosigned by `witness`.
Result<Checkpoint> open_witnessed(std::string_view note, const NoteKey& log,
                                  const NoteKey& witness);

/// Whether two checkpoints, both signed by the same log, prove that it tells two stories: roots
/// differ at one size.
bool is_split(const Checkpoint& a, const Checkpoint& b);

/// The note to remember: the requested checkpoint with the log's signature and our cosignature at
/// `seconds`. `last` is what was cosigned before, if anything. By the rules of tlog-witness:
///   bad_input   it is no checkpoint by `log`, or older than `request.old_size`      (400, 403)
///   conflict    `request.old_size` is not the size that was cosigned before          (409)
///   corrupt     the log's signature is false, the proof does not hold, or it is a split view (422)
/// REQUIRES: is_note_name(witness.name), `seconds` is not 0.
Result<std::string> witness(const std::optional<Checkpoint>& last, const CosignRequest& request,
                            const NoteKey& log, const WitnessKey& witness, std::uint64_t seconds);

}  // namespace gwageo
