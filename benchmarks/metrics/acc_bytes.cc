// acc_bytes: as acc_norm, each log-probability divided by the length of its choice in bytes of
// UTF-8. An empty choice is never chosen.
#include <limits>

#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

class AccBytesMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    const Reference& reference = item.entry.reference;
    GWAGEO_CHECK(reference.choices.size() == item.responses.size());
    std::vector<double> scores;
    for (std::size_t i = 0; i < item.responses.size(); ++i) {
      const std::size_t length = reference.choices[i].size();
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

Result<std::unique_ptr<Metric>> make_acc_bytes_metric(const MetricSpec& spec, OutputType) {
  GWAGEO_TRY(Arguments(spec.arguments).only(normalisation_arguments()));
  return std::make_unique<AccBytesMetric>();
}

}  // namespace gwageo
