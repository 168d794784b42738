#include "benchmarks/ratio_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "benchmarks/bootstrap.h"
#include "benchmarks/paired_bootstrap.h"
#include "benchmarks/ratio_test.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

std::optional<Interval> finite(const Interval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return std::nullopt;
  return interval;
}

/// Model 0 against each other model.
std::vector<RatioTest> tests_of(const Pairing& pairing) {
  std::vector<RatioTest> tests;
  const std::size_t models = pairing.strata[0].observed.size();
  for (std::size_t m = 1; m < models; ++m) tests.emplace_back(pairing, m);
  return tests;
}

std::vector<double> resampled_totals(const PairedBootstrap& bootstrap, std::uint64_t seed) {
  std::vector<double> totals(bootstrap_resamples * bootstrap.models());
  bootstrap.totals(seed, 0, bootstrap_resamples, totals);
  return totals;
}

Interval resampled_interval(const Pairing& pairing, double tail, std::uint64_t seed) {
  const PairedBootstrap bootstrap(pairing);
  const std::vector<double> totals = resampled_totals(bootstrap, seed);
  const auto references = static_cast<double>(bootstrap.models() - 1);
  Interval out{infinite, infinite};
  for (std::size_t m = 1; m < bootstrap.models(); ++m) {
    std::vector<double> ratios = ratios_to_one(totals, bootstrap.models(), m);
    out.low = std::min(out.low, percentile_interval(ratios, tail).low);
    out.high = std::min(out.high, percentile_interval(std::move(ratios), tail / references).high);
  }
  return out;
}

/// Mean over standard error of candidate - share * reference, for each reference.
std::vector<double> statistics_at(const Pairing& pairing, double share, std::uint64_t seed) {
  std::vector<double> out;
  if (pairing.is_all_means) {
    for (const RatioTest& test : tests_of(pairing)) out.push_back(test.statistic(share));
    return out;
  }
  const PairedBootstrap bootstrap(pairing);
  const std::vector<double> totals = resampled_totals(bootstrap, seed);
  for (std::size_t m = 1; m < bootstrap.models(); ++m) {
    double sum = 0;
    double squares = 0;
    for (std::size_t at = 0; at < totals.size(); at += bootstrap.models()) {
      const double difference = totals[at] - share * totals[at + m];
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / bootstrap_resamples;
    const double variance = squares / bootstrap_resamples - mean * mean;
    out.push_back(variance > 0 ? mean / std::sqrt(variance) : 0.0);
  }
  return out;
}

}  // namespace

std::optional<Interval> interval_to_best(const Pairing& pairing, double tail, std::uint64_t seed) {
  GWAGEO_CHECK(!pairing.strata.empty());
  GWAGEO_CHECK(tail > 0 && tail < 0.5);
  if (pairing.is_all_means) return interval_to_best(tests_of(pairing), tail);
  return finite(resampled_interval(pairing, tail, seed));
}

std::optional<Interval> interval_to_best(std::span<const RatioTest> tests, double tail) {
  GWAGEO_CHECK(!tests.empty());
  const double z_low = normal_quantile(1 - tail);
  const double z_high = normal_quantile(1 - tail / static_cast<double>(tests.size()));
  // The lowest ratio decides most often. After it one look at the statistic spares most searches:
  // a reference whose end is higher changes nothing.
  std::vector<const RatioTest*> ordered;
  for (const RatioTest& test : tests) ordered.push_back(&test);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const RatioTest* a, const RatioTest* b) { return a->ratio() < b->ratio(); });
  Interval out{ordered.front()->low(z_low), ordered.front()->high(z_high)};
  for (const RatioTest* test : std::span(ordered).subspan(1)) {
    if (out.low > 0 && test->statistic(out.low) < z_low) {
      out.low = std::min(out.low, test->low(z_low));
    }
    if (out.high == infinite || test->statistic(out.high) < -z_high) {
      out.high = std::min(out.high, test->high(z_high));
    }
  }
  return finite(out);
}

std::optional<double> settling_factor(const Pairing& pairing, double share, double tail,
                                      std::uint64_t seed) {
  const std::vector<double> statistics = statistics_at(pairing, share, seed);
  const double z_pass = normal_quantile(1 - tail);
  const double z_fail = normal_quantile(1 - tail / static_cast<double>(statistics.size()));
  // The statistic at which the verdict would be had, over the lowest there is.
  const double least = *std::min_element(statistics.begin(), statistics.end());
  if (least == 0) return std::nullopt;
  const double root = (least > 0 ? z_pass : z_fail) / least;
  const double factor = root * root;
  if (!(factor <= settling_factor_max)) return std::nullopt;
  return factor;
}

}  // namespace gwageo
