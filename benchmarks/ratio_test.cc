// The constrained distribution. Unit k of stratum t, with relative frequency p_k among its n_t
// units, has the difference d_k; the stratum has the share a_t of the total. The likelihood is
// greatest, given that the total difference is 0, at
//
//   w_k = p_k / (h_t + l_t d_k)       l_t = lambda a_t / n_t
//
// with h_t such that the weights add up to 1, and lambda such that sum a_t sum w_k d_k = 0. The
// difference can be as low as `worst` even if nobody was that bad: the denominator stays positive
// there, and where it would reach 0 before the weights add up to 1, what they lack has difference
// `worst`. For scores of 0 and 1 this is the constrained maximum likelihood over the four kinds of
// pairs, observed or not. So ten items on which two models agree prove little, as they should.
//
// Where the mean difference is negative, the same holds with all signs turned. Only the four
// operations and square roots are used: the same bits on every machine.
#include "benchmarks/ratio_test.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr int steps_max = 200;
constexpr double share_min = 1e-6;
constexpr double share_max = 1e6;
constexpr double rounding = 1e-14;         // What is left of two equal sums.
constexpr double statistic_close = 1e-10;  // How well an end of the interval is found,
constexpr double mean_close = 1e-11;       // and, of the mean, how well the constraint is met.
constexpr double infinite_ratio = std::numeric_limits<double>::infinity();

/// Where a falling function is 0, between `left`, where it is positive, and `right`, where it is
/// not: the Illinois variant of false position, with a bisection in every fourth step since the
/// function may have a kink, until it is within `close` of 0 or the ends meet (at `right` then).
template <class Function>
double falling_root(Function function, double left, double at_left, double right, double at_right,
                    double close) {
  int side = 0;  // Which end moved last: the other one's value is halved if it stays twice.
  for (int step = 0; step < steps_max; ++step) {
    const bool bisects = step % 4 == 3;
    const double middle = bisects ? left + (right - left) / 2
                                  : (left * at_right - right * at_left) / (at_right - at_left);
    if (!(middle > left && middle < right)) {
      if (bisects) break;
      continue;
    }
    const double at = function(middle);
    if (std::fabs(at) <= close) return middle;
    if (at > 0) {
      left = middle;
      at_left = at;
      if (side > 0) at_right /= 2;
      side = 1;
    } else {
      right = middle;
      at_right = at;
      if (side < 0) at_left /= 2;
      side = -1;
    }
  }
  return right;
}

/// A stratum's differences, turned so that their mean over all strata is positive.
struct Differences {
  double share = 0;
  double size = 0;
  double worst = 0;
  double mean = 0;
  double at_worst = 0;  ///< Frequency of the units that have difference `worst`.
  std::vector<std::pair<double, double>> kinds;  ///< Difference and frequency.
};

/// Mean and variance of a stratum under its constrained weights.
struct Constrained {
  double mean = 0;
  double variance = 0;
};

/// The weights for l = lambda a / n, folded. Newton's steps from the left of the root: the sum of
/// the weights is convex and falls in h, and is at least 1 both at 1 - l * mean, by Jensen, and
/// where the worst kind alone has all the weight.
Constrained constrained(const Differences& d, double lambda) {
  const double l = lambda * d.share / d.size;
  const double least = -l * d.worst;
  double h = std::max(1 - l * d.mean, least + d.at_worst);
  double sum = 0;
  for (int step = 0; step < steps_max; ++step) {
    sum = 0;
    double slope = 0;
    for (const auto& [difference, frequency] : d.kinds) {
      const double inverse = 1 / (h + l * difference);
      sum += frequency * inverse;
      slope += frequency * inverse * inverse;
    }
    const double next = h + (sum - 1) / slope;
    if (!(next > h)) break;
    h = next;
  }
  sum = 0;
  double first = 0;
  double second = 0;
  for (const auto& [difference, frequency] : d.kinds) {
    const double weight = frequency / (h + l * difference);
    sum += weight;
    first += weight * difference;
    second += weight * difference * difference;
  }
  if (sum < 1) {
    first += (1 - sum) * d.worst;
    second += (1 - sum) * d.worst * d.worst;
  } else {
    first /= sum;
    second /= sum;
  }
  return {first, std::max(0.0, second - first * first)};
}

struct Folded {
  double mean = 0;
  double variance = 0;  ///< Of the mean.
};

Folded fold(const std::vector<Differences>& strata, double lambda) {
  Folded out;
  for (const Differences& d : strata) {
    const Constrained at = constrained(d, lambda);
    out.mean += d.share * at.mean;
    out.variance += d.share * d.share * at.variance / (d.size - 1);
  }
  return out;
}

/// The folded weights for which the mean is 0. REQUIRES: it is `mean` > 0 without the constraint.
Folded constrained_to_zero(const std::vector<Differences>& strata, double mean) {
  // Where lambda may be, if variances are small; the least that a unit at its worst would add to
  // the variance keeps it in bounds where all units are alike.
  double variance = fold(strata, 0).variance;
  for (const Differences& d : strata) {
    const double part = d.share * d.worst / d.size;
    variance += part * part;
  }
  double left = 0;
  double left_mean = mean;
  double right = mean / variance;
  double right_mean = fold(strata, right).mean;
  for (int step = 0; step < steps_max && right_mean > 0; ++step) {
    left = right;
    left_mean = right_mean;
    right *= 2;
    right_mean = fold(strata, right).mean;
  }
  const auto mean_at = [&](double lambda) { return fold(strata, lambda).mean; };
  return fold(strata,
              falling_root(mean_at, left, left_mean, right, right_mean, mean_close * mean + 1e-16));
}

void add_to(PairedEstimate& out, double share, const std::vector<PairedUnit>& units) {
  double size = 0;
  double candidate = 0;
  double reference = 0;
  for (const PairedUnit& unit : units) {
    size += unit.count;
    candidate += unit.count * unit.candidate;
    reference += unit.count * unit.reference;
  }
  candidate /= size;
  reference /= size;
  const double scale = share * share / ((size - 1) * size);
  out.candidate += share * candidate;
  out.reference += share * reference;
  for (const PairedUnit& unit : units) {
    const double c = unit.candidate - candidate;
    const double r = unit.reference - reference;
    out.candidate_variance += scale * unit.count * (c * c);
    out.reference_variance += scale * unit.count * (r * r);
    out.covariance += scale * unit.count * (c * r);
  }
}

/// The mean of the models' scores at each kind; 1 where there are no models.
std::vector<double> mean_scores(const Stratum& stratum, const std::vector<std::size_t>& models) {
  std::vector<double> out(stratum.counts.size(), models.empty() ? 1.0 : 0.0);
  for (const std::size_t model : models) {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] += stratum.observed[model][k].value;
  }
  for (double& score : out) score /= static_cast<double>(std::max<std::size_t>(models.size(), 1));
  return out;
}

}  // namespace

struct RatioTest::Part {
  double share = 0;
  double size = 0;  ///< Units.
  std::vector<PairedUnit> units;
  double least = 0;  ///< Of the candidate's scores: the ends of the scale.
  double most = 1;
  double rival_least = 0;  ///< Of the rival's: the same, but of a bar.
  double rival_most = 1;
};

std::vector<PairedUnit> paired_units(const Stratum& stratum, std::size_t candidate,
                                     const std::vector<std::size_t>& rivals) {
  const std::vector<double> c = mean_scores(stratum, {candidate});
  const std::vector<double> r = mean_scores(stratum, rivals);
  std::map<std::pair<double, double>, double> units;
  if (stratum.clusters.empty()) {
    for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
      if (stratum.counts[k] == 0) continue;
      units[{c[k], r[k]}] += static_cast<double>(stratum.counts[k]);
    }
  } else {
    double c_mean = 0;
    double r_mean = 0;
    const auto items = static_cast<double>(stratum.size);
    for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
      c_mean += static_cast<double>(stratum.counts[k]) * c[k] / items;
      r_mean += static_cast<double>(stratum.counts[k]) * r[k] / items;
    }
    const double scale = static_cast<double>(stratum.clusters.size()) / items;
    for (const std::vector<std::uint32_t>& cluster : stratum.clusters) {
      double c_sum = 0;
      double r_sum = 0;
      for (const std::uint32_t kind : cluster) {
        c_sum += c[kind] - c_mean;
        r_sum += r[kind] - r_mean;
      }
      units[{c_mean + scale * c_sum, r_mean + scale * r_sum}] += 1;
    }
  }
  std::vector<PairedUnit> out;
  for (const auto& [scores, count] : units) out.push_back({scores.first, scores.second, count});
  return out;
}

std::shared_ptr<const RatioTest::Part> RatioTest::part(const Stratum& stratum,
                                                       std::size_t candidate,
                                                       const std::vector<std::size_t>& rivals) {
  auto part = std::make_shared<Part>();
  part->share = stratum.share;
  part->units = paired_units(stratum, candidate, rivals);
  for (const PairedUnit& unit : part->units) {
    part->size += unit.count;
    part->least = std::min({part->least, unit.candidate, unit.reference});
    part->most = std::max({part->most, unit.candidate, unit.reference});
  }
  GWAGEO_CHECK(part->size >= 2);
  part->rival_least = rivals.empty() ? 1.0 : part->least;
  part->rival_most = rivals.empty() ? 1.0 : part->most;
  return part;
}

RatioTest::RatioTest(Parts parts) : parts_(std::move(parts)) {
  for (const auto& part : parts_) add_to(estimate_, part->share, part->units);
}

RatioTest::RatioTest(const Pairing& pairing, std::size_t reference)
    : RatioTest(RatioTests(pairing).test(0, Rival(pairing.axes(), {reference}))) {}

RatioTest RatioTests::test(std::size_t candidate, const Rival& rival,
                           std::optional<std::size_t> axis) {
  GWAGEO_CHECK(pairing_.is_all_means);
  RatioTest::Parts parts;
  for (std::size_t s = 0; s < pairing_.strata.size(); ++s) {
    const Stratum& stratum = pairing_.strata[s];
    if (axis && stratum.axis != *axis) continue;
    const std::vector<std::size_t>& models = rival.at(stratum.axis);
    std::shared_ptr<const RatioTest::Part>& known = parts_[{s, {candidate, models}}];
    if (!known) known = RatioTest::part(stratum, candidate, models);
    parts.push_back(known);
  }
  return RatioTest(std::move(parts));
}

double RatioTest::statistic(double share) const {
  GWAGEO_CHECK(share > 0);
  const double total = estimate_.candidate - share * estimate_.reference;
  if (std::fabs(total) <= rounding * (std::fabs(estimate_.candidate) + share)) return 0;
  const double sign = total > 0 ? 1 : -1;
  std::vector<Differences> strata;
  double worst = 0;
  for (const auto& one : parts_) {
    const Part& part = *one;
    Differences& d = strata.emplace_back();
    d.share = part.share;
    d.size = part.size;
    // The worst is the candidate at its least where the rival is at its most, or the reverse.
    d.worst =
        total > 0 ? part.least - share * part.rival_most : share * part.rival_least - part.most;
    worst += d.share * d.worst;
    for (const PairedUnit& unit : part.units) {
      double difference = sign * (unit.candidate - share * unit.reference);
      const double frequency = unit.count / part.size;
      d.mean += frequency * difference;
      if (difference - d.worst <= rounding) {  // Sums of clusters are not exactly 0 or 1.
        difference = d.worst;
        d.at_worst += frequency;
      }
      d.kinds.emplace_back(difference, frequency);
    }
  }
  if (!(worst < 0)) return sign * infinite_ratio;  // A bar that nobody can reach.
  const Folded at = constrained_to_zero(strata, std::fabs(total));
  return at.variance > 0 ? total / std::sqrt(at.variance) : sign * infinite_ratio;
}

double RatioTest::ratio() const {
  return estimate_.reference > 0 ? estimate_.candidate / estimate_.reference : infinite_ratio;
}

double RatioTest::low(double z) const {
  GWAGEO_CHECK(z > 0);
  const std::optional<Interval> near = fieller_interval(estimate_, z);
  return crossing(z, near && near->low > 0 ? near->low : std::min(ratio(), 1.0));
}

double RatioTest::high(double z) const {
  GWAGEO_CHECK(z > 0);
  const std::optional<Interval> near = fieller_interval(estimate_, z);
  return crossing(-z, near && near->high > 0 ? near->high : std::max(std::min(ratio(), 4.0), 1.0));
}

/// The share at which the falling statistic crosses `value`. Brackets it, going out from `start` by
/// a step that doubles, then closes in.
double RatioTest::crossing(double value, double start) const {
  const auto above = [&](double share) { return statistic(share) - value; };
  double left = std::clamp(start, share_min, share_max);
  double left_above = above(left);
  double right = left;
  double right_above = left_above;
  for (double step = 1e-3 * left; left_above <= 0; step *= 4) {
    if (left <= share_min) return 0;
    right = left;
    right_above = left_above;
    left = std::max(left - step, share_min);
    left_above = above(left);
  }
  for (double step = 1e-3 * right; right_above > 0; step *= 4) {
    if (right >= share_max) return infinite_ratio;
    left = right;
    left_above = right_above;
    right = std::min(right + step, share_max);
    right_above = above(right);
  }
  return falling_root(above, left, left_above, right, right_above, statistic_close);
}

}  // namespace gwageo
