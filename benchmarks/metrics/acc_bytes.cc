// acc_bytes: as acc_norm, but the length is in bytes of UTF-8.
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"

namespace gwageo {
namespace {

class AccBytesMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return score_per_length(item, [](std::string_view choice) { return choice.size(); });
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_bytes_metric(const MetricSpec&, OutputType) {
  return std::make_unique<AccBytesMetric>();
}

}  // namespace gwageo
