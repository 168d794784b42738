// acc: for multiple_choice, whether the choice of the highest log-probability is a right one (the
// first of equals wins); for loglikelihood, whether the continuation is what the model would have
// said greedily.
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"

namespace gwageo {
namespace {

class AccMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return is_right(item, choice_scores(item));
  }
};

class GreedyMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return Observation{.value = item.responses.front().greedy ? 1.0 : 0.0};
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_metric(const MetricSpec&, OutputType output_type) {
  if (output_type == OutputType::loglikelihood) return std::make_unique<GreedyMetric>();
  return std::make_unique<AccMetric>();
}

}  // namespace gwageo
