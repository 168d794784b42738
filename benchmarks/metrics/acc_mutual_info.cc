// acc_mutual_info: as acc, each log-probability less that of the choice without the question, so
// that a choice does not win by being likely anywhere. Twice the requests are asked for it.
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

class AccMutualInfoMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    std::vector<double> scores = choice_scores(item);
    const std::vector<double> alone = unconditional_scores(item);
    GWAGEO_CHECK(alone.size() == scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] -= alone[i];
    return is_right(item, scores);
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_acc_mutual_info_metric(const MetricSpec&, OutputType) {
  return std::make_unique<AccMutualInfoMetric>();
}

}  // namespace gwageo
