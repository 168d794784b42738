#include "benchmarks/harness_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "benchmarks/mersenne_twister.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::uint32_t run_size_max = 1000;
constexpr std::uint64_t draws_max = 10'000'000'000;

/// Python's x ** 2 is the C library's pow, which rounds otherwise than x * x now and then. A
/// compiler that sees the 2 would multiply.
double squared(double x) {
  static const volatile double two = 2;
  return std::pow(x, two);
}

}  // namespace

double mean_in_order(std::span<const double> values) {
  GWAGEO_CHECK(!values.empty());
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_in_order(std::span<const double> values) {
  GWAGEO_CHECK(values.size() >= 2);
  const double mean = mean_in_order(values);
  double sum = 0;
  for (const double value : values) sum += squared(value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::optional<double> harness_bootstrap_error(const Aggregation& aggregation, const Series& series,
                                              std::uint32_t iterations) {
  const std::size_t size = series.items.size();
  GWAGEO_CHECK(size >= 2);
  if (iterations < 2 || size > draws_max / iterations) return std::nullopt;
  const std::uint32_t run_size = std::min(run_size_max, iterations);
  std::vector<std::uint32_t> drawn(size);
  std::vector<double> values;
  values.reserve(iterations);
  for (std::uint32_t run = 0; run < iterations / run_size; ++run) {
    PythonRandom random(run);
    for (std::uint32_t i = 0; i < run_size; ++i) {
      random.choices(size, drawn);
      for (std::uint32_t& item : drawn) item = series.items[item];
      values.push_back(aggregation.value_in_order(series.kinds, drawn));
    }
  }
  return deviation_in_order(values);
}

}  // namespace gwageo
