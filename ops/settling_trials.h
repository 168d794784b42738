// Examinations of which the truth is known, asked again until their verdict is settled: how often
// looking several times is wrong, and what it gains.
#pragma once

#include <cstdint>

#include "ops/verdict_trials.h"

namespace gwageo {

/// A candidate and one reference that answer right with a known probability. With probability
/// sqrt(correlation) an item is answered by a luck of its own, which both models share and which is
/// the same in every round; else by a luck of the model and the round. A value.
struct RepeatedTruth {
  std::uint64_t items = 0;
  double correlation = 0;
  double candidate = 0;
  double reference = 0;
  std::uint32_t rounds = 0;  ///< After the first, at most.
};

/// What came of so many trials. Counts.
struct SettlingCounts {
  std::uint64_t trials = 0;
  std::uint64_t passed = 0;  ///< At some look, the error divided among all of them;
  std::uint64_t failed = 0;
  std::uint64_t looks = 0;          ///< and how often was looked.
  std::uint64_t once_passed = 0;    ///< By one look with all of the error.
  std::uint64_t greedy_passed = 0;  ///< Naive: at some look, each with all of the error.
  SettlingCounts& operator+=(const SettlingCounts& more);
};

/// Runs the trials through the interval that verdicts rest on. The same counts for any number of
/// threads.
SettlingCounts run_settling(const RepeatedTruth& truth, const TrialRules& rules);

}  // namespace gwageo
