// What a verdict rests on, as one JSON object: the member `inputs` of its document. The digest by
// which a verdict is known to be stale is a function of that object, so what is compared and what
// is said cannot disagree. Pure.
//
//   measured  {"basis", "judge", "as_of",
//              "target": {"target", "version" (null: not on record), "policy" (SHA-256 of
//                         its file), "share",
//                         "window_months" (null: it has none)},
//              "suite": {"suite", "version", "digest"} or null,
//              "cohort": [MODEL, ...], "candidate": MODEL}
//             and, where people decided on the candidate or gave it points, "decisions" and
//             "points" as they were recorded
//     MODEL   {"model", "version", "released", "evidence", "scores_root" (null: not examined)}
//             and, where the candidate was asked again, "rounds": the scores roots of those rounds
//   claimed   the same "basis", "judge", "as_of", "target", then
//             {"import": {"version", "seen", "file"} or null, "board": {"board", "release"},
//              "tasks": [[TASK, CATEGORY], ...], "has_cohort", "lacking": [MODEL, ...],
//              "best": ROW or null, "candidate": ROW}
//     ROW     {"model", "dated", "dated_by", "values": {TASK: exact value or null}}; of the
//             candidate only "model" and "values": when it was released does not count
//
// Two members are no part of the digest: `as_of`, since a verdict is not reached anew because a day
// passed, and `import`, since another state of a board moves only the verdicts whose cells it
// moved. Jobs are not named: the same scores under another number are the same scores.
#pragma once

#include "benchmarks/claimed_verdict.h"
#include "coordinator/judgement.h"
#include "protocol/digest.h"
#include "protocol/json.h"

namespace gwageo {

/// What the verdicts of a measured target have in common on a day: all members but `candidate`.
Json shared_inputs(const JudgementInput& input);
/// Likewise of a target on claims.
Json shared_inputs(const JudgementInput& input, const Leaderboard& board,
                   const ClaimedCohort& cohort);

/// "basis", "judge", "as_of", "target" and "cohort" alone, of either: by what two days of a target
/// are compared.
Json cohort_of(const JudgementInput& input);

/// With the candidate, the inputs of one verdict.
Json verdict_inputs(Json shared, const JudgementInput& input, const Contender& candidate);
Json verdict_inputs(Json shared, const Leaderboard& board, const ClaimedModel& candidate);

/// The digest of inputs: SHA-256 over the object's bytes less `as_of` and `import`.
Digest inputs_digest(const Json& inputs);

}  // namespace gwageo
