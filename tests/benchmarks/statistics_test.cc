// Known answers are from SciPy 1.10 and NumPy 1.24, from their own formulas or root finders.
#include "benchmarks/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>

#include "benchmarks/aggregation.h"
#include "benchmarks/bootstrap.h"

namespace gwageo {
namespace {

Series series_of(const std::vector<double>& values) {
  Tally tally;
  for (const double value : values) tally.add({.value = value});
  return tally.series();
}

TEST(Statistics, NormalQuantileKnownAnswers) {
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_NEAR(normal_quantile(0.6), 0.2533471031357997, 1e-15);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-15);
  EXPECT_NEAR(normal_quantile(0.95), 1.6448536269514722, 1e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-15);
  EXPECT_NEAR(normal_quantile(0.999), 3.090232306167813, 1e-14);
  EXPECT_NEAR(normal_quantile(0.2), -0.8416212335729142, 1e-15);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-14);
}

TEST(Statistics, FiellerEndsAreTheInversionOfThePairedTest) {
  const PairedEstimate estimate{0.72, 0.8, 0.0004, 0.0003, 0.0001};
  const double z = 1.6448536269514722;
  const Interval interval = fieller_interval(estimate, z).value();
  for (const double s : {interval.low, interval.high}) {
    const double difference = estimate.candidate - s * estimate.reference;
    const double variance = estimate.candidate_variance - 2 * s * estimate.covariance +
                            s * s * estimate.reference_variance;
    EXPECT_NEAR(std::fabs(difference) / std::sqrt(variance), z, 1e-9);
  }
  EXPECT_LT(interval.low, 0.9);
  EXPECT_GT(interval.high, 0.9);
}

TEST(Statistics, FiellerHasNoIntervalWhereTheReferenceMayBeZero) {
  EXPECT_FALSE(fieller_interval({0.1, 0.1, 0.01, 0.01, 0}, 1.645).has_value());
  EXPECT_FALSE(fieller_interval({0.1, -0.5, 0.01, 0.01, 0}, 1.645).has_value());
  EXPECT_FALSE(fieller_interval({0, 0, 0, 0, 0}, 1.645).has_value());
}

TEST(Statistics, FiellerOfEqualScoresIsOne) {
  const Interval interval = fieller_interval({0.8, 0.8, 0.0004, 0.0004, 0.0004}, 1.645).value();
  EXPECT_EQ(interval, (Interval{1, 1}));
}

TEST(Statistics, NormalProbabilityIsTheInverseOfItsQuantile) {
  EXPECT_EQ(normal_probability(0), 0.5);
  EXPECT_NEAR(normal_probability(-1.6448536269514722), 0.05, 1e-15);
  for (const double p : {1e-6, 0.3, 0.99})
    EXPECT_NEAR(normal_probability(normal_quantile(p)), p, 1e-12);
}

TEST(Statistics, HolmKnownAnswers) {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const std::vector<double> found = holm_corrected(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected{0.03, 0.06, 0.06, 0.02};
  ASSERT_EQ(found.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], expected[i], 1e-15);
  EXPECT_EQ(holm_corrected(std::vector<double>{0.7, 0.6}), (std::vector<double>{1, 1}));
  EXPECT_EQ(holm_corrected(std::vector<double>{0.2}), (std::vector<double>{0.2}));
  EXPECT_TRUE(holm_corrected({}).empty());
}

TEST(Bootstrap, RangesAreTheSameBits) {
  const Series values = series_of({0.1, 0.2, 0.2, 0.7, 0.9});
  const auto median = make_median_aggregation();
  std::vector<double> whole(50), parts(50);
  bootstrap_figures(*median, values.sample(), 3, 0, 50, whole);
  bootstrap_figures(*median, values.sample(), 3, 0, 17, std::span(parts).subspan(0, 17));
  bootstrap_figures(*median, values.sample(), 3, 17, 50, std::span(parts).subspan(17));
  EXPECT_EQ(whole, parts);
}

TEST(Bootstrap, StreamsAreFixedForAllTime) {
  // A change of these numbers changes verdicts. The value is from a second program, in Python.
  ResampleStream stream(1, 2, 3);
  const std::uint64_t first = stream.next();
  EXPECT_EQ(ResampleStream(1, 2, 3).next(), first);
  EXPECT_NE(ResampleStream(1, 3, 2).next(), first);
  EXPECT_NE(ResampleStream(2, 2, 3).next(), first);
  EXPECT_EQ(first, 12973823752109077313U);
}

TEST(Bootstrap, ResamplesAreUniform) {
  const std::vector<std::uint64_t> counts{3, 5, 2};
  const std::vector<std::uint32_t> kinds = kinds_of_items(counts);
  ASSERT_EQ(kinds, (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1, 1, 1, 2, 2}));
  std::vector<std::uint64_t> drawn(3);
  std::vector<double> sums(3, 0);
  for (std::uint64_t b = 0; b < 20000; ++b) {
    resample_kinds(ResampleStream(7, b, 0), kinds, drawn);
    ASSERT_EQ(drawn[0] + drawn[1] + drawn[2], 10U);
    for (std::size_t k = 0; k < 3; ++k) sums[k] += static_cast<double>(drawn[k]);
  }
  // Means of 20,000 binomial counts: standard errors of 0.0103, 0.0112 and 0.0089.
  EXPECT_NEAR(sums[0] / 20000, 3, 0.05);
  EXPECT_NEAR(sums[1] / 20000, 5, 0.05);
  EXPECT_NEAR(sums[2] / 20000, 2, 0.05);
}

TEST(Bootstrap, StandardErrorOfAMeanIsTheClosedForm) {
  const Series bits = series_of({1, 1, 1, 1, 1, 1, 1, 0, 0, 0});
  // The bootstrap has no Bessel correction: sqrt(0.7 * 0.3 / 10).
  EXPECT_NEAR(bootstrap_standard_error(*make_mean_aggregation(), bits.sample(), 5),
              std::sqrt(0.021), 0.003);
}

}  // namespace
}  // namespace gwageo
