#include "ops/comparison_trials.h"

#include <algorithm>
#include <optional>

#include "benchmarks/ratio_interval.h"
#include "benchmarks/rivals.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// What is compared with scores, of models that score so by axis.
double yardstick_of(const ComparedTruth& truth, const std::vector<std::vector<double>>& scores) {
  if (truth.comparison == Comparison::bar) return truth.bar;
  std::vector<double> totals;
  std::vector<double> best = scores[0];
  for (const std::vector<double>& model : scores) {
    totals.push_back(mean(model));
    for (std::size_t a = 0; a < best.size(); ++a) best[a] = std::max(best[a], model[a]);
  }
  if (truth.comparison == Comparison::best_per_axis) return mean(best);
  std::sort(totals.rbegin(), totals.rend());
  totals.resize(truth.comparison == Comparison::mean_top ? truth.top : 1);
  return mean(totals);
}

Pairing examined(const ComparedTruth& truth, const TrialRules& rules, std::uint64_t trial) {
  const std::size_t axes = truth.candidate.size();
  std::vector<std::size_t> bits;
  for (std::size_t m = 0; m <= truth.references.size(); ++m) bits.push_back(m);
  Pairing out;
  for (std::size_t a = 0; a < axes; ++a) {
    KnownTruth axis{truth.items, truth.correlation, truth.candidate[a], {}};
    for (const std::vector<double>& model : truth.references) axis.references.push_back(model[a]);
    TrialRules own = rules;
    own.stream = rules.stream * axes + a;
    Stratum& stratum = out.strata.emplace_back(stratum_of(examine(axis, own, trial), bits));
    stratum.share = 1 / static_cast<double>(axes);
    stratum.axis = a;
    out.size += stratum.size;
  }
  out.unpaired.resize(bits.size(), 0);
  return out;
}

std::optional<Rivals> rivals_of(const ComparedTruth& truth, const Pairing& pairing, double tail) {
  switch (truth.comparison) {
    case Comparison::best:
    case Comparison::model: return each_reference(pairing);
    case Comparison::best_per_axis: return best_of_each_axis(pairing, tail, 0);
    case Comparison::mean_top: return mean_of_best(pairing, truth.top, tail, 0);
    case Comparison::bar: break;
  }
  return only_the_bar(pairing);
}

/// By model, the candidate first, and by axis.
std::vector<std::vector<double>> scores_of_models(const Pairing& pairing) {
  std::vector<std::vector<double>> out(pairing.strata[0].observed.size());
  for (const Stratum& stratum : pairing.strata) {
    for (std::size_t m = 0; m < out.size(); ++m) {
      double right = 0;
      for (std::size_t k = 0; k < stratum.counts.size(); ++k) {
        right += static_cast<double>(stratum.counts[k]) * stratum.observed[m][k].value;
      }
      out[m].push_back(right / static_cast<double>(stratum.size));
    }
  }
  return out;
}

void run_compared(const ComparedTruth& truth, const TrialRules& rules, std::uint64_t trial,
                  ComparisonCounts& counts) {
  const Pairing pairing = examined(truth, rules, trial);
  ++counts.trials;
  std::vector<std::vector<double>> scores = scores_of_models(pairing);
  const double candidate = mean(scores[0]);
  scores.erase(scores.begin());
  counts.point_passed += candidate >= rules.share * yardstick_of(truth, scores) ? 1 : 0;
  const std::optional<Rivals> rivals = rivals_of(truth, pairing, rules.tail);
  if (!rivals) return;
  const auto interval = interval_to_best(pairing, *rivals, rules.tail, 0);
  if (!interval) return;
  const double scale = truth.comparison == Comparison::bar ? truth.bar : 1;
  counts.low_above += interval->low / scale > truth.ratio() ? 1 : 0;
  counts.high_below += interval->high / scale < truth.ratio() ? 1 : 0;
  counts.passed += interval->low / scale >= rules.share ? 1 : 0;
  counts.failed += interval->high / scale < rules.share ? 1 : 0;
}

}  // namespace

ComparisonCounts& ComparisonCounts::operator+=(const ComparisonCounts& more) {
  trials += more.trials;
  low_above += more.low_above;
  high_below += more.high_below;
  passed += more.passed;
  failed += more.failed;
  point_passed += more.point_passed;
  return *this;
}

double ComparedTruth::yardstick() const { return yardstick_of(*this, references); }
double ComparedTruth::ratio() const { return mean(candidate) / yardstick(); }

ComparisonCounts run_comparison(const ComparedTruth& truth, const TrialRules& rules) {
  GWAGEO_CHECK(!truth.candidate.empty());
  return sum_of_trials<ComparisonCounts>(rules, [&](std::uint64_t trial, ComparisonCounts& counts) {
    run_compared(truth, rules, trial, counts);
  });
}

}  // namespace gwageo
