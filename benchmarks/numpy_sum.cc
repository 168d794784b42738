#include "benchmarks/numpy_sum.h"

#include <array>

namespace gwageo {

double numpy_sum(std::span<const double> values) {
  const std::size_t size = values.size();
  if (size < 8) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (size > 128) {
    const std::size_t half = size / 2 - size / 2 % 8;
    return numpy_sum(values.first(half)) + numpy_sum(values.subspan(half));
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

}  // namespace gwageo
