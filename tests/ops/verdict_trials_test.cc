// Verdicts where the truth is known. The numbers are drawn from counters: the same in every run.
#include "ops/verdict_trials.h"

#include <gtest/gtest.h>

#include "ops/comparison_trials.h"

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

ComparedTruth compared(Comparison comparison, std::size_t models) {
  ComparedTruth out;
  out.comparison = comparison;
  out.top = 2;
  out.bar = 0.8;
  out.items = 66;
  out.correlation = 0.5;
  out.candidate.assign(3, 0.76);
  out.references.assign(models, std::vector<double>(3, 0.8));
  return out;
}

TEST(ComparisonTrials, KnowTheTruth) {
  ComparedTruth truth = compared(Comparison::best_per_axis, 2);
  truth.references = {{0.9, 0.6, 0.6}, {0.5, 0.6, 0.8}};
  EXPECT_NEAR(truth.yardstick(), (0.9 + 0.6 + 0.8) / 3, 1e-12);
  truth.comparison = Comparison::mean_top;
  EXPECT_NEAR(truth.yardstick(), (2.1 + 1.9) / 6, 1e-12);
  truth.comparison = Comparison::best;
  EXPECT_NEAR(truth.yardstick(), 0.7, 1e-12);
  truth.comparison = Comparison::bar;
  EXPECT_NEAR(truth.ratio(), 0.95, 1e-12);
}

// Standard errors of 1,500 trials: 0.56 points at 5 %.
TEST(ComparisonTrials, NoComparisonPassesOrFailsTooOften) {
  for (const Comparison comparison :
       {Comparison::best_per_axis, Comparison::mean_top, Comparison::bar}) {
    const std::size_t models = comparison == Comparison::bar ? 0 : 4;
    const ComparisonCounts counts = run_comparison(compared(comparison, models), rules(1500));
    EXPECT_LT(rate(counts.passed, 1500), 0.067) << to_string(comparison);
    EXPECT_LT(rate(counts.failed, 1500), 0.067) << to_string(comparison);
    EXPECT_EQ(counts.trials, 1500U);
  }
}

// 12^5 choices: references are set aside first, which costs a tenth of the level.
TEST(ComparisonTrials, SettingReferencesAsideCostsWhatItSays) {
  ComparedTruth truth = compared(Comparison::best_per_axis, 12);
  truth.items = 264;
  truth.correlation = 0.9;
  truth.candidate.assign(5, 0.76);
  for (std::size_t m = 0; m < 12; ++m) {
    truth.references[m].assign(5, 0.6);
    if (m < 5) truth.references[m][m] = 0.8;
  }
  const ComparisonCounts counts = run_comparison(truth, rules(1500));
  EXPECT_LT(rate(counts.passed, 1500), 0.061);
  EXPECT_GT(rate(counts.passed, 1500), 0.025);
  EXPECT_GT(rate(counts.point_passed, 1500), 0.45);
}

TEST(ComparisonTrials, AreTheSameForAnyNumberOfThreads) {
  TrialRules three = rules(51);
  three.threads = 3;
  const ComparedTruth truth = compared(Comparison::best_per_axis, 3);
  EXPECT_EQ(run_comparison(truth, rules(51)).low_above, run_comparison(truth, three).low_above);
  EXPECT_EQ(run_comparison(truth, rules(51)).point_passed,
            run_comparison(truth, three).point_passed);
}

}  // namespace
}  // namespace gwageo
