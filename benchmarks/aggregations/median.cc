// median: the value in the middle of the sorted ones, the upper one of two.
#include "benchmarks/aggregation.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

class MedianAggregation final : public Aggregation {
 public:
  ErrorRule error_rule() const override { return ErrorRule::bootstrap; }
  double value(const Sample& sample) const override {
    const std::uint64_t middle = sample.size() / 2;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      below += sample.counts[i];
      if (below > middle) return sample.kinds[i].value;
    }
    GWAGEO_CHECK(below > middle);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Aggregation> make_median_aggregation() {
  return std::make_unique<MedianAggregation>();
}

}  // namespace gwageo
