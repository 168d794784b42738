#include "benchmarks/rivals.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "benchmarks/bootstrap.h"
#include "benchmarks/paired_bootstrap.h"
#include "benchmarks/statistics.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr double spent_part = 0.1;
constexpr std::size_t choices_least = 1024;
constexpr std::size_t choices_most = 65'536;
constexpr std::size_t units_max = 1U << 21;  // In all tests of a verdict.

std::size_t models_of(const Pairing& pairing) { return pairing.strata.at(0).observed.size(); }

std::vector<std::size_t> references_of(const Pairing& pairing) {
  std::vector<std::size_t> out;
  for (std::size_t m = 1; m < models_of(pairing); ++m) out.push_back(m);
  return out;
}

/// How many standard errors one model is ahead of another, on an axis or in all.
class Leads {
 public:
  using Axis = std::optional<std::size_t>;

  Leads(const Pairing& pairing, std::uint64_t seed) : pairing_(pairing), tests_(pairing) {
    if (pairing.is_all_means) return;
    const PairedBootstrap bootstrap(pairing);
    totals_.resize(bootstrap_resamples * bootstrap.axes() * bootstrap.models());
    bootstrap.totals_by_axis(seed, 0, bootstrap_resamples, totals_);
  }

  double lead(std::size_t model, std::size_t over, Axis axis) {
    if (!pairing_.is_all_means) return resampled_lead(model, over, axis);
    return tests_.test(model, Rival(pairing_.axes(), {over}), axis).statistic(1);
  }

 private:
  double resampled_lead(std::size_t model, std::size_t over, Axis axis) const {
    const std::size_t models = models_of(pairing_);
    const std::size_t axes = pairing_.axes();
    double sum = 0;
    double squares = 0;
    for (std::size_t at = 0; at < totals_.size(); at += axes * models) {
      double difference = 0;
      for (std::size_t a = axis.value_or(0); a < (axis ? *axis + 1 : axes); ++a) {
        difference += totals_[at + a * models + model] - totals_[at + a * models + over];
      }
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / bootstrap_resamples;
    const double variance = squares / bootstrap_resamples - mean * mean;
    return variance > 0 ? mean / std::sqrt(variance) : 0.0;
  }

  const Pairing& pairing_;
  RatioTests tests_;
  std::vector<double> totals_;
};

/// The references that fewer than `top` others are ahead of by more than z.
std::vector<std::size_t> still_in(Leads& leads, const std::vector<std::size_t>& references,
                                  std::size_t top, double z, Leads::Axis axis) {
  std::vector<std::size_t> out;
  for (const std::size_t reference : references) {
    std::size_t ahead = 0;
    for (const std::size_t other : references) {
      if (other != reference && leads.lead(other, reference, axis) > z) ++ahead;
    }
    if (ahead < top) out.push_back(reference);
  }
  return out;
}

double z_of_screening(double tail, std::size_t references, std::size_t axes) {
  const auto tests = static_cast<double>(axes * references * (references - 1));
  return normal_quantile(1 - spent_part * tail / tests);
}

double choices(std::size_t of, std::size_t top) {
  double out = 1;
  for (std::size_t i = 0; i < top; ++i) {
    out = out * static_cast<double>(of - i) / static_cast<double>(i + 1);
  }
  return std::round(out);
}

/// One reference from each list.
void add_choices(const std::vector<std::vector<std::size_t>>& lists, std::vector<Rival>& out) {
  out.assign(1, Rival(lists.size()));
  for (std::size_t axis = 0; axis < lists.size(); ++axis) {
    if (lists[axis].empty()) continue;
    std::vector<Rival> longer;
    for (const Rival& rival : out) {
      for (const std::size_t reference : lists[axis]) {
        longer.push_back(rival);
        longer.back()[axis] = {reference};
      }
    }
    out = std::move(longer);
  }
}

double product_of_sizes(const std::vector<std::vector<std::size_t>>& lists) {
  double out = 1;
  for (const auto& list : lists) {
    if (!list.empty()) out *= static_cast<double>(list.size());
  }
  return out;
}

}  // namespace

std::size_t choices_max(const Pairing& pairing) {
  if (!pairing.is_all_means) return choices_least;  // Each goes through every resample.
  std::size_t units = 1;
  for (const Stratum& stratum : pairing.strata) units += paired_units(stratum, 0, {1}).size();
  return std::clamp(units_max / units, choices_least, choices_most);
}

Rivals each_reference(const Pairing& pairing) {
  Rivals out;
  for (const std::size_t reference : references_of(pairing)) {
    out.each.emplace_back(pairing.axes(), std::vector<std::size_t>{reference});
  }
  out.count = static_cast<double>(out.each.size());
  return out;
}

Rivals only_the_bar(const Pairing& pairing) {
  Rivals out;
  out.each.emplace_back(pairing.axes());
  return out;
}

std::optional<Rivals> best_of_each_axis(const Pairing& pairing, double tail, std::uint64_t seed) {
  const std::vector<std::size_t> references = references_of(pairing);
  GWAGEO_CHECK(!references.empty());
  std::set<std::size_t> axes;  // Those that count.
  for (const Stratum& stratum : pairing.strata) axes.insert(stratum.axis);
  std::vector<std::vector<std::size_t>> lists(pairing.axes());
  for (const std::size_t axis : axes) lists[axis] = references;
  Rivals out;
  out.count = product_of_sizes(lists);
  const auto most = static_cast<double>(choices_max(pairing));
  if (out.count > most) {
    Leads leads(pairing, seed);
    out.spent = spent_part * tail;
    const double z = z_of_screening(tail, references.size(), axes.size());
    for (const std::size_t axis : axes) lists[axis] = still_in(leads, references, 1, z, axis);
    if (product_of_sizes(lists) > most) return std::nullopt;
  }
  add_choices(lists, out.each);
  return out;
}

std::optional<Rivals> mean_of_best(const Pairing& pairing, std::size_t top, double tail,
                                   std::uint64_t seed) {
  std::vector<std::size_t> references = references_of(pairing);
  GWAGEO_CHECK(top >= 1 && top <= references.size());
  Rivals out;
  out.count = choices(references.size(), top);
  const auto most = static_cast<double>(choices_max(pairing));
  if (out.count > most) {
    Leads leads(pairing, seed);
    out.spent = spent_part * tail;
    references =
        still_in(leads, references, top, z_of_screening(tail, references.size(), 1), std::nullopt);
    if (choices(references.size(), top) > most) return std::nullopt;
  }
  std::vector<bool> is_chosen(references.size(), false);
  std::fill_n(is_chosen.begin(), top, true);
  do {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < references.size(); ++i) {
      if (is_chosen[i]) chosen.push_back(references[i]);
    }
    out.each.emplace_back(pairing.axes(), chosen);
  } while (std::prev_permutation(is_chosen.begin(), is_chosen.end()));
  return out;
}

}  // namespace gwageo
