// acc_norm: as acc, each log-probability divided by the length of its choice in characters (code
// points of the text without the delimiter).
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"
#include "benchmarks/python_text.h"

namespace gwageo {
namespace {

class AccNormMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return score_per_length(item, &character_count);
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_norm_metric(const MetricSpec&, OutputType) {
  return std::make_unique<AccNormMetric>();
}

}  // namespace gwageo
