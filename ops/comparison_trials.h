// Examinations of which the truth is known, on several axes, for what a target may compare with
// beside the best reference.
#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/target.h"
#include "ops/verdict_trials.h"

namespace gwageo {

/// Axes that weigh alike, each of so many items; models answer as in KnownTruth. A value.
struct ComparedTruth {
  Comparison comparison = Comparison::best;
  std::uint32_t top = 0;  ///< mean_top only.
  double bar = 0;         ///< bar only.
  std::uint64_t items = 0;
  double correlation = 0;
  std::vector<double> candidate;                ///< By axis.
  std::vector<std::vector<double>> references;  ///< By model, by axis; 1 to 15 but for a bar.
  double yardstick() const;                     ///< The true score that is compared with.
  double ratio() const;                         ///< The candidate's to that.
};

/// What came of so many trials. Counts.
struct ComparisonCounts {
  std::uint64_t trials = 0;
  std::uint64_t low_above = 0;   ///< The interval lies above the true ratio,
  std::uint64_t high_below = 0;  ///< or below it.
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t point_passed = 0;  ///< Naive: the ratio of the scores reaches the share.
  ComparisonCounts& operator+=(const ComparisonCounts& more);
};

/// Runs the trials through the interval that verdicts rest on. The same counts for any number of
/// threads.
ComparisonCounts run_comparison(const ComparedTruth& truth, const TrialRules& rules);

}  // namespace gwageo
