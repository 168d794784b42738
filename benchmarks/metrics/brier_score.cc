// brier_score: the squared distance of the choices' probabilities, of all choices together 1, from
// certainty in the right one (G. W. Brier, Verification of forecasts expressed in terms of
// probability, Monthly Weather Review 78, 1950). Less is better.
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"
#include "benchmarks/numpy_sum.h"

namespace gwageo {
namespace {

class BrierScoreMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    std::vector<double> distances = choice_probabilities(item);
    const std::int64_t gold = item.reference.gold();
    if (gold >= 0 && gold < static_cast<std::int64_t>(distances.size())) {
      distances[static_cast<std::size_t>(gold)] -= 1;
    }
    for (double& distance : distances) distance *= distance;
    return Observation{.value = numpy_sum(distances),
                       .predicted = static_cast<std::int32_t>(argmax(choice_scores(item))),
                       .gold = static_cast<std::int32_t>(gold)};
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_brier_score_metric(const MetricSpec&, OutputType) {
  return std::make_unique<BrierScoreMetric>();
}

}  // namespace gwageo
