#include "benchmarks/aggregation.h"

#include <cmath>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// How many values are 1, where all are 0 or 1.
std::optional<std::uint64_t> count_of_ones(const Sample& sample) {
  std::uint64_t ones = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    const double value = sample.kinds[i].value;
    if (value != 0 && value != 1) return std::nullopt;
    if (value == 1) ones += sample.counts[i];
  }
  return ones;
}

double squared_deviations(const Sample& sample, double mean) {
  double sum = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    const double deviation = sample.kinds[i].value - mean;
    sum += static_cast<double>(sample.counts[i]) * (deviation * deviation);
  }
  return sum;
}

}  // namespace

std::uint64_t Sample::size() const {
  std::uint64_t size = 0;
  for (const std::uint64_t count : counts) size += count;
  return size;
}

Tally::Counted Tally::counted() const {
  Counted out;
  for (const auto& [kind, count] : counts_) {
    out.kinds.push_back(kind);
    out.counts.push_back(count);
  }
  return out;
}

double MeanAggregation::value(const Sample& sample) const {
  double sum = 0;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < sample.kinds.size(); ++i) {
    sum += static_cast<double>(sample.counts[i]) * sample.kinds[i].value;
    size += sample.counts[i];
  }
  return sum / static_cast<double>(size);
}

Estimate MeanAggregation::estimate(const Sample& sample) const {
  const std::uint64_t size = sample.size();
  GWAGEO_CHECK(size > 0);
  Estimate out;
  out.value = value(sample);
  if (const std::optional<std::uint64_t> ones = count_of_ones(sample)) {
    out.exact = Rational(*ones, size).to_fraction();
  }
  if (size >= 2) {
    const auto n = static_cast<double>(size);
    out.standard_error = std::sqrt(squared_deviations(sample, out.value) / (n - 1)) / std::sqrt(n);
  }
  return out;
}

}  // namespace gwageo
