// perplexity: of the continuation, one log-likelihood an item (aggregations/perplexity.cc).
#include "benchmarks/metric.h"
#include "benchmarks/metrics/likelihood.h"

namespace gwageo {
namespace {

class PerplexityMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return Observation{.value = finite_likelihood(item.responses.front())};
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_perplexity_metric(const MetricSpec&, OutputType) {
  return std::make_unique<PerplexityMetric>();
}

}  // namespace gwageo
