#include "benchmarks/pairing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "benchmarks/bootstrap.h"
#include "benchmarks/total.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// One model's items of one task by identity.
std::vector<const ItemValue*> sorted_items(const TaskScore& task) {
  std::vector<const ItemValue*> out;
  for (const ItemValue& item : task.items) out.push_back(&item);
  std::sort(out.begin(), out.end(), [](const ItemValue* a, const ItemValue* b) {
    return std::tie(a->item_digest, a->repeat) < std::tie(b->item_digest, b->repeat);
  });
  return out;
}

bool is_before(const ItemValue& a, const ItemValue& b) {
  return std::tie(a.item_digest, a.repeat) < std::tie(b.item_digest, b.repeat);
}

/// Counts the kinds of the items that every list has. Each list is sorted.
std::map<std::vector<Observation>, std::uint64_t> paired_kinds(
    const std::vector<std::vector<const ItemValue*>>& lists) {
  std::map<std::vector<Observation>, std::uint64_t> out;
  std::vector<std::size_t> at(lists.size(), 0);
  for (const ItemValue* first : lists[0]) {
    bool everywhere = true;
    std::vector<Observation> kind;
    for (std::size_t m = 0; m < lists.size(); ++m) {
      while (at[m] < lists[m].size() && is_before(*lists[m][at[m]], *first)) ++at[m];
      if (at[m] == lists[m].size() || is_before(*first, *lists[m][at[m]])) {
        everywhere = false;
        break;
      }
      const ItemValue& item = *lists[m][at[m]];
      kind.push_back({item.value, item.predicted, item.gold, item.weight});
    }
    if (everywhere) ++out[kind];
  }
  return out;
}

double mean(const Stratum& stratum, std::size_t model) {
  double sum = 0;
  for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
    sum += static_cast<double>(stratum.counts[k]) * stratum.observed[model][k].value;
  }
  return sum / static_cast<double>(stratum.size);
}

}  // namespace

Pairing pair_items(const Suite& suite, std::span<const Scorecard* const> models) {
  GWAGEO_CHECK(!models.empty());
  Pairing out;
  out.unpaired.resize(models.size(), 0);
  const std::vector<double> shares = task_shares(suite);
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    if (!(shares[t] > 0)) continue;
    std::vector<std::vector<const ItemValue*>> lists;
    for (const Scorecard* model : models) lists.push_back(sorted_items(model->tasks[t]));
    Stratum& stratum = out.strata.emplace_back();
    stratum.share = shares[t];
    const Task& task = suite.tasks[t];
    const std::size_t headline = models[0]->tasks[t].headline;
    stratum.aggregation = make_aggregation(task.metrics[headline / task.filters.size()]);
    stratum.observed.resize(models.size());
    for (const auto& [kind, count] : paired_kinds(lists)) {
      for (std::size_t m = 0; m < models.size(); ++m) stratum.observed[m].push_back(kind[m]);
      stratum.counts.push_back(count);
      stratum.size += count;
    }
    out.size += stratum.size;
    out.is_all_means = out.is_all_means && stratum.aggregation->is_mean();
    for (std::size_t m = 0; m < models.size(); ++m) {
      out.unpaired[m] += lists[m].size() - stratum.size;
    }
  }
  return out;
}

PairedEstimate estimate_pair(const Pairing& pairing) {
  GWAGEO_CHECK(pairing.is_all_means);
  PairedEstimate out;
  for (const Stratum& stratum : pairing.strata) {
    GWAGEO_CHECK(stratum.observed.size() == 2);
    GWAGEO_CHECK(stratum.size >= 2);
    const double candidate = mean(stratum, 0);
    const double reference = mean(stratum, 1);
    double candidate_squares = 0;
    double reference_squares = 0;
    double products = 0;
    for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
      const auto count = static_cast<double>(stratum.counts[k]);
      const double c = stratum.observed[0][k].value - candidate;
      const double r = stratum.observed[1][k].value - reference;
      candidate_squares += count * (c * c);
      reference_squares += count * (r * r);
      products += count * (c * r);
    }
    const auto n = static_cast<double>(stratum.size);
    const double scale = stratum.share * stratum.share / ((n - 1) * n);
    out.candidate += stratum.share * candidate;
    out.reference += stratum.share * reference;
    out.candidate_variance += scale * candidate_squares;
    out.reference_variance += scale * reference_squares;
    out.covariance += scale * products;
  }
  return out;
}

std::optional<Interval> bootstrap_ratio(const Pairing& pairing, double tail, std::uint64_t seed) {
  GWAGEO_CHECK(!pairing.strata.empty());
  std::vector<std::vector<std::uint32_t>> item_kinds;
  for (const Stratum& stratum : pairing.strata) {
    item_kinds.push_back(kinds_of_items(stratum.counts));
  }
  const std::size_t models = pairing.strata[0].observed.size();
  GWAGEO_CHECK(models >= 2);
  std::vector<double> ratios;
  ratios.reserve(bootstrap_resamples);
  std::vector<std::uint64_t> counts;
  for (std::uint32_t resample = 0; resample < bootstrap_resamples; ++resample) {
    std::vector<double> totals(models, 0);
    for (std::size_t s = 0; s < pairing.strata.size(); ++s) {
      const Stratum& stratum = pairing.strata[s];
      counts.resize(stratum.counts.size());
      resample_kinds(ResampleStream(seed, resample, s), item_kinds[s], counts);
      for (std::size_t m = 0; m < models; ++m) {
        totals[m] += stratum.share * stratum.aggregation->value({stratum.observed[m], counts});
      }
    }
    const double best = *std::max_element(totals.begin() + 1, totals.end());
    if (!(best > 0)) return std::nullopt;
    ratios.push_back(totals[0] / best);
  }
  std::sort(ratios.begin(), ratios.end());
  // The k-th smallest of B, counted from 1: k = tail (B + 1), rounded outwards.
  const double low = std::floor(tail * (bootstrap_resamples + 1) + 1e-9);
  const auto k = static_cast<std::size_t>(std::clamp(low, 1.0, bootstrap_resamples / 2.0));
  return Interval{ratios[k - 1], ratios[ratios.size() - k]};
}

}  // namespace gwageo
