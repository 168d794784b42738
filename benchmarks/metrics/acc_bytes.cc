// acc_bytes: as acc_norm, but the length is in bytes of UTF-8.
#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/per_length.h"

namespace gwageo {
namespace {

class AccBytesMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    return score_per_length(item, [](std::string_view choice) { return choice.size(); });
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
