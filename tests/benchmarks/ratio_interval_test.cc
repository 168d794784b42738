// Known answers are from SciPy 1.10: the multinomial likelihood maximised under the constraint.
#include "benchmarks/ratio_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "benchmarks/bootstrap.h"
#include "benchmarks/ratio_test.h"
#include "tests/benchmarks/pairings.h"

namespace gwageo {
namespace {

using pairings::pairing;
using pairings::pairs;
using pairings::stratum;

constexpr double z = 1.6448536269514722;

/// The statistic with the variance over n, as the source has it; ours is over n - 1.
double over_n(const Pairing& p, double share) {
  const auto n = static_cast<double>(p.size);
  return RatioTest(p, 1).statistic(share) * std::sqrt(n / (n - 1));
}

TEST(RatioTest, KnownAnswers) {
  EXPECT_NEAR(over_n(pairs(140, 10, 20, 28), 0.95), -0.3778046001988483, 1e-9);
  EXPECT_NEAR(over_n(pairs(140, 10, 20, 28), 1.05), -3.035276569655907, 1e-9);
  EXPECT_NEAR(over_n(pairs(100, 3, 11, 84), 0.95), -0.6972137437943934, 1e-9);
  EXPECT_NEAR(over_n(pairs(1000, 50, 70, 199), 0.95), 2.979429568266068, 1e-9);
  // McNemar's test at a ratio of 1.
  EXPECT_NEAR(over_n(pairs(140, 10, 20, 28), 1), -10 / std::sqrt(30.0), 1e-9);
}

TEST(RatioTest, KindsOfPairsThatNobodySawAreThoughtOf) {
  EXPECT_NEAR(over_n(pairs(8, 0, 0, 2), 0.95), 0.6488856845230522, 1e-9);
  EXPECT_NEAR(over_n(pairs(80, 0, 0, 20), 0.95), 2.051956704170314, 1e-9);
  EXPECT_NEAR(over_n(pairs(10, 0, 0, 0), 0.95), 0.7254762501100129, 1e-9);
  EXPECT_NEAR(over_n(pairs(10, 0, 0, 0), 1.05), -0.7071067811865478, 1e-9);
  EXPECT_NEAR(over_n(pairs(0, 3, 5, 10), 0.95), -0.6347917188462603, 1e-9);
}

TEST(RatioTest, EndsAreTheInversion) {
  std::vector<Stratum> strata;
  strata.push_back(stratum({{{1, 1}, 60}, {{1, 0}, 9}, {{0, 1}, 14}, {{0, 0}, 17}}, 0.7));
  strata.push_back(stratum({{{0.25, 0.5}, 20}, {{0.75, 1}, 10}, {{1, 0.625}, 10}}, 0.3));
  const Pairing p = pairing(std::move(strata));
  const RatioTest test(p, 1);
  EXPECT_NEAR(test.ratio(), (0.7 * 0.69 + 0.3 * 0.5625) / (0.7 * 0.74 + 0.3 * 0.65625), 1e-12);
  EXPECT_NEAR(test.statistic(test.low(z)), z, 1e-9);
  EXPECT_NEAR(test.statistic(test.high(z)), -z, 1e-9);
  EXPECT_LT(test.low(z), test.ratio());
  EXPECT_GT(test.high(z), test.ratio());
}

/// A few kinds of items, of scores that are 0 or 1, quarters, or anything, in up to four tasks,
/// some of them in clusters.
Pairing drawn_pairing(ResampleStream stream) {
  const auto below = [&](std::uint64_t bound) { return stream.next() % bound; };
  const auto uniform = [&] { return static_cast<double>(stream.next() >> 11) * 0x1p-53; };
  std::vector<Stratum> strata;
  const std::uint64_t tasks = 1 + below(4);
  for (std::uint64_t t = 0; t < tasks; ++t) {
    std::vector<pairings::Kind> kinds(1 + below(6));
    const std::uint64_t scale = below(3);
    const auto score = [&] {
      if (scale == 0) return static_cast<double>(below(2));
      return scale == 1 ? static_cast<double>(below(5)) / 4 : uniform();
    };
    for (pairings::Kind& kind : kinds) kind = {{score(), score()}, 2 + below(30)};
    Stratum& s = strata.emplace_back(stratum(kinds, 1 / static_cast<double>(tasks)));
    if (below(3) > 0) continue;
    s.clusters.resize(4);
    for (const std::uint32_t kind : kinds_of_items(s.counts)) {
      s.clusters[below(4)].push_back(kind);
    }
    std::erase_if(s.clusters, [](const auto& cluster) { return cluster.empty(); });
    if (s.clusters.size() < 2) s.clusters.clear();
  }
  return pairing(std::move(strata));
}

TEST(RatioTest, AlwaysFallsAndIsInvertedWhateverTheScores) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Pairing p = drawn_pairing(ResampleStream(17, i, 0));
    const RatioTest test(p, 1);
    double before = std::numeric_limits<double>::infinity();
    for (const double share : {0.3, 0.8, 0.95, 1.0, 1.1, 3.0}) {
      const double statistic = test.statistic(share);
      ASSERT_TRUE(std::isfinite(statistic)) << i << ": " << share;
      ASSERT_LE(statistic, before + 1e-7) << i << ": " << share;
      before = statistic;
    }
    const double low = test.low(z);
    const double high = test.high(z);
    ASSERT_LE(low, test.ratio() * (1 + 1e-12)) << i;
    ASSERT_GE(high, test.ratio() * (1 - 1e-12)) << i;
    if (low > 0) {
      ASSERT_NEAR(test.statistic(low), z, 1e-6) << i;
    }
    if (std::isfinite(high)) {
      ASSERT_NEAR(test.statistic(high), -z, 1e-6) << i;
    }
  }
}

TEST(RatioTest, UnitsThatAreAllAlikeHaveAnIntervalToo) {
  std::vector<Stratum> strata;
  strata.push_back(stratum({{{0.0629757, 0.0291113}, 14}}));
  const RatioTest test(pairing(std::move(strata)), 1);
  EXPECT_NEAR(test.statistic(test.low(z)), z, 1e-6);
  EXPECT_NEAR(test.statistic(test.high(z)), -z, 1e-6);
}

TEST(RatioTest, NearFiellersWhereThereAreManyItems) {
  const RatioTest test(pairs(24000, 2600, 4000, 4430), 1);
  const Interval fieller = fieller_interval(test.estimate(), z).value();
  EXPECT_NEAR(test.low(z), fieller.low, 3e-5);
  EXPECT_NEAR(test.high(z), fieller.high, 3e-5);
}

TEST(RatioTest, TheVarianceOfAMeanOverClustersIsTheClusteredOne) {
  // Inspect: sqrt(G / (G - 1) * sum over clusters of (sum of deviations)^2) / n.
  Stratum s = stratum({{{0, 1}, 3}, {{1, 1}, 5}});
  s.clusters = {{0, 0, 1}, {1, 1}, {0, 1, 1}};
  std::vector<Stratum> strata;
  strata.push_back(std::move(s));
  const Pairing p = pairing(std::move(strata));
  const double mean = 5.0 / 8;
  const double deviations[] = {1 - 3 * mean, 2 - 2 * mean, 2 - 3 * mean};
  double squares = 0;
  for (const double d : deviations) squares += d * d;
  EXPECT_NEAR(RatioTest(p, 1).estimate().candidate_variance, 3.0 / 2 * squares / 64, 1e-15);
  EXPECT_NEAR(RatioTest(p, 1).estimate().candidate, mean, 1e-15);
}

TEST(RatioInterval, OfSeveralReferencesTheLeastEndsCount) {
  // Model 1 is ahead of model 2, and model 3 far behind.
  std::vector<Stratum> strata;
  strata.push_back(stratum({{{1, 1, 1, 0}, 700},
                            {{0, 1, 1, 1}, 60},
                            {{1, 0, 1, 0}, 50},
                            {{1, 1, 0, 0}, 70},
                            {{0, 1, 0, 1}, 20},
                            {{0, 0, 0, 0}, 100}}));
  const Pairing p = pairing(std::move(strata));
  const Interval found = interval_to_best(p, each_reference(p), 0.05, 1).value();
  double low = 10;
  double high = 10;
  for (std::size_t m = 1; m < 4; ++m) {
    low = std::min(low, RatioTest(p, m).low(normal_quantile(0.95)));
    high = std::min(high, RatioTest(p, m).high(normal_quantile(1 - 0.05 / 3)));
  }
  EXPECT_EQ(found.low, low);
  EXPECT_EQ(found.high, high);
}

TEST(RatioInterval, SettlingFactorPutsTheNearerEndOnTheShare) {
  const auto times = [](std::uint64_t factor) {
    return pairs(1400 * factor, 100 * factor, 130 * factor, 280 * factor);
  };
  const Rivals rivals = each_reference(times(1));
  const auto low = [&](std::uint64_t factor) {
    return interval_to_best(times(factor), rivals, 0.05, 1)->low;
  };
  const double share = 0.97;
  EXPECT_LT(low(1), share);
  const double factor = settling_factor(times(1), rivals, share, 0.05, 1).value();
  EXPECT_GT(factor, 1);
  const auto whole = static_cast<std::uint64_t>(std::ceil(factor));
  EXPECT_LT(low(whole - 1), share);
  EXPECT_GT(low(whole), share);
}

TEST(RatioInterval, NothingSettlesARatioThatIsTheShare) {
  const Pairing p = pairs(10, 5, 5, 0);
  EXPECT_FALSE(settling_factor(p, each_reference(p), 1, 0.05, 1).has_value());
}

}  // namespace
}  // namespace gwageo
