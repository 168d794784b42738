#include "benchmarks/resampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "benchmarks/paired_bootstrap.h"
#include "tests/benchmarks/pairings.h"

namespace gwageo {
namespace {

using pairings::Kind;
using pairings::pairing;
using pairings::stratum;

/// Items by `models` models, right or wrong after a fixed rule.
std::vector<Kind> answers(std::size_t items, std::size_t models) {
  std::vector<Kind> out;
  for (std::size_t i = 0; i < items; ++i) {
    Kind& kind = out.emplace_back();
    for (std::size_t m = 0; m < models; ++m) {
      kind.values.push_back((i * (m + 3) + i / 7) % 10 < 6 + m % 3 ? 1 : 0);
    }
  }
  return out;
}

struct Moments {
  std::vector<double> means;
  std::vector<std::vector<double>> covariances;
};

Moments moments(const Resampler& resampler, std::size_t models, std::uint64_t resamples) {
  Moments out{std::vector<double>(models, 0),
              std::vector<std::vector<double>>(models, std::vector<double>(models, 0))};
  std::vector<double> figures(models);
  const auto count = static_cast<double>(resamples);
  for (std::uint64_t b = 0; b < resamples; ++b) {
    resampler.draw(ResampleStream(11, b, 0), figures);
    for (std::size_t i = 0; i < models; ++i) {
      out.means[i] += figures[i] / count;
      for (std::size_t j = 0; j < models; ++j) {
        out.covariances[i][j] += figures[i] * figures[j] / count;
      }
    }
  }
  for (std::size_t i = 0; i < models; ++i) {
    for (std::size_t j = 0; j < models; ++j) {
      out.covariances[i][j] -= out.means[i] * out.means[j];
    }
  }
  return out;
}

/// A resampled mean has the sample's mean and its covariance (over n) by n.
void expect_moments_of(const Stratum& s, const Moments& found, std::uint64_t resamples) {
  const auto n = static_cast<double>(s.size);
  const std::size_t models = s.observed.size();
  for (std::size_t i = 0; i < models; ++i) {
    double mean_i = 0;
    for (std::size_t k = 0; k < s.counts.size(); ++k) {
      mean_i += static_cast<double>(s.counts[k]) * s.observed[i][k].value / n;
    }
    const double error = std::sqrt(0.25 / n / static_cast<double>(resamples));
    EXPECT_NEAR(found.means[i], mean_i, 5 * error) << "model " << i;
    for (std::size_t j = 0; j < models; ++j) {
      double mean_j = 0;
      double product = 0;
      for (std::size_t k = 0; k < s.counts.size(); ++k) {
        const double count = static_cast<double>(s.counts[k]);
        mean_j += count * s.observed[j][k].value / n;
        product += count * s.observed[i][k].value * s.observed[j][k].value / n;
      }
      const double covariance = (product - mean_i * mean_j) / n;
      const double noise = 0.25 / n / std::sqrt(static_cast<double>(resamples));
      EXPECT_NEAR(found.covariances[i][j], covariance, 6 * noise) << i << ", " << j;
    }
  }
}

TEST(Resampler, BitsHaveTheMomentsOfAMultinomialResample) {
  // 13 models take two words; 1,500 items fill lanes of both widths; 97 are not a power of two.
  for (const std::size_t items : {1UL, 2UL, 97UL, 128UL, 1500UL}) {
    const Stratum s = stratum(answers(items, 13));
    expect_moments_of(s, moments(*make_bit_resampler(s), 13, 4000), 4000);
  }
}

TEST(Resampler, SumsAndCountsHaveTheMomentsToo) {
  const Stratum s = stratum(answers(97, 13));
  expect_moments_of(s, moments(*make_sum_resampler(s), 13, 4000), 4000);
  expect_moments_of(s, moments(*make_count_resampler(s), 13, 4000), 4000);
}

TEST(Resampler, SumsOfAnyValuesAreThoseOfCounts) {
  std::vector<Kind> kinds;
  for (int i = 0; i < 200; ++i) kinds.push_back({{std::sqrt(i), i % 7 / 7.0, -1e-3 * i}, 1});
  const Stratum s = stratum(kinds);
  const auto sums = make_sum_resampler(s);
  const auto counts = make_count_resampler(s);
  std::vector<double> a(3), b(3);
  for (std::uint64_t r = 0; r < 50; ++r) {  // They draw alike, so every resample agrees.
    sums->draw(ResampleStream(5, r, 1), a);
    counts->draw(ResampleStream(5, r, 1), b);
    for (std::size_t m = 0; m < 3; ++m) EXPECT_NEAR(a[m], b[m], 1e-12);
  }
}

TEST(Resampler, ClustersAreDrawnWhole) {
  // Two clusters: one of three right items, one of one wrong item. A resample has 0, 1 or 2 of
  // each.
  Stratum s = stratum({{{0}, 1}, {{1}, 3}});
  s.clusters = {{1, 1, 1}, {0}};
  for (const auto& resampler : {make_sum_resampler(s), make_count_resampler(s)}) {
    std::map<double, int> seen;
    std::vector<double> figure(1);
    for (std::uint64_t r = 0; r < 4000; ++r) {
      resampler->draw(ResampleStream(2, r, 0), figure);
      ++seen[figure[0]];
    }
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_NEAR(seen[0.0], 1000, 150);
    EXPECT_NEAR(seen[0.75], 2000, 170);
    EXPECT_NEAR(seen[1.0], 1000, 150);
  }
}

TEST(Resampler, DrawsAreUniformWhateverTheBound) {
  UniformDraws draws(ResampleStream(3, 0, 0), 3);
  std::vector<int> seen(3, 0);
  for (int i = 0; i < 30000; ++i) ++seen.at(draws.next());
  for (const int count : seen) EXPECT_NEAR(count, 10000, 420);
}

TEST(PairedBootstrap, RangesOfResamplesAreTheSameBits) {
  std::vector<Stratum> strata;
  strata.push_back(stratum(answers(300, 4), 0.75));
  strata.push_back(stratum({{{0.5, 0.25, 1, 0}, 5}, {{0, 1, 0.125, 0.5}, 3}}, 0.25));
  const Pairing p = pairing(std::move(strata));
  const PairedBootstrap bootstrap(p);
  std::vector<double> whole(100 * 4);
  bootstrap.totals(9, 0, 100, whole);
  std::vector<double> parts(100 * 4);
  bootstrap.totals(9, 0, 33, std::span(parts).subspan(0, 33 * 4));
  bootstrap.totals(9, 33, 100, std::span(parts).subspan(33 * 4));
  EXPECT_EQ(whole, parts);
}

TEST(PairedBootstrap, FiguresAreFixedForAllTime) {
  // A change of these bits changes verdicts. The values are from a second program, in Python.
  std::vector<Stratum> strata;
  strata.push_back(stratum(answers(97, 2), 0.5));
  strata.push_back(stratum({{{0.3, 0.1}, 7}, {{0.2, 0.9}, 4}}, 0.5));
  const Pairing p = pairing(std::move(strata));
  std::vector<double> totals(2);
  PairedBootstrap(p).totals(1, 2, 3, totals);
  EXPECT_EQ(totals[0], 0.3786316776007498);
  EXPECT_EQ(totals[1], 0.48383317713214624);
}

TEST(PairedBootstrap, PercentilesAreRoundedOutwards) {
  std::vector<double> figures(99);
  std::iota(figures.rbegin(), figures.rend(), 1.0);
  EXPECT_EQ(percentile_interval(figures, 0.05), (Interval{5, 95}));
  EXPECT_EQ(percentile_interval(figures, 0.001), (Interval{1, 99}));
  EXPECT_EQ(percentile_interval({4.0}, 0.05), (Interval{4, 4}));
}

TEST(PairedBootstrap, TheBestIsChosenAnewAndMustScore) {
  EXPECT_EQ(ratios_to_best(std::vector<double>{1, 2, 4, 3, 6, 2}, 3),
            (std::vector<double>{0.25, 0.5}));
  EXPECT_FALSE(ratios_to_best(std::vector<double>{1, 0, 0}, 3).has_value());
}

}  // namespace
}  // namespace gwageo
