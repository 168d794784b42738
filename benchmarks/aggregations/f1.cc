// f1: the harmonic mean of precision and recall over the labels of all items, as scikit-learn's
// f1_score since its version 1.3 (before, it went by precision and recall, which may differ in the
// last digit):
//
//   F1 of a label = 2 tp / (2 tp + fp + fn), and 0 where nothing has the label
//   binary          F1 of label 1, of two (check_labels in metric.h) (the harness's only one)
//   macro           the mean of the labels' F1, over labels that are gold or predicted somewhere
//   micro           F1 over the sums of all labels' counts
//
// An item without a predicted label (-1) is a miss of its gold label and a prediction of none;
// scikit-learn would call it a label of its own.
#include <map>

#include "benchmarks/aggregation.h"

namespace gwageo {
namespace {

constexpr std::int32_t positive_label = 1;

/// Numerator and denominator of F1.
struct F1Counts {
  std::uint64_t twice_true = 0;  ///< 2 tp
  std::uint64_t involved = 0;    ///< 2 tp + fp + fn
  double ratio() const {
    return involved == 0 ? 0.0 : static_cast<double>(twice_true) / static_cast<double>(involved);
  }
  Rational exact() const { return involved == 0 ? Rational() : Rational(twice_true, involved); }
};

class F1Aggregation final : public Aggregation {
 public:
  explicit F1Aggregation(Average average) : average_(average) {}

  /// The harness knows nothing but `binary`.
  ErrorRule error_rule() const override {
    return average_ == Average::binary ? ErrorRule::bootstrap : ErrorRule::none;
  }

  double value(const Sample& sample) const override {
    if (average_ != Average::macro) return pooled(sample).ratio();
    double sum = 0;
    const std::map<std::int32_t, F1Counts> labels = by_label(sample);
    for (const auto& [label, counts] : labels) sum += counts.ratio();
    return labels.empty() ? 0.0 : sum / static_cast<double>(labels.size());
  }

  std::optional<Fraction> exact(const Sample& sample) const override {
    return rational(sample).to_fraction();
  }

 private:
  /// binary: the positive label's counts; micro: all labels' together.
  F1Counts pooled(const Sample& sample) const {
    F1Counts out;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      for (const std::int32_t label : {kind.predicted, kind.gold}) {
        const bool counts = average_ == Average::binary ? label == positive_label : label >= 0;
        if (!counts) continue;
        out.involved += sample.counts[i];
        if (kind.predicted == kind.gold) out.twice_true += sample.counts[i];
      }
    }
    return out;
  }

  static std::map<std::int32_t, F1Counts> by_label(const Sample& sample) {
    std::map<std::int32_t, F1Counts> out;
    for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
      const Observation& kind = sample.kinds[i];
      if (sample.counts[i] == 0) continue;
      for (const std::int32_t label : {kind.predicted, kind.gold}) {
        if (label < 0) continue;
        out[label].involved += sample.counts[i];
        if (kind.predicted == kind.gold) out[label].twice_true += sample.counts[i];
      }
    }
    return out;
  }

  Rational rational(const Sample& sample) const {
    if (average_ != Average::macro) return pooled(sample).exact();
    Rational sum;
    const std::map<std::int32_t, F1Counts> labels = by_label(sample);
    for (const auto& [label, counts] : labels) sum = sum + counts.exact();
    return labels.empty() ? sum : sum / Rational(labels.size(), 1);
  }

  Average average_;
};

}  // namespace

std::unique_ptr<Aggregation> make_f1_aggregation(Average average) {
  return std::make_unique<F1Aggregation>(average);
}

}  // namespace gwageo
