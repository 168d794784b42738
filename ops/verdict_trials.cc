#include "ops/verdict_trials.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "benchmarks/bootstrap.h"
#include "benchmarks/paired_bootstrap.h"
#include "benchmarks/ratio_interval.h"
#include "benchmarks/ratio_test.h"

namespace gwageo {
namespace {

constexpr std::uint64_t bootstrap_draws = 999;

std::uint64_t below(double probability) { return static_cast<std::uint64_t>(probability * 0x1p32); }

Pairing pairing_of(const Answers& answers, const std::vector<std::size_t>& bits) {
  Pairing out;
  out.strata.push_back(stratum_of(answers, bits));
  out.size = out.strata[0].size;
  out.unpaired.resize(bits.size(), 0);
  return out;
}

bool passes_fieller(const PairedEstimate& estimate, double z, double share) {
  const std::optional<Interval> interval = fieller_interval(estimate, z);
  return interval && interval->low >= share;
}

/// Both scores with variances of their own, as if on different items.
bool passes_apart(const PairedEstimate& paired, double z, double share) {
  PairedEstimate apart = paired;
  apart.covariance = 0;
  return passes_fieller(apart, z, share);
}

void draw_bootstrap(const Answers& answers, std::size_t models, const TrialRules& rules,
                    std::uint64_t trial, TrialCounts& counts) {
  std::vector<std::size_t> bits;
  for (std::size_t m = 0; m < models; ++m) bits.push_back(m);
  const Pairing pairing = pairing_of(answers, bits);
  std::vector<double> totals(bootstrap_draws * models);
  PairedBootstrap(pairing).totals(rules.seed + trial, 0, bootstrap_draws, totals);
  const std::optional<std::vector<double>> ratios = ratios_to_best(totals, models);
  if (!ratios) return;
  const Interval interval = percentile_interval(*ratios, rules.tail);
  ++counts.bootstraps;
  counts.bootstrap_passed += interval.low >= rules.share ? 1 : 0;
  counts.bootstrap_failed += interval.high < rules.share ? 1 : 0;
}

void run_known(const KnownTruth& truth, const TrialRules& rules, std::uint64_t trial,
               TrialCounts& counts) {
  const Answers answers = examine(truth, rules, trial);
  std::vector<RatioTest> tests;
  for (std::size_t m = 1; m <= truth.references.size(); ++m) {
    tests.emplace_back(pairing_of(answers, {0, m}), 1);
  }
  const double z = normal_quantile(1 - rules.tail);
  const std::optional<Interval> interval = interval_to_best(tests, rules.tail);
  ++counts.trials;
  if (interval) {
    counts.low_above += interval->low > truth.ratio() ? 1 : 0;
    counts.high_below += interval->high < truth.ratio() ? 1 : 0;
    counts.passed += interval->low >= rules.share ? 1 : 0;
    counts.failed += interval->high < rules.share ? 1 : 0;
  }
  const bool is_point = std::all_of(tests.begin(), tests.end(), [&](const RatioTest& test) {
    return test.ratio() >= rules.share;
  });
  counts.point_passed += is_point ? 1 : 0;
  const bool is_fieller = std::all_of(tests.begin(), tests.end(), [&](const RatioTest& test) {
    return passes_fieller(test.estimate(), z, rules.share);
  });
  counts.fieller_passed += is_fieller ? 1 : 0;
  // Unpaired people look at the best score alone.
  const auto best = std::min_element(
      tests.begin(), tests.end(),
      [](const RatioTest& a, const RatioTest& b) { return a.ratio() < b.ratio(); });
  counts.apart_passed += passes_apart(best->estimate(), z, rules.share) ? 1 : 0;
  if (rules.bootstrap_every > 0 && trial % rules.bootstrap_every == 0) {
    draw_bootstrap(answers, truth.references.size() + 1, rules, trial, counts);
  }
}

}  // namespace

TrialCounts& TrialCounts::operator+=(const TrialCounts& more) {
  trials += more.trials;
  low_above += more.low_above;
  high_below += more.high_below;
  passed += more.passed;
  failed += more.failed;
  point_passed += more.point_passed;
  fieller_passed += more.fieller_passed;
  apart_passed += more.apart_passed;
  bootstraps += more.bootstraps;
  bootstrap_passed += more.bootstrap_passed;
  bootstrap_failed += more.bootstrap_failed;
  return *this;
}

Answers examine(const KnownTruth& truth, const TrialRules& rules, std::uint64_t trial) {
  const std::size_t models = truth.references.size() + 1;
  std::vector<std::uint64_t> bounds{below(truth.candidate)};
  for (const double accuracy : truth.references) bounds.push_back(below(accuracy));
  const std::uint64_t shared_below = below(std::sqrt(truth.correlation));
  Answers answers(std::size_t{1} << models, 0);
  ResampleStream stream(rules.seed, trial, rules.stream);
  for (std::uint64_t item = 0; item < truth.items; ++item) {
    const std::uint64_t luck = stream.next() >> 32;
    std::size_t right = 0;
    for (std::size_t m = 0; m < models; ++m) {
      const std::uint64_t random = stream.next();
      const std::uint64_t own = (random >> 32) < shared_below ? luck : random & 0xFFFFFFFF;
      right |= static_cast<std::size_t>(own < bounds[m]) << m;
    }
    ++answers[right];
  }
  return answers;
}

Stratum stratum_of(const Answers& answers, const std::vector<std::size_t>& bits) {
  std::vector<std::uint64_t> counts(std::size_t{1} << bits.size(), 0);
  Stratum out;
  for (std::size_t right = 0; right < answers.size(); ++right) {
    std::size_t kind = 0;
    for (std::size_t i = 0; i < bits.size(); ++i) kind |= ((right >> bits[i]) & 1) << i;
    counts[kind] += answers[right];
    out.size += answers[right];
  }
  out.share = 1;
  out.aggregation = make_mean_aggregation();
  out.observed.resize(bits.size());
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    if (counts[kind] == 0) continue;
    out.counts.push_back(counts[kind]);
    for (std::size_t i = 0; i < bits.size(); ++i) {
      out.observed[i].push_back({static_cast<double>((kind >> i) & 1), 0, 0, 1});
    }
  }
  return out;
}

double KnownTruth::ratio() const {
  return candidate / *std::max_element(references.begin(), references.end());
}

TrialCounts run_trials(const KnownTruth& truth, const TrialRules& rules) {
  return sum_of_trials<TrialCounts>(rules, [&](std::uint64_t trial, TrialCounts& counts) {
    run_known(truth, rules, trial, counts);
  });
}

double approximate_power(const KnownTruth& truth, const TrialRules& rules) {
  const double c = truth.candidate;
  const double r = truth.references.at(0);
  const double s = rules.share;
  const double both = truth.correlation * std::min(c, r) + (1 - truth.correlation) * c * r;
  const double variance = c * (1 - c) + s * s * r * (1 - r) - 2 * s * (both - c * r);
  const double root = std::sqrt(static_cast<double>(truth.items) / variance);
  return normal_probability((c - s * r) * root - normal_quantile(1 - rules.tail));
}

}  // namespace gwageo
