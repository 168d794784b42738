// A stage as one document: by which rules its candidates are judged and what comes of it. While it
// is open the document is of today; when it is closed it is fixed, and stored. Pure.
#pragma once

#include "coordinator/judgement.h"
#include "coordinator/state.h"

namespace gwageo {

/// What `stage show` answers: "stage", "state", "policy" (SHA-256 of the target's file), "opened",
/// "closed" (null while it is open), "pending", "left" ("candidate", "on", "how": who had a verdict
/// and went while it was open), and all that `target show` says of `judgement`.
/// REQUIRES: `judgement` is of the stage (contenders.h). The digest of the document is not in it.
Json stage_document(const State& state, const Stage& stage, const Judgement& judgement);

/// Candidates of whom something was not examined, decided or recorded yet, so that it is open
/// whether they are in, or in which place; by name. An inconclusive verdict is an answer.
std::vector<std::string> pending_candidates(const Judgement& judgement);

/// Whether the stage may be closed like this: with pending candidates for a reason only. bad_input
/// names them.
Status check_settled(const StageClosed& closing, const Judgement& judgement);

}  // namespace gwageo
