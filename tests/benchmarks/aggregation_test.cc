// Known answers were printed by the functions of lm-eval's lm_eval/api/metrics.py under
// CPython 3.11, NumPy 1.24; F1 by the formula of scikit-learn 1.3 and later.
#include "benchmarks/aggregation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "benchmarks/harness_bootstrap.h"
#include "benchmarks/mersenne_twister.h"

namespace gwageo {
namespace {

Series aggregated_series(const std::vector<double>& values) {
  Tally tally;
  for (const double value : values) tally.add({.value = value});
  return tally.series();
}

/// 137 log-likelihoods and words, made without a library.
std::vector<Observation> likelihoods() {
  std::vector<Observation> out;
  for (int i = 0; i < 137; ++i) {
    const double value = -0.1 - static_cast<double>((i * i * 31 + i * 17) % 997) / 61.0;
    out.push_back({.value = value, .weight = static_cast<std::uint32_t>(3 + i * 7 % 23)});
  }
  return out;
}

Series likelihood_series() {
  Tally tally;
  for (const Observation& seen : likelihoods()) tally.add(seen);
  return tally.series();
}

/// Gold and predicted labels of 60 items: 8 true, 16 false, 12 missed positives.
Series sixty() {
  Tally tally;
  for (int i = 0; i < 60; ++i) {
    tally.add({.value = 0, .predicted = i * 7 % 5 < 2 ? 1 : 0, .gold = i % 3 == 0 ? 1 : 0});
  }
  return tally.series();
}

Estimate figure(std::string_view name, const Series& series,
                std::uint32_t iterations = harness_iterations) {
  return estimate(*find_aggregation_rule(name)->make(), series, iterations);
}

TEST(Mean, AndItsStandardError) {
  const Estimate reals = figure("mean", aggregated_series({0.1, 0.5, 0.25, 1, 0.75, 0.1}));
  EXPECT_EQ(reals.value, 0.45);
  EXPECT_DOUBLE_EQ(*reals.standard_error, 0.15055453054181622);
  EXPECT_FALSE(reals.exact.has_value());
  EXPECT_FALSE(reals.bootstrap_error.has_value());

  const Estimate proportion = figure("mean", aggregated_series({1, 1, 1, 1, 1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(proportion.value, 0.7);
  EXPECT_DOUBLE_EQ(*proportion.standard_error, 0.15275252316519466);
  EXPECT_EQ(proportion.exact, (Fraction{7, 10}));

  EXPECT_FALSE(figure("mean", aggregated_series({1})).standard_error.has_value());
  EXPECT_EQ(figure("mean", aggregated_series({1, 1, 1})).standard_error, 0.0);
}

TEST(Mean, IsTheHarnesssToTheLastBit) {
  const Estimate reals = figure("mean", likelihood_series());
  EXPECT_EQ(reals.value, -8.73300227354314);
  EXPECT_EQ(reals.standard_error, 0.3826919335575121);
  std::vector<double> bits;
  for (int i = 0; i < 97; ++i) bits.push_back(i * 31 % 97 < 60 ? 1 : 0);
  const Estimate share = figure("mean", aggregated_series(bits));
  EXPECT_EQ(share.value, 0.6185567010309279);
  EXPECT_EQ(share.standard_error, 0.049575732117709666);
}

TEST(Mean, KeepsTheOrderOfTheDocuments) {
  // 1e16 swallows each 1 that comes after it, and not the two that come before.
  EXPECT_EQ(figure("mean", aggregated_series({1e16, 1, 1})).value, 1e16 / 3);
  EXPECT_EQ(figure("mean", aggregated_series({1, 1, 1e16})).value, (1e16 + 2) / 3);
}

TEST(Perplexity, AndItsBootstrapAreTheHarnesss) {
  const Estimate estimate = figure("perplexity", likelihood_series());
  EXPECT_EQ(estimate.value, 6204.327264958001);
  EXPECT_EQ(estimate.standard_error, 2639.444947886678);
  EXPECT_NEAR(*estimate.bootstrap_error, 2639, 100);  // ours: other random numbers
}

TEST(WeightedPerplexity, HasNoErrorInTheHarness) {
  const Estimate words = figure("weighted_perplexity", likelihood_series());
  EXPECT_EQ(words.value, 1.869023801329931);
  EXPECT_FALSE(words.standard_error.has_value());
  EXPECT_TRUE(words.bootstrap_error.has_value());
  const Estimate bits = figure("bits_per_byte", likelihood_series());
  EXPECT_EQ(bits.value, 0.9022849413901955);
  EXPECT_FALSE(bits.standard_error.has_value());
}

TEST(Median, TakesTheUpperOfTwo) {
  EXPECT_EQ(figure("median", aggregated_series({3, 1, 2, 2.5})).value, 2.5);
  const Estimate estimate = figure("median", likelihood_series());
  EXPECT_EQ(estimate.value, -8.460655737704919);
  EXPECT_EQ(estimate.standard_error, 0.5445708291145815);
}

TEST(Nanmean, AddsUpAsNumpyDoes) {
  const Estimate estimate = figure("nanmean", likelihood_series(), 20'000);
  EXPECT_EQ(estimate.value, -8.733002273543137);
  EXPECT_EQ(estimate.standard_error, 0.38018923794873866);
  // Fewer than 1,000 resamples are one run.
  EXPECT_EQ(figure("nanmean", likelihood_series(), 100).standard_error, 0.3443674068823505);
}

TEST(F1, BinaryAndItsBootstrapAreTheHarnesss) {
  const Estimate estimate = figure("f1", sixty());
  EXPECT_EQ(estimate.value, 0.36363636363636365);  // 2 * 8 / (2 * 8 + 16 + 12)
  EXPECT_EQ(estimate.exact, (Fraction{4, 11}));
  EXPECT_EQ(estimate.standard_error, 0.09317767511140058);
  EXPECT_NEAR(*estimate.bootstrap_error, 0.0931, 0.003);
}

TEST(F1, MacroAndMicro) {
  // Label 0: tp 24, fp 12, fn 16: 48 / 76. Label 1: 16 / 44.
  const Estimate macro =
      estimate(*make_f1_aggregation(Average::macro), sixty(), harness_iterations);
  EXPECT_DOUBLE_EQ(macro.value, (48.0 / 76 + 16.0 / 44) / 2);
  EXPECT_EQ(macro.exact, (Fraction{104, 209}));
  EXPECT_FALSE(macro.standard_error.has_value());  // The harness has no such figure.
  EXPECT_TRUE(macro.bootstrap_error.has_value());
  const Estimate micro =
      estimate(*make_f1_aggregation(Average::micro), sixty(), harness_iterations);
  EXPECT_EQ(micro.exact, (Fraction{8, 15}));  // 32 of 60 right
}

TEST(F1, WithoutPositivesIsZero) {
  Tally tally;
  for (int i = 0; i < 5; ++i) tally.add({.value = 1, .predicted = 0, .gold = 0});
  const Estimate estimate = figure("f1", tally.series());
  EXPECT_EQ(estimate.value, 0);
  EXPECT_EQ(estimate.exact, (Fraction{0, 1}));
}

TEST(Matthews, BootstrapIsTheHarnesss) {
  const Estimate estimate = figure("matthews_corrcoef", sixty());
  EXPECT_EQ(estimate.value, 0);  // 8 * 24 = 16 * 12
  EXPECT_EQ(estimate.standard_error, 0.12983099896966852);
  EXPECT_FALSE(estimate.exact);
  EXPECT_EQ(figure("matthews_corrcoef", sixty(), 2000).standard_error, 0.13157538122740084);
}

TEST(Estimate, IsFiniteWhereTheHarnessEnds) {
  const Estimate estimate = figure("perplexity", aggregated_series({-1e300, -1e300}), 1000);
  EXPECT_EQ(estimate.value, std::numeric_limits<double>::max());
  EXPECT_TRUE(std::isfinite(*estimate.standard_error));
}

TEST(Tally, NumbersKindsAscending) {
  const Series series = aggregated_series({0.5, 0, 1, 0.5});
  ASSERT_EQ(series.kinds.size(), 3U);
  EXPECT_EQ(series.kinds[1].value, 0.5);
  EXPECT_EQ(series.counts, (std::vector<std::uint64_t>{1, 2, 1}));
  EXPECT_EQ(series.items, (std::vector<std::uint32_t>{1, 0, 2, 1}));
}

TEST(PythonRandom, ChoicesAreCPythons) {
  const auto drawn = [](PythonRandom& random, std::size_t population, std::size_t count) {
    std::vector<std::uint32_t> picks(count);
    random.choices(population, picks);
    return picks;
  };
  PythonRandom random(7);
  using Picks = std::vector<std::uint32_t>;
  EXPECT_EQ(drawn(random, 1319, 5), (Picks{427, 198, 858, 95, 706}));
  EXPECT_EQ(drawn(random, 1319, 5), (Picks{482, 76, 669, 49, 571}));
  EXPECT_EQ(drawn(random, 2147483647, 3), (Picks{150013379, 194804712, 911648016}));
  // 1,402 numbers a draw: over the generator's blocks of 624.
  PythonRandom longer(3);
  drawn(longer, 10, 701);
  drawn(longer, 10, 701);
  const Picks third = drawn(longer, 10, 701);
  EXPECT_EQ(std::accumulate(third.begin(), third.end(), 0U), 3195U);
  EXPECT_EQ(Picks(third.begin(), third.begin() + 5), (Picks{1, 4, 4, 2, 9}));
  EXPECT_EQ(Picks(third.end() - 5, third.end()), (Picks{3, 6, 3, 6, 9}));
}

}  // namespace
}  // namespace gwageo
