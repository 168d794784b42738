// Keeping keys and values, turning heads by their positions, and attention:
//
//   for each row and head, with n = position + 1, q the row's query, k and v of the head it reads:
//     for (t = 0; t < n; ++t) s[t] = (ascending sum over d of q[d] * k[t][d]) * scale;
//     top = max of s;
//     for (t = 0; t < n; ++t) e[t] = exponential(s[t] - top);
//     total = sixteenfold sum of e;
//     for (d = 0; d < width; ++d) out[d] = (ascending sum over t of e[t] * v[t][d]) / total;
//
// A block is a row and a head: its threads take positions side by side, then dimensions.
#include "worker/cuda/arithmetic.cuh"
#include "worker/cuda/kernels.h"

namespace gwageo::cuda {
namespace {

constexpr unsigned attend_threads = 128;

// Room of a query on the chip: whole groups, since the compiler reads four numbers at a time.
__host__ __device__ constexpr std::size_t query_room(std::size_t head_width) {
  return (head_width + 15) / 16 * 16;
}

// Floats of one layer and key-value head in a block of the cache.
__device__ std::size_t head_floats(const AttentionView& view) {
  return std::size_t{2} * block_positions * view.head_width;
}
__device__ std::size_t head_offset(const AttentionView& view, unsigned head) {
  return (std::size_t{view.layer} * view.key_value_heads + head) * head_floats(view);
}

__global__ void keep_rows(const float* keys, const float* values, PlacesView places,
                          AttentionView view) {
  const unsigned row = blockIdx.x;
  const unsigned position = places.positions[row];
  float* const block = places.blocks[places.first[row] + position / block_positions];
  const unsigned lane = position % block_positions;
  const unsigned width = view.head_width;
  const std::size_t all = std::size_t{view.key_value_heads} * width;
  for (unsigned i = threadIdx.x; i < all; i += blockDim.x) {
    const unsigned d = i % width;
    float* const head = block + head_offset(view, i / width);
    head[d * block_positions + lane] = keys[row * all + i];
    head[(block_positions + lane) * width + d] = values[row * all + i];
  }
}

__global__ void rotate_heads(float* x, std::size_t pairs, unsigned heads, unsigned head_width,
                             const float* rotation) {
  const std::size_t at = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at >= pairs) return;
  const unsigned half = head_width / 2;
  const std::size_t head = at / half;  // Of all rows.
  const unsigned i = at % half;
  const float* const turn = rotation + head / heads * head_width;
  float* const first = x + head * head_width + i;
  float* const second = first + half;
  const float a = *first;
  const float b = *second;
  *first = a * turn[i] - b * turn[half + i];
  *second = b * turn[i] + a * turn[half + i];
}

__global__ void __launch_bounds__(attend_threads)
    attend_heads(const float* x, PlacesView places, AttentionView view, float scale,
                 std::size_t longest, float* room, float* out) {
  extern __shared__ float on_chip[];
  __shared__ float tile[sum_tile + 1];
  __shared__ float tops[attend_threads / 32];
  const std::size_t index = blockIdx.x;
  const unsigned head = blockIdx.x % view.heads;
  const unsigned row = blockIdx.x / view.heads;
  const unsigned width = view.head_width;
  float* const query = on_chip;
  float* const scores = room == nullptr ? on_chip + query_room(width) : room + index * longest;
  for (unsigned d = threadIdx.x; d < width; d += blockDim.x) query[d] = x[index * width + d];
  __syncthreads();
  const unsigned positions = places.positions[row] + 1;
  float* const* const blocks = places.blocks + places.first[row];
  const std::size_t offset = head_offset(view, head / (view.heads / view.key_value_heads));

  float top = -__int_as_float(0x7f800000);
  for (unsigned t = threadIdx.x; t < positions; t += blockDim.x) {
    const float* const keys = blocks[t / block_positions] + offset + t % block_positions;
    float s = 0.0f;
#pragma unroll 8
    for (unsigned d = 0; d < width; ++d) s += query[d] * keys[d * block_positions];
    s = s * scale;
    scores[t] = s;
    top = s > top ? s : top;
  }
  for (unsigned half = 16; half > 0; half /= 2) {
    const float other = __shfl_xor_sync(~0u, top, half);
    top = other > top ? other : top;
  }
  if (threadIdx.x % 32 == 0) tops[threadIdx.x / 32] = top;
  __syncthreads();
  for (unsigned i = 0; i < attend_threads / 32; ++i) top = tops[i] > top ? tops[i] : top;
  const float total = sixteenfold(positions, tile, [&](std::size_t t) {
    const float e = exponential(scores[t] - top);
    scores[t] = e;
    return e;
  });
  for (unsigned d = threadIdx.x; d < width; d += blockDim.x) {
    float sum = 0.0f;
    for (unsigned begin = 0; begin < positions; begin += block_positions) {
      const float* const values =
          blocks[begin / block_positions] + offset + block_positions * width + d;
      const unsigned left = positions - begin;
      if (left >= block_positions) {
#pragma unroll
        for (unsigned t = 0; t < block_positions; ++t) sum += scores[begin + t] * values[t * width];
      } else {
        for (unsigned t = 0; t < left; ++t) sum += scores[begin + t] * values[t * width];
      }
    }
    out[index * width + d] = sum / total;
  }
}

}  // namespace

void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
            const float* rotation, cudaStream_t stream) {
  const std::size_t pairs = rows * heads * (head_width / 2);
  rotate_heads<<<static_cast<unsigned>((pairs + 255) / 256), 256, 0, stream>>>(
      x, pairs, static_cast<unsigned>(heads), static_cast<unsigned>(head_width), rotation);
}

void keep(const float* keys, const float* values, const PlacesView& places, std::size_t rows,
          const AttentionView& view, cudaStream_t stream) {
  keep_rows<<<static_cast<unsigned>(rows), 128, 0, stream>>>(keys, values, places, view);
}

void attend(const float* x, const PlacesView& places, std::size_t rows, const AttentionView& view,
            float scale, std::size_t longest, float* scores, float* out, cudaStream_t stream) {
  const std::size_t floats = query_room(view.head_width) + (scores == nullptr ? longest : 0);
  const auto blocks = static_cast<unsigned>(rows * view.heads);
  attend_heads<<<blocks, attend_threads, floats * sizeof(float), stream>>>(x, places, view, scale,
                                                                           longest, scores, out);
}

}  // namespace gwageo::cuda
