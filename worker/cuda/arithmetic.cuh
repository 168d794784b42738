// What kernels share: the exponential and the sixteenfold sum of device.h.
#pragma once

#include <cstdint>

namespace gwageo::cuda {

/// exp as device.h defines it: x in [-87, 88], 2^n * t(r). cpu_kernels.cc has the same lines.
__device__ inline float exponential(float x) {
  constexpr float magic = 12582912.0f;  // 1.5 * 2^23: adding it leaves the integer in the low bits.
  constexpr float log2_e = 1.44269504088896341f;
  constexpr float ln_2_high = 0.693359375f;
  constexpr float ln_2_low = -2.1219444005469057e-4f;
  float v = x < -87.0f ? -87.0f : x;
  v = v > 88.0f ? 88.0f : v;
  const float shifted = v * log2_e + magic;
  const float n = shifted - magic;
  const float r = (v - n * ln_2_high) - n * ln_2_low;
  float t = r * (1.0f / 5040) + 1.0f / 720;
  t = t * r + 1.0f / 120;
  t = t * r + 1.0f / 24;
  t = t * r + 1.0f / 6;
  t = t * r + 0.5f;
  t = t * r + 1.0f;
  t = t * r + 1.0f;
  const std::uint32_t exponent = static_cast<std::uint32_t>(__float_as_int(shifted)) << 23;
  const std::uint32_t bits = static_cast<std::uint32_t>(__float_as_int(t)) + exponent;
  return x == x ? __int_as_float(static_cast<int>(bits)) : x;
}

inline constexpr unsigned sum_tile = 2048;  // Terms that a block holds on the chip at a time.

/// The sixteenfold sum of term(0) ... term(count - 1), in every thread of the block:
///
///   float a[16] = {};
///   for (i = 0; i < count; ++i) a[i % 16] += term(i);
///   for (half = 8; half > 0; half /= 2) for (i = 0; i < half; ++i) a[i] += a[i + half];
///
/// All threads compute terms; the first sixteen add them. `tile` is room for sum_tile floats on the
/// chip, and one more. Every thread of the block has to call it.
template <class Term>
__device__ float sixteenfold(std::size_t count, float* tile, Term term) {
  float sum = 0.0f;
  for (std::size_t from = 0; from < count; from += sum_tile) {
    const unsigned size = count - from < sum_tile ? static_cast<unsigned>(count - from) : sum_tile;
    for (unsigned i = threadIdx.x; i < size; i += blockDim.x) tile[i] = term(from + i);
    __syncthreads();
    if (threadIdx.x < 16) {
#pragma unroll 16
      for (unsigned i = threadIdx.x; i < size; i += 16) sum += tile[i];
    }
    __syncthreads();
  }
  if (threadIdx.x < 32) {
    for (unsigned half = 8; half > 0; half /= 2) sum += __shfl_down_sync(~0u, sum, half);
    if (threadIdx.x == 0) tile[sum_tile] = sum;
  }
  __syncthreads();
  return tile[sum_tile];
}

}  // namespace gwageo::cuda
