// Judging by a board's claims: from the state of a board on a day to verdicts. What judgement.h is
// to measurements; the two share what they answer with, and nothing that they rest on.
#pragma once

#include <string>

#include "benchmarks/claimed_verdict.h"
#include "benchmarks/leaderboard_file.h"
#include "coordinator/judgement.h"

namespace gwageo {

/// Reads an import's file from the store again. corrupt when it is not there, or is not what was
/// imported.
Result<BoardFile> stored_board(const Store& store, const ClaimsImported& imported);

/// Judges every candidate of a target on claims. The inputs of a verdict are the target, the
/// board's release and tasks, the candidate's row, and of the cohort its best row and who lacks a
/// value: a cell that is restated moves the verdict on its model, and all of them where it is the
/// best's.
Result<Judgement> judge_claims(const JudgementInput& input, const Store& store);

/// The verdict object of `target show --json`, with its evidence: claimed.
Json claimed_json(const Verdict& verdict);
/// The state of the board that was judged on; only its name while there is none.
Json board_json(const JudgementInput& input);

}  // namespace gwageo
