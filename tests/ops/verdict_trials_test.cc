// Verdicts where the truth is known. The numbers are drawn from counters: the same in every run.
#include "ops/verdict_trials.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TrialRules rules(std::uint64_t trials) {
  TrialRules out;
  out.trials = trials;
  return out;
}

double rate(std::uint64_t count, std::uint64_t of) {
  return static_cast<double>(count) / static_cast<double>(of);
}

TEST(VerdictTrials, AreTheSameForAnyNumberOfThreads) {
  const KnownTruth truth{198, 0.5, 0.76, {0.8, 0.78}};
  TrialRules one = rules(101);
  one.bootstrap_every = 10;
  TrialRules three = one;
  three.threads = 3;
  const TrialCounts a = run_trials(truth, one);
  const TrialCounts b = run_trials(truth, three);
  EXPECT_EQ(a.trials, 101U);
  EXPECT_EQ(b.trials, 101U);
  EXPECT_EQ(a.low_above, b.low_above);
  EXPECT_EQ(a.failed, b.failed);
  EXPECT_EQ(a.point_passed, b.point_passed);
  EXPECT_EQ(a.bootstraps, 11U);
  EXPECT_EQ(b.bootstraps, 11U);
  EXPECT_EQ(a.bootstrap_failed, b.bootstrap_failed);
}

TEST(VerdictTrials, OneReferenceIsCoveredAndPassedAsStated) {
  // Standard errors of 4,000 trials: 0.34 points at 5 %, 0.47 at 90 %.
  for (const double correlation : {0.0, 0.5, 0.9}) {
    const TrialCounts counts = run_trials({198, correlation, 0.76, {0.8}}, rules(4000));
    EXPECT_NEAR(rate(counts.low_above + counts.high_below, 4000), 0.10, 0.018) << correlation;
    EXPECT_LT(rate(counts.passed, 4000), 0.06) << correlation;
    EXPECT_LT(rate(counts.failed, 4000), 0.066) << correlation;
    EXPECT_GT(rate(counts.point_passed, 4000), 0.4) << correlation;
  }
}

TEST(VerdictTrials, TheBestOfTenIsNeitherPassedNorFailedTooOften) {
  const TrialCounts equal = run_trials({198, 0.5, 0.76, std::vector<double>(10, 0.8)}, rules(1500));
  EXPECT_LT(rate(equal.passed, 1500), 0.02);
  EXPECT_LT(rate(equal.failed, 1500), 0.066);
  std::vector<double> behind(10, 0.7);
  behind[4] = 0.8;
  const TrialCounts ahead = run_trials({198, 0.5, 0.76, behind}, rules(1500));
  EXPECT_LT(rate(ahead.passed, 1500), 0.066);
  EXPECT_GT(rate(ahead.passed, 1500), 0.03);
}

TEST(VerdictTrials, PowerIsNearTheNormalApproximation) {
  const KnownTruth truth{1319, 0.5, 0.8, {0.8}};
  const TrialCounts counts = run_trials(truth, rules(2000));
  EXPECT_NEAR(rate(counts.passed, 2000), approximate_power(truth, rules(2000)), 0.02);
  // (z of 0.95 + z of 0.80)^2 * 0.1524 / 0.04^2 items give a power of 80 %.
  EXPECT_NEAR(approximate_power({589, 0.5, 0.8, {0.8}}, rules(1)), 0.80, 0.001);
}

}  // namespace
}  // namespace gwageo
