// mean: the sum of the values over their number, with the standard error in closed form. nanmean:
// the same by numpy, which adds up in pairs, and with a bootstrap; our values are never NaN.
#include <array>

#include "benchmarks/aggregation.h"

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

/// numpy's sum of a row: halves of it, down to 128 numbers, which eight sums share.
double pairwise_sum(std::span<const double> values) {
  const std::size_t size = values.size();
  if (size < 8) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (size > 128) {
    const std::size_t half = size / 2 - size / 2 % 8;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  std::array<double, 8> sums;
  for (std::size_t i = 0; i < 8; ++i) sums[i] = values[i];
  std::size_t i = 8;
  for (; i + 8 <= size; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) sums[j] += values[i + j];
  }
  double sum =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  for (; i < size; ++i) sum += values[i];
  return sum;
}

class NanmeanAggregation final : public Aggregation {
 public:
  bool is_mean() const override { return true; }
  ErrorRule error_rule() const override { return ErrorRule::bootstrap; }
  double value(const Sample& sample) const override { return mean_of_counts(sample); }
  double value_in_order(std::span<const Observation> kinds,
                        std::span<const std::uint32_t> items) const override {
    std::vector<double> values;
    values.reserve(items.size());
    for (const std::uint32_t kind : items) values.push_back(kinds[kind].value);
    return pairwise_sum(values) / static_cast<double>(items.size());
  }
  std::optional<Fraction> exact(const Sample& sample) const override {
    return ratio_of_ones(sample);
  }
};

}  // namespace

std::unique_ptr<Aggregation> make_mean_aggregation() { return std::make_unique<MeanAggregation>(); }
std::unique_ptr<Aggregation> make_nanmean_aggregation() {
  return std::make_unique<NanmeanAggregation>();
}

}  // namespace gwageo
