// Examinations of which the truth is known: how often a verdict is wrong, and how often it is had.
#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/pairing.h"
#include "ops/in_ranges.h"

namespace gwageo {

/// Models that answer right with a known probability. Every item has a luck of its own, uniform
/// between 0 and 1; a model answers an item by that with probability sqrt(correlation), else by a
/// luck of its own, and is right where its luck is below its accuracy. So two models of equal
/// accuracy have scores of that correlation; of unequal ones a little less, since no more is
/// possible. A value.
struct KnownTruth {
  std::uint64_t items = 0;
  double correlation = 0;
  double candidate = 0;
  std::vector<double> references;  ///< 1 to 15.
  double ratio() const;            ///< To the best reference.
};

/// What came of so many trials. Counts.
struct TrialCounts {
  std::uint64_t trials = 0;
  std::uint64_t low_above = 0;       ///< The interval lies above the true ratio,
  std::uint64_t high_below = 0;      ///< or below it.
  std::uint64_t passed = 0;          ///< As a verdict has it: the lower end reaches the share.
  std::uint64_t failed = 0;          ///< The upper end stays below it.
  std::uint64_t point_passed = 0;    ///< Naive: the ratio of the scores reaches the share.
  std::uint64_t fieller_passed = 0;  ///< Fieller's interval, with the variances as estimated.
  std::uint64_t apart_passed = 0;    ///< Naive: the interval takes the scores for unpaired.
  std::uint64_t bootstraps = 0;      ///< Trials in which the bootstrap of the best was drawn too:
  std::uint64_t bootstrap_passed = 0;
  std::uint64_t bootstrap_failed = 0;
  TrialCounts& operator+=(const TrialCounts& more);
};

struct TrialRules {
  double share = 0.95;
  double tail = 0.05;
  std::uint64_t seed = 1;
  std::uint64_t stream = 0;  ///< Of the seed's random numbers: other cases, other numbers.
  std::uint64_t trials = 10'000;
  std::uint64_t bootstrap_every = 0;  ///< Draw it in every so many trials; 0: in none.
  std::uint64_t threads = 1;
};

/// Calls `run_one(trial, counts)` for every trial, on the rules' threads, and sums the counts: the
/// same for any number of threads.
template <class Counts, class RunOne>
Counts sum_of_trials(const TrialRules& rules, const RunOne& run_one) {
  std::vector<Counts> parts(rules.threads);
  in_ranges(rules.threads, rules.threads, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t part = first; part < last; ++part) {
      for (std::uint64_t trial = part; trial < rules.trials; trial += rules.threads) {
        run_one(trial, parts[part]);
      }
    }
  });
  Counts sum;
  for (const Counts& part : parts) sum += part;
  return sum;
}

/// Items by who was right in a trial: bit 0 of the index is the candidate, bit m reference m.
using Answers = std::vector<std::uint64_t>;
Answers examine(const KnownTruth& truth, const TrialRules& rules, std::uint64_t trial);

/// The answers as a verdict sees them, of the models whose bits are listed: a task with all of the
/// total.
Stratum stratum_of(const Answers& answers, const std::vector<std::size_t>& bits);

/// Runs the trials. The same counts for any number of threads.
TrialCounts run_trials(const KnownTruth& truth, const TrialRules& rules);

/// The chance to pass against one reference by the normal approximation of the paired difference
/// d = c - share * r (Miller, Adding error bars to evals, 2024, on paired differences and power):
///
///   Phi(mean sqrt(n) / deviation - z)     mean = c - share r
///   deviation^2 = c (1 - c) + share^2 r (1 - r) - 2 share (both - c r)
///
/// with `both` the chance that both are right. REQUIRES: 1 reference.
double approximate_power(const KnownTruth& truth, const TrialRules& rules);

}  // namespace gwageo
