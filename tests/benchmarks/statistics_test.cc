// Known answers are from SciPy 1.10 and NumPy 1.24, from their own formulas or root finders.
#include "benchmarks/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

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
