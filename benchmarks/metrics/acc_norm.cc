// acc_norm: as acc, each log-probability divided by the length of its choice in characters (code
// points of the text without the delimiter). An empty choice is never chosen: the harness divides
// by zero there, which numpy makes -infinity.
#include <limits>

#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/python_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

class AccNormMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    const Reference& reference = item.entry.reference;
    GWAGEO_CHECK(reference.choices.size() == item.responses.size());
    std::vector<double> scores;
    for (std::size_t i = 0; i < item.responses.size(); ++i) {
      const std::size_t length = character_count(reference.choices[i]);
      scores.push_back(length == 0
                           ? -std::numeric_limits<double>::infinity()
                           : item.responses[i].log_probability / static_cast<double>(length));
    }
    const auto predicted = static_cast<std::int64_t>(argmax(scores));
    return {.value = predicted == reference.gold ? 1.0 : 0.0};
  }

  const Aggregation& aggregation() const override { return mean_; }

 private:
  MeanAggregation mean_;
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_norm_metric(const MetricSpec& spec, OutputType) {
  GWAGEO_TRY(Arguments(spec.arguments).only(normalisation_arguments()));
  return std::make_unique<AccNormMetric>();
}

}  // namespace gwageo
