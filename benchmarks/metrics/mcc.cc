// mcc: Matthews' correlation of the chosen with the right choice, for any number of choices
// (Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004),
// as scikit-learn's matthews_corrcoef:
//
//   (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2))
//
// with s items, c of them right, t_k items whose gold is k and p_k items where k was chosen; 0
// where the root is 0. Its standard error is a bootstrap, as in the harness, from our own random
// numbers.
#include <cmath>
#include <map>

#include "benchmarks/arguments.h"
#include "benchmarks/bootstrap.h"
#include "benchmarks/metric.h"

namespace gwageo {
namespace {

class MccAggregation final : public Aggregation {
 public:
  bool is_mean() const override { return false; }

  double value(const Sample& sample) const override {
    std::map<std::int32_t, std::uint64_t> gold;
    std::map<std::int32_t, std::uint64_t> predicted;
    double right = 0;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      gold[kind.gold] += sample.counts[i];
      predicted[kind.predicted] += sample.counts[i];
      if (kind.gold == kind.predicted) right += static_cast<double>(sample.counts[i]);
    }
    const auto size = static_cast<double>(sample.size());
    double together = 0;
    for (const auto& [label, count] : gold) {
      const auto chosen = predicted.find(label);
      if (chosen != predicted.end()) together += product(count, chosen->second);
    }
    const double spread = (size * size - squares(predicted)) * (size * size - squares(gold));
    return spread == 0 ? 0.0 : (right * size - together) / std::sqrt(spread);
  }

  Estimate estimate(const Sample& sample) const override {
    Estimate out;
    out.value = value(sample);
    if (sample.size() >= 2) out.standard_error = bootstrap_standard_error(*this, sample, 0);
    return out;
  }

 private:
  static double product(std::uint64_t a, std::uint64_t b) {
    return static_cast<double>(a) * static_cast<double>(b);
  }
  static double squares(const std::map<std::int32_t, std::uint64_t>& counts) {
    double sum = 0;
    for (const auto& [label, count] : counts) sum += product(count, count);
    return sum;
  }
};

class MccMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    std::vector<double> scores;
    for (const Response& response : item.responses) scores.push_back(response.log_probability);
    Observation out;
    out.predicted = static_cast<std::int32_t>(argmax(scores));
    out.gold = static_cast<std::int32_t>(item.entry.reference.gold());
    out.value = out.predicted == out.gold ? 1.0 : 0.0;
    return out;
  }

  const Aggregation& aggregation() const override { return aggregation_; }

 private:
  MccAggregation aggregation_;
};

}  // namespace

Result<std::unique_ptr<Metric>> make_mcc_metric(const MetricSpec& spec, OutputType) {
  GWAGEO_TRY(Arguments(spec.arguments).only(normalisation_arguments()));
  return std::make_unique<MccMetric>();
}

}  // namespace gwageo
