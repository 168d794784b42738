// Judging by a board's claims: from the state of a board on a day to verdicts. What judgement.h is
// to measurements; the two share what they answer with, and nothing that they rest on.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/claimed_verdict.h"
#include "benchmarks/leaderboard_file.h"
#include "coordinator/judgement.h"
#include "coordinator/store.h"

namespace gwageo {

/// Reads an import's file from the store again. corrupt when it is not there, or is not what was
/// imported.
Result<BoardFile> stored_board(const Store& store, const ClaimsImported& imported);

/// The models of a board as a target sees them on a day, and what follows. A verdict rests on the
/// target, the board's release and tasks, the candidate's row, and of the cohort on its best row
/// and who lacks a value: a cell that is restated moves the verdict on its model, and all of them
/// where it is the best's. Borrows the board; not copied.
class ClaimedContest {
 public:
  ClaimedContest(const JudgementInput& input, const Leaderboard& board);
  ClaimedContest(const ClaimedContest&) = delete;
  ClaimedContest& operator=(const ClaimedContest&) = delete;

  const ClaimedCohort& cohort() const { return cohort_; }
  /// By name: those that the target names, or all. A named one that is not on the board has no row.
  std::vector<ClaimedModel> candidates() const;
  Verdict judge(const JudgementInput& input, const ClaimedModel& candidate) const;
  /// The input with its candidates and its cohort, which nobody knew before the board was read.
  JudgementInput filled(JudgementInput input) const;

 private:
  const Target& policy_;
  const Leaderboard& board_;
  std::vector<ClaimedModel> models_;
  ClaimedCohort cohort_;
};

/// The verdict object of `target show --json`, with its evidence: claimed.
Json claimed_json(const Verdict& verdict);
/// The state of the board that was judged on; only its name while there is none.
Json board_json(const JudgementInput& input);

}  // namespace gwageo
