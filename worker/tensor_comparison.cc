#include "worker/tensor_comparison.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "protocol/check.h"

namespace gwageo {
namespace {

TensorSums sums_of_segment(std::span<const float> a, std::span<const float> b) {
  std::array<TensorSums, tensor_lanes> lanes{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    TensorSums& lane = lanes[i % tensor_lanes];
    const auto x = static_cast<double>(a[i]);
    const auto y = static_cast<double>(b[i]);
    ++lane.count;
    if (std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i])) ++lane.equal;
    if (to_bfloat16(a[i]) == to_bfloat16(b[i])) ++lane.equal_rounded;
    lane.a += x;
    lane.b += y;
    lane.a_squared += x * x;
    lane.b_squared += y * y;
    lane.product += x * y;
  }
  for (std::size_t half = tensor_lanes / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace

TensorSums& operator+=(TensorSums& sums, const TensorSums& more) {
  sums.count += more.count;
  sums.equal += more.equal;
  sums.equal_rounded += more.equal_rounded;
  sums.a += more.a;
  sums.b += more.b;
  sums.a_squared += more.a_squared;
  sums.b_squared += more.b_squared;
  sums.product += more.product;
  return sums;
}

std::vector<TensorSums> segment_sums(std::span<const float> a, std::span<const float> b) {
  GWAGEO_CHECK(a.size() == b.size());
  std::vector<TensorSums> sums;
  for (std::size_t from = 0; from < a.size(); from += tensor_segment) {
    const std::size_t size = std::min(tensor_segment, a.size() - from);
    sums.push_back(sums_of_segment(a.subspan(from, size), b.subspan(from, size)));
  }
  return sums;
}

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return static_cast<std::uint16_t>((bits >> 16) | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

TensorComparison compare_tensors(const TensorSums& sums) {
  GWAGEO_CHECK(sums.count > 0);
  const auto n = static_cast<double>(sums.count);
  TensorComparison out;
  out.equal_share = static_cast<double>(sums.equal) / n;
  out.equal_rounded_share = static_cast<double>(sums.equal_rounded) / n;
  out.is_finite =
      std::isfinite(sums.a_squared) && std::isfinite(sums.b_squared) && std::isfinite(sums.product);
  if (!out.is_finite) return out;
  const double lengths = std::sqrt(sums.a_squared) * std::sqrt(sums.b_squared);
  if (lengths > 0) out.cosine = sums.product / lengths;
  const double spread_a = sums.a_squared - sums.a * sums.a / n;
  const double spread_b = sums.b_squared - sums.b * sums.b / n;
  const double spread = std::sqrt(std::max(0.0, spread_a)) * std::sqrt(std::max(0.0, spread_b));
  // Of equal numbers the differences leave rounding errors instead of zero.
  const bool varies = spread_a > 1e-12 * sums.a_squared && spread_b > 1e-12 * sums.b_squared;
  if (varies) out.correlation = (sums.product - sums.a * sums.b / n) / spread;
  out.z = out.correlation * std::sqrt(n - 1);
  return out;
}

}  // namespace gwageo
