// acc: for multiple_choice, whether the choice of the highest log-probability is the right one (the
// first of equals wins, as numpy's argmax); for loglikelihood, whether the continuation is what the
// model would have said greedily.
#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"

namespace gwageo {
namespace {

class AccMetric final : public Metric {
 public:
  explicit AccMetric(OutputType output_type) : output_type_(output_type) {}

  Observation score(const ScoredItem& item) const override {
    if (output_type_ == OutputType::loglikelihood) {
      return {.value = item.responses.front().greedy ? 1.0 : 0.0};
    }
    std::vector<double> scores;
    for (const Response& response : item.responses) scores.push_back(response.log_probability);
    const auto predicted = static_cast<std::int64_t>(argmax(scores));
    return {.value = item.entry.reference.is_gold(predicted) ? 1.0 : 0.0};
  }

  const Aggregation& aggregation() const override { return mean_; }

 private:
  OutputType output_type_;
  MeanAggregation mean_;
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_metric(const MetricSpec& spec, OutputType output_type) {
  GWAGEO_TRY(Arguments(spec.arguments).only(normalisation_arguments()));
  return std::make_unique<AccMetric>(output_type);
}

}  // namespace gwageo
