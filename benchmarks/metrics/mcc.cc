// mcc: Matthews' correlation of the chosen with the right choice (aggregations/matthews.cc).
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"

namespace gwageo {
namespace {

class MccMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return labels_of_choice(item);
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_mcc_metric(const MetricSpec&, OutputType) {
  return std::make_unique<MccMetric>();
}

}  // namespace gwageo
