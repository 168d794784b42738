// A proof that a log tells two stories: what a witness keeps, and what convicts the log before
// anybody who knows its key. Pure; the text may be any foreign bytes.
//
//   gwageo/split-proof/v1
//   root Zm9v...           what the second log's first records have as their root
//   gSKyXoYZUgZ6jduW...    the consistency proof from there to the second checkpoint
//                          an empty line, and the first checkpoint, a note
//                          an empty line, and the second checkpoint, a note
//
// For instance the log signed root A over 627 records and root B over 631. That alone is what every
// log does. But the proof leads from a root A' over 627 records to B, as only one root can: where
// A' is not A, the log of B is not the one of A. Over equal sizes two roots are enough, and there
// are neither `root` nor hashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/merkle_proof.h"
#include "protocol/result.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {

inline constexpr std::size_t split_proof_bytes_max = 2'000'000;

/// A value.
struct SplitProof {
  std::optional<Digest> root;  ///< Over the first checkpoint's size, in the log of the second.
  std::vector<Digest> path;    ///< From there to the second.
  std::string first;           ///< Notes, unchecked.
  std::string second;
  friend bool operator==(const SplitProof&, const SplitProof&) = default;
};

/// The two checkpoints that a proof convicts a log with. A value.
struct ProvenSplit {
  Checkpoint first;
  Checkpoint second;
};

/// True for a text that says that it is such a proof.
bool is_split_proof(std::string_view text);
std::string to_text(const SplitProof& proof);
/// bad_input, naming what is wrong, unless `text` has the form of a proof.
Result<SplitProof> parse_split_proof(std::string_view text);

/// Makes the proof that the second of two notes by `log` does not go on from the first, from the
/// nodes of the second log. corrupt when it proves nothing: when the second goes on from the first,
/// or when `node_at` does not lead to its root. Errors of `node_at` are passed on.
Result<SplitProof> prove_split(const std::string& first, const std::string& second,
                               const NoteKey& log, const NodeAt& node_at);
/// corrupt, saying why, unless the proof shows that the owner of `log` signed two stories.
Result<ProvenSplit> check_split_proof(const SplitProof& proof, const NoteKey& log);

}  // namespace gwageo
