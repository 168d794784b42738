// perplexity: of the continuation, one log-likelihood an item (aggregations/perplexity.cc).
#include "benchmarks/arguments.h"
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

Result<std::unique_ptr<Metric>> make_perplexity_metric(const MetricSpec& spec, OutputType) {
  GWAGEO_TRY(Arguments(spec.arguments).only(normalisation_arguments()));
  return std::make_unique<PerplexityMetric>();
}

}  // namespace gwageo
