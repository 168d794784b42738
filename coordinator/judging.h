// Judging: from what a target rests on to its verdicts. What was read or decided once is kept, so
// that many days, or many candidates, cost what moved between them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "benchmarks/leaderboard_file.h"
#include "coordinator/judgement.h"
#include "coordinator/store.h"

namespace gwageo {

/// Reaches verdicts over one store. What it answers depends on the input and the store alone, not
/// on what it was asked before. A resource; one thread; the store outlives it.
class Judging {
 public:
  explicit Judging(const Store& store) : store_(store) {}
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  /// Judges every candidate. corrupt when something that it rests on is not in the store.
  Result<Judgement> judge(const JudgementInput& input);
  /// Verdicts that had to be reached, since nothing it was asked before rested on the same.
  std::uint64_t reached() const { return reached_; }

 private:
  Result<const Suite*> suite(const SuiteAdded& added);
  Result<const Leaderboard*> board(const ClaimsImported& imported);
  /// `scorecard` is null of a model that was not examined; else that of its first round, or the
  /// mean of that and at most so many `rounds` more.
  Result<JudgedModel> judged(const Contender& contender, const Suite* suite, std::uint32_t rounds);
  Result<const Scorecard*> scorecard(const Digest& root);
  Result<Judgement> judge_measured(const JudgementInput& input);
  Result<Judgement> judge_claimed_board(const JudgementInput& input);

  const Store& store_;
  std::map<Digest, Suite> suites_;          ///< By manifest.
  std::map<Digest, BoardFile> boards_;      ///< By both of its files.
  std::map<Digest, Scorecard> scorecards_;  ///< By scores root; means by all of theirs.
  std::map<Digest, Verdict> verdicts_;      ///< By digest of their inputs.
  std::uint64_t reached_ = 0;
};

}  // namespace gwageo
