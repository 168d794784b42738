// What is kept of a signed note that does not go on from what somebody holds, a witness its state
// file or an auditor a mirror, beside what is held:
//
//   HELD.fraud                the proof that the log tells two stories (split_proof.h); another
//                             one that is there is kept, and this one is HELD.fraud.2
//   HELD.refused-SIZE-ROOT    the note alone, where it is no proof yet
#pragma once

#include <string>

#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/split_proof.h"

namespace gwageo {

/// A note, and the checkpoint that it was opened as. A value.
struct SignedHead {
  std::string note;
  Checkpoint checkpoint;
};

/// How the files of notes begin that were refused over what lies at `held`.
std::string refused_path(const std::string& held);
/// What tells the files of notes apart: the size, and the beginning of the root.
std::string name_of_head(const Checkpoint& head);

/// Whether `node_at` leads from one checkpoint to a later one.
bool goes_on(const Checkpoint& from, const Checkpoint& to, const NodeAt& node_at);

/// Keeps the proof, with which anybody can check it who has the log's key, and says where, or why
/// it could not be kept.
std::string keep_split_proof(const std::string& held, const SplitProof& proof, const NoteKey& log);

/// Keeps what was found out about a note by `log` that is refused over the one that lies at
/// `held`, and says so: the proof, where the nodes lead to one; else the note, unless they lead
/// from it to what is held. `node_at` has nodes of the larger of the two; `advice` says what would
/// make a proof of a note.
std::string keep_refused(const std::string& held, const SignedHead& last, const SignedHead& refused,
                         const NoteKey& log, const NodeAt& node_at, const std::string& advice);

}  // namespace gwageo
