// mean: the sum of the values over their number, with the standard error in closed form. nanmean:
// the same by numpy, which adds up in pairs, and with a bootstrap; our values are never NaN.
// brier_score: the same again, and without a standard error.
#include "benchmarks/aggregation.h"
#include "benchmarks/numpy_sum.h"

namespace gwageo {
namespace {

double mean_of_counts(const Sample& sample) {
  double sum = 0;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    sum += static_cast<double>(sample.counts[i]) * sample.kinds[i].value;
    size += sample.counts[i];
  }
  return sum / static_cast<double>(size);
}

/// How many of the values are 1, over their number, where all are 0 or 1.
std::optional<Fraction> ratio_of_ones(const Sample& sample) {
  std::uint64_t ones = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    const double value = sample.kinds[i].value;
    if (value != 0 && value != 1) return std::nullopt;
    if (value == 1) ones += sample.counts[i];
  }
  return Rational(ones, sample.size()).to_fraction();
}

class MeanAggregation final : public Aggregation {
 public:
  bool is_mean() const override { return true; }
  ErrorRule error_rule() const override { return ErrorRule::closed_form; }
  double value(const Sample& sample) const override { return mean_of_counts(sample); }
  double value_in_order(std::span<const Observation> kinds,
                        std::span<const std::uint32_t> items) const override {
    double sum = 0;
    for (const std::uint32_t kind : items) sum += kinds[kind].value;
    return sum / static_cast<double>(items.size());
  }
  std::optional<Fraction> exact(const Sample& sample) const override {
    return ratio_of_ones(sample);
  }
};

class NumpyMeanAggregation final : public Aggregation {
 public:
  explicit NumpyMeanAggregation(ErrorRule rule) : rule_(rule) {}
  bool is_mean() const override { return true; }
  ErrorRule error_rule() const override { return rule_; }
  double value(const Sample& sample) const override { return mean_of_counts(sample); }
  double value_in_order(std::span<const Observation> kinds,
                        std::span<const std::uint32_t> items) const override {
    std::vector<double> values;
    values.reserve(items.size());
    for (const std::uint32_t kind : items) values.push_back(kinds[kind].value);
    return numpy_sum(values) / static_cast<double>(items.size());
  }
  std::optional<Fraction> exact(const Sample& sample) const override {
    return ratio_of_ones(sample);
  }

 private:
  ErrorRule rule_;
};

}  // namespace

std::unique_ptr<Aggregation> make_mean_aggregation() { return std::make_unique<MeanAggregation>(); }
std::unique_ptr<Aggregation> make_nanmean_aggregation() {
  return std::make_unique<NumpyMeanAggregation>(ErrorRule::bootstrap);
}
std::unique_ptr<Aggregation> make_brier_score_aggregation() {
  return std::make_unique<NumpyMeanAggregation>(ErrorRule::none);
}

}  // namespace gwageo
