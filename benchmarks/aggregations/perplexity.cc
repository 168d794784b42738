// The figures over log-likelihoods L, in natural logarithms:
//
//   perplexity            exp(-mean L)                  one value an item
//   weighted_perplexity   exp(-(sum L / sum w))         w: words or bytes of the text
//   bits_per_byte         -(sum L / sum w) / log 2
//
// The harness gives a standard error, by bootstrap, for the first alone.
#include <cmath>

#include "benchmarks/aggregation.h"

namespace gwageo {
namespace {

class PerplexityAggregation final : public Aggregation {
 public:
  PerplexityAggregation() : mean_(make_mean_aggregation()) {}
  ErrorRule error_rule() const override { return ErrorRule::bootstrap; }
  double value(const Sample& sample) const override { return std::exp(-mean_->value(sample)); }
  double value_in_order(std::span<const Observation> kinds,
                        std::span<const std::uint32_t> items) const override {
    return std::exp(-mean_->value_in_order(kinds, items));
  }

 private:
  std::unique_ptr<Aggregation> mean_;
};

double weighted_mean(const Sample& sample) {
  double sum = 0;
  double weights = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    const auto count = static_cast<double>(sample.counts[i]);
    sum += count * sample.kinds[i].value;
    weights += count * sample.kinds[i].weight;
  }
  return sum / weights;
}

double weighted_mean_in_order(std::span<const Observation> kinds,
                              std::span<const std::uint32_t> items) {
  double sum = 0;
  std::uint64_t weights = 0;
  for (const std::uint32_t kind : items) {
    sum += kinds[kind].value;
    weights += kinds[kind].weight;
  }
  return sum / static_cast<double>(weights);
}

double perplexity(double weighted_mean) { return std::exp(-weighted_mean); }
double bits(double weighted_mean) { return -weighted_mean / std::log(2.0); }

class WeightedAggregation final : public Aggregation {
 public:
  explicit WeightedAggregation(double (*figure)(double weighted_mean)) : figure_(figure) {}
  ErrorRule error_rule() const override { return ErrorRule::none; }
  double value(const Sample& sample) const override { return figure_(weighted_mean(sample)); }
  double value_in_order(std::span<const Observation> kinds,
                        std::span<const std::uint32_t> items) const override {
    return figure_(weighted_mean_in_order(kinds, items));
  }

 private:
  double (*figure_)(double weighted_mean);
};

}  // namespace

std::unique_ptr<Aggregation> make_perplexity_aggregation() {
  return std::make_unique<PerplexityAggregation>();
}
std::unique_ptr<Aggregation> make_weighted_perplexity_aggregation() {
  return std::make_unique<WeightedAggregation>(&perplexity);
}
std::unique_ptr<Aggregation> make_bits_per_byte_aggregation() {
  return std::make_unique<WeightedAggregation>(&bits);
}

}  // namespace gwageo
