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

std::optional<Interval> finite_interval(const Interval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return std::nullopt;
  return interval;
}

/// Model 0 against each rival.
std::vector<RatioTest> tests_of(const Pairing& pairing, const Rivals& rivals) {
  RatioTests maker(pairing);
  std::vector<RatioTest> tests;
  for (const Rival& rival : rivals.each) tests.push_back(maker.test(0, rival));
  return tests;
}

/// The totals of the candidate and of any rival in every resample.
class ResampledTotals {
 public:
  ResampledTotals(const Pairing& pairing, const Rivals& rivals, std::uint64_t seed) {
    const PairedBootstrap bootstrap(pairing);
    models_ = bootstrap.models();
    // Where every rival is the same models on all axes, axes need not be kept apart.
    const auto is_one = [](const Rival& rival) {
      return std::all_of(rival.begin(), rival.end(),
                         [&](const auto& models) { return models == rival.front(); });
    };
    axes_ = std::all_of(rivals.each.begin(), rivals.each.end(), is_one) ? 1 : bootstrap.axes();
    parts_.resize(bootstrap_resamples * axes_ * models_);
    if (axes_ == 1) {
      bootstrap.totals(seed, 0, bootstrap_resamples, parts_);
    } else {
      bootstrap.totals_by_axis(seed, 0, bootstrap_resamples, parts_);
    }
  }

  double candidate(std::size_t resample) const {
    double total = 0;
    for (std::size_t axis = 0; axis < axes_; ++axis) total += row(resample, axis)[0];
    return total;
  }
  double rival(std::size_t resample, const Rival& rival) const {
    if (rival.front().empty() && axes_ == 1) return 1;
    double total = 0;
    for (std::size_t axis = 0; axis < axes_; ++axis) {
      double sum = 0;
      for (const std::size_t model : rival[axis]) sum += row(resample, axis)[model];
      if (!rival[axis].empty()) total += sum / static_cast<double>(rival[axis].size());
    }
    return total;
  }
  /// Infinite where the rival's total is 0, since who scores 0 keeps nobody from a share of it.
  std::vector<double> ratios(const Rival& against) const {
    std::vector<double> out;
    out.reserve(bootstrap_resamples);
    for (std::size_t b = 0; b < bootstrap_resamples; ++b) {
      const double total = rival(b, against);
      out.push_back(total > 0 ? candidate(b) / total : infinite);
    }
    return out;
  }

 private:
  const double* row(std::size_t resample, std::size_t axis) const {
    return parts_.data() + (resample * axes_ + axis) * models_;
  }

  std::size_t models_ = 0;
  std::size_t axes_ = 1;
  std::vector<double> parts_;
};

/// The end that `tail` of the ratios are above; where that is less than one of them, the end that
/// it would be if they were normal.
double upper_end(std::vector<double> ratios, double tail) {
  const double resamples = bootstrap_resamples + 1;
  if (tail * resamples >= 1) return percentile_interval(std::move(ratios), tail).high;
  double mean = 0;
  for (const double ratio : ratios) mean += ratio / static_cast<double>(ratios.size());
  const double highest = *std::max_element(ratios.begin(), ratios.end());
  if (highest == infinite) return infinite;
  return std::max(highest, mean + normal_quantile(1 - tail) * standard_deviation(ratios));
}

Interval resampled_interval(const Pairing& pairing, const Rivals& rivals, double tail,
                            std::uint64_t seed) {
  const ResampledTotals totals(pairing, rivals, seed);
  Interval out{infinite, infinite};
  for (const Rival& rival : rivals.each) {
    std::vector<double> ratios = totals.ratios(rival);
    out.low = std::min(out.low, percentile_interval(ratios, tail - rivals.spent).low);
    out.high = std::min(out.high, upper_end(std::move(ratios), tail / rivals.count));
  }
  return out;
}

/// Mean over standard error of candidate - share * rival, for each rival.
std::vector<double> statistics_at(const Pairing& pairing, const Rivals& rivals, double share,
                                  std::uint64_t seed) {
  std::vector<double> out;
  if (pairing.is_all_means) {
    RatioTests maker(pairing);
    for (const Rival& rival : rivals.each) {
      out.push_back(maker.test(0, rival).statistic(share));
    }
    return out;
  }
  const ResampledTotals totals(pairing, rivals, seed);
  for (const Rival& rival : rivals.each) {
    double sum = 0;
    double squares = 0;
    for (std::size_t b = 0; b < bootstrap_resamples; ++b) {
      const double difference = totals.candidate(b) - share * totals.rival(b, rival);
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / bootstrap_resamples;
    const double variance = squares / bootstrap_resamples - mean * mean;
    out.push_back(variance > 0 ? mean / std::sqrt(variance) : 0.0);
  }
  return out;
}

/// By the percentiles that the interval goes by: the share of resamples on the wrong side.
SharePValues resampled_p_values(const Pairing& pairing, const Rivals& rivals, double share,
                                std::uint64_t seed) {
  const ResampledTotals totals(pairing, rivals, seed);
  SharePValues out{0, 1};
  for (const Rival& rival : rivals.each) {
    double below = 0;
    for (const double ratio : totals.ratios(rival)) below += ratio < share ? 1 : 0;
    const double all = bootstrap_resamples + 1;
    out.pass = std::max(out.pass, (below + 1) / all);
    out.fail = std::min(out.fail, rivals.count * (all - below) / all);
  }
  out.pass = std::min(1.0, out.pass + rivals.spent);
  return out;
}

std::optional<Interval> interval_of(std::span<const RatioTest> tests, double tail_low,
                                    double tail_high) {
  GWAGEO_CHECK(!tests.empty());
  const double z_low = normal_quantile(1 - tail_low);
  const double z_high = normal_quantile(1 - tail_high);
  // The lowest ratio decides most often. After it one look at the statistic spares most searches:
  // a rival whose end is higher changes nothing.
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
  return finite_interval(out);
}

}  // namespace

std::optional<Interval> interval_to_best(const Pairing& pairing, const Rivals& rivals, double tail,
                                         std::uint64_t seed) {
  GWAGEO_CHECK(!pairing.strata.empty());
  GWAGEO_CHECK(tail > 0 && tail < 0.5);
  if (!pairing.is_all_means)
    return finite_interval(resampled_interval(pairing, rivals, tail, seed));
  return interval_of(tests_of(pairing, rivals), tail - rivals.spent, tail / rivals.count);
}

std::optional<Interval> interval_to_best(std::span<const RatioTest> tests, double tail) {
  return interval_of(tests, tail, tail / static_cast<double>(tests.size()));
}

SharePValues p_values_at(const Pairing& pairing, const Rivals& rivals, double share,
                         std::uint64_t seed) {
  if (!pairing.is_all_means) return resampled_p_values(pairing, rivals, share, seed);
  const std::vector<double> statistics = statistics_at(pairing, rivals, share, seed);
  const double least = *std::min_element(statistics.begin(), statistics.end());
  return {std::min(1.0, normal_probability(-least) + rivals.spent),
          std::min(1.0, rivals.count * normal_probability(least))};
}

std::optional<double> settling_factor(const Pairing& pairing, const Rivals& rivals, double share,
                                      double tail, std::uint64_t seed) {
  const std::vector<double> statistics = statistics_at(pairing, rivals, share, seed);
  const double z_pass = normal_quantile(1 - tail + rivals.spent);
  const double z_fail = normal_quantile(1 - tail / rivals.count);
  // The statistic at which the verdict would be had, over the lowest there is.
  const double least = *std::min_element(statistics.begin(), statistics.end());
  if (least == 0) return std::nullopt;
  const double root = (least > 0 ? z_pass : z_fail) / least;
  const double factor = root * root;
  if (!(factor <= settling_factor_max)) return std::nullopt;
  return factor;
}

}  // namespace gwageo
