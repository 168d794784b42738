// The sums of two tensors, segment by segment:
//
//   for each segment of 65,536 pairs:
//     TensorSums lanes[256] = {};
//     for (i = 0; i < size; ++i) add the pair at i to lanes[i % 256];
//     for (half = 128; half > 0; half /= 2) for (i = 0; i < half; ++i) lanes[i] += lanes[i + half];
//     out[segment] = lanes[0];
//
// A block is a segment, a thread a lane, so a warp reads 32 neighbours.
#include "worker/cuda/tensors.h"

namespace gwageo::cuda {
namespace {

/// Counts fit 32 bits within a segment.
struct Lane {
  unsigned count, equal, equal_rounded;
  double a, b, a_squared, b_squared, product;
};

__device__ unsigned bfloat16_of(unsigned bits) {
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (bits >> 16) | 0x40u;
  return (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
}

__device__ void add(Lane& lane, const Lane& more) {
  lane.count += more.count;
  lane.equal += more.equal;
  lane.equal_rounded += more.equal_rounded;
  lane.a += more.a;
  lane.b += more.b;
  lane.a_squared += more.a_squared;
  lane.b_squared += more.b_squared;
  lane.product += more.product;
}

__global__ void __launch_bounds__(tensor_lanes)
    segment_kernel(const float* a, const float* b, std::size_t count, TensorSums* out) {
  __shared__ Lane lanes[tensor_lanes];
  const std::size_t from = std::size_t{blockIdx.x} * tensor_segment;
  const std::size_t size = count - from < tensor_segment ? count - from : tensor_segment;
  Lane mine{};
#pragma unroll 4
  for (std::size_t i = threadIdx.x; i < size; i += tensor_lanes) {
    const float x = a[from + i];
    const float y = b[from + i];
    const auto x_bits = static_cast<unsigned>(__float_as_int(x));
    const auto y_bits = static_cast<unsigned>(__float_as_int(y));
    const double p = x;
    const double q = y;
    add(mine, {1u, x_bits == y_bits, bfloat16_of(x_bits) == bfloat16_of(y_bits), p, q, p * p, q * q,
               p * q});
  }
  lanes[threadIdx.x] = mine;
  for (unsigned half = tensor_lanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) add(lanes[threadIdx.x], lanes[threadIdx.x + half]);
  }
  if (threadIdx.x != 0) return;
  const Lane& all = lanes[0];
  out[blockIdx.x] = {all.count, all.equal,     all.equal_rounded, all.a,
                     all.b,     all.a_squared, all.b_squared,     all.product};
}

}  // namespace

void sum_segments(const float* a, const float* b, std::size_t count, TensorSums* out,
                  cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((count + tensor_segment - 1) / tensor_segment);
  if (blocks > 0) segment_kernel<<<blocks, tensor_lanes, 0, stream>>>(a, b, count, out);
}

}  // namespace gwageo::cuda
