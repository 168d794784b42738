// matthews_corrcoef: Matthews' correlation of the predicted with the right labels, for any number
// of labels (Gorodkin, Comparing two K-category assignments by a K-category correlation
// coefficient, 2004), as scikit-learn's:
//
//   (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2))
//
// with s items, c of them right, t_k items whose gold is k and p_k items where k was predicted; 0
// where the root is 0.
#include <cmath>
#include <map>

#include "benchmarks/aggregation.h"

namespace gwageo {
namespace {

class MatthewsAggregation final : public Aggregation {
 public:
  ErrorRule error_rule() const override { return ErrorRule::bootstrap; }

  double value(const Sample& sample) const override {
    std::map<std::int32_t, std::uint64_t> gold;
    std::map<std::int32_t, std::uint64_t> predicted;
    double right = 0;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      gold[kind.gold] += sample.counts[i];
      predicted[kind.predicted] += sample.counts[i];
      if (kind.gold == kind.predicted) right += static_cast<double>(sample.counts[i]);
    }
    const auto size = static_cast<double>(sample.size());
    double together = 0;
    for (const auto& [label, count] : gold) {
      const auto chosen = predicted.find(label);
      if (chosen != predicted.end()) together += product(count, chosen->second);
    }
    const double spread = (size * size - squares(predicted)) * (size * size - squares(gold));
    return spread == 0 ? 0.0 : (right * size - together) / std::sqrt(spread);
  }

 private:
  static double product(std::uint64_t a, std::uint64_t b) {
    return static_cast<double>(a) * static_cast<double>(b);
  }
  static double squares(const std::map<std::int32_t, std::uint64_t>& counts) {
    double sum = 0;
    for (const auto& [label, count] : counts) sum += product(count, count);
    return sum;
  }
};

}  // namespace

std::unique_ptr<Aggregation> make_matthews_aggregation() {
  return std::make_unique<MatthewsAggregation>();
}

}  // namespace gwageo
