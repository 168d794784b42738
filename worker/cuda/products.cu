// Products with a weight matrix:
//
//   for (r = 0; r < rows; ++r)
//     for (o = 0; o < width; ++o) {
//       float sum = 0;
//       for (k = 0; k < columns; ++k) sum += x[r][k] * weights[o][k];
//       out[r][o] = sum;
//     }
//
// Each sum is one chain of additions in that order, in one thread; what runs side by side are sums.
// A chain costs 4 cycles a term, so 4,096 terms take 9 us: less than reading a matrix of 4,096 x
// 4,096 floats from memory. Kernels differ in what they wait for:
//
//   few rows (up to 32, as when texts are generated): for memory. A block owns a panel of 32
//   outputs and streams it through the chip's memory, twelve pieces of 4 KiB ahead; a warp adds up
//   the panel's outputs for one row, or up to four.
//
//   many rows (prompts): for arithmetic. A block owns 64 outputs of 32 * `height` rows, a thread 4
//   outputs of 2 * `height` rows in its registers.
#include <cuda_pipeline.h>

#include "worker/cuda/kernels.h"

namespace gwageo::cuda {
namespace {

constexpr unsigned few_warps = 8;
constexpr unsigned few_rows_max = 4 * few_warps;
constexpr unsigned piece_columns = 32;
constexpr unsigned piece_floats = piece_columns * panel_rows;  // 4 KiB, a float4 for each thread.
constexpr unsigned pieces_ahead = 11;

// Puts piece `piece` of a panel of `floats` on its way to the chip.
__device__ void fetch(const float* panel, std::size_t floats, std::size_t piece, float* to) {
  const std::size_t at = piece * piece_floats + threadIdx.x * 4;
  if (at < floats) __pipeline_memcpy_async(to + threadIdx.x * 4, panel + at, 16);
}

// This lane's column of a piece, in each of the warp's rows; zeros past the end.
template <int warp_rows>
__device__ void load_inputs(const float* x, unsigned rows, unsigned columns, unsigned first_row,
                            unsigned piece, float (&inputs)[warp_rows]) {
  const unsigned column = piece * piece_columns + threadIdx.x % 32;
#pragma unroll
  for (int r = 0; r < warp_rows; ++r) {
    const bool is_there = first_row + r < rows && column < columns;
    inputs[r] = is_there ? x[std::size_t{first_row + r} * columns + column] : 0.0f;
  }
}

template <int warp_rows>
__global__ void __launch_bounds__(few_warps * 32)
    multiply_few(const float* x, unsigned rows, const float* panels, unsigned width,
                 unsigned columns, float* out) {
  __shared__ alignas(16) float pieces[pieces_ahead + 1][piece_floats];
  const std::size_t floats = std::size_t{columns} * panel_rows;
  const float* const panel = panels + blockIdx.x * floats;
  const unsigned lane = threadIdx.x % 32;
  const unsigned first_row = threadIdx.x / 32 * warp_rows;
  const unsigned count = (columns + piece_columns - 1) / piece_columns;
  for (unsigned piece = 0; piece < pieces_ahead; ++piece) {
    if (piece < count) fetch(panel, floats, piece, pieces[piece]);
    __pipeline_commit();
  }
  float sums[warp_rows] = {};
  float coming[warp_rows];  // The next piece's inputs are on their way while this one is added up.
  load_inputs(x, rows, columns, first_row, 0, coming);
  for (unsigned piece = 0; piece < count; ++piece) {
    float inputs[warp_rows];
#pragma unroll
    for (int r = 0; r < warp_rows; ++r) inputs[r] = coming[r];
    load_inputs(x, rows, columns, first_row, piece + 1, coming);
    __pipeline_wait_prior(pieces_ahead - 1);
    __syncthreads();
    const unsigned next = piece + pieces_ahead;
    if (next < count) fetch(panel, floats, next, pieces[next % (pieces_ahead + 1)]);
    __pipeline_commit();
    if (first_row >= rows) continue;
    const float* const weights = pieces[piece % (pieces_ahead + 1)] + lane;
    const unsigned left = columns - piece * piece_columns;
    if (left >= piece_columns) {
#pragma unroll
      for (unsigned k = 0; k < piece_columns; ++k) {
        const float w = weights[k * panel_rows];
#pragma unroll
        for (int r = 0; r < warp_rows; ++r) sums[r] += __shfl_sync(~0u, inputs[r], k) * w;
      }
    } else {
      for (unsigned k = 0; k < left; ++k) {
        const float w = weights[k * panel_rows];
#pragma unroll
        for (int r = 0; r < warp_rows; ++r) sums[r] += __shfl_sync(~0u, inputs[r], k) * w;
      }
    }
  }
  const unsigned output = blockIdx.x * panel_rows + lane;
  if (output >= width) return;
#pragma unroll
  for (int r = 0; r < warp_rows; ++r) {
    if (first_row + r < rows) out[std::size_t{first_row + r} * width + output] = sums[r];
  }
}

constexpr unsigned many_outputs = 2 * panel_rows;
constexpr unsigned many_columns = 16;

template <int height>
__global__ void __launch_bounds__(256)
    multiply_many(const float* x, unsigned rows, const float* panels, unsigned width,
                  unsigned columns, float* out) {
  constexpr unsigned block_rows = 32 * height;
  constexpr unsigned thread_rows = 2 * height;
  // A float of room after each column, or the rows of one would fall on the same bank.
  __shared__ alignas(16) float inputs[many_columns][block_rows + 4];
  __shared__ alignas(16) float weights[many_columns][many_outputs];
  const unsigned across = threadIdx.x % 16 * 4;  // The first of this thread's four outputs.
  const unsigned down = threadIdx.x / 16 * thread_rows;
  const unsigned first_output = blockIdx.x * many_outputs;
  const unsigned first_row = blockIdx.y * block_rows;
  const unsigned panel_count = (width + panel_rows - 1) / panel_rows;
  float sums[thread_rows][4] = {};
  for (unsigned from = 0; from < columns; from += many_columns) {
    for (unsigned i = threadIdx.x; i < block_rows * many_columns; i += 256) {
      const unsigned r = i / many_columns;
      const unsigned k = i % many_columns;
      const bool is_there = first_row + r < rows && from + k < columns;
      inputs[k][r] = is_there ? x[std::size_t{first_row + r} * columns + from + k] : 0.0f;
    }
    for (unsigned i = threadIdx.x; i < many_outputs * many_columns; i += 256) {
      const unsigned o = i % many_outputs;
      const unsigned k = i / many_outputs;
      const unsigned panel = (first_output + o) / panel_rows;
      const bool is_there = panel < panel_count && from + k < columns;
      weights[k][o] =
          is_there ? panels[(std::size_t{panel} * columns + from + k) * panel_rows + o % panel_rows]
                   : 0.0f;
    }
    __syncthreads();
    // Terms past the last column are zeros, and a sum that began with +0 is not changed by one.
#pragma unroll
    for (unsigned k = 0; k < many_columns; ++k) {
      const float4 w = *reinterpret_cast<const float4*>(&weights[k][across]);
#pragma unroll
      for (unsigned r = 0; r < thread_rows; ++r) {
        const float v = inputs[k][down + r];
        sums[r][0] += v * w.x;
        sums[r][1] += v * w.y;
        sums[r][2] += v * w.z;
        sums[r][3] += v * w.w;
      }
    }
    __syncthreads();
  }
  for (unsigned r = 0; r < thread_rows; ++r) {
    if (first_row + down + r >= rows) return;
    for (unsigned o = 0; o < 4; ++o) {
      const unsigned output = first_output + across + o;
      if (output < width) out[std::size_t{first_row + down + r} * width + output] = sums[r][o];
    }
  }
}

__global__ void pack_rows(const float* values, std::size_t rows, std::size_t columns,
                          std::size_t count, float* panels) {
  const std::size_t at = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at >= count) return;
  const std::size_t row = at / (columns * panel_rows) * panel_rows + at % panel_rows;
  const std::size_t column = at / panel_rows % columns;
  panels[at] = row < rows ? values[row * columns + column] : 0.0f;
}

__global__ void embed_rows(const float* panels, std::size_t columns, const std::uint32_t* tokens,
                           float* out) {
  const std::uint32_t token = tokens[blockIdx.x];
  const float* const panel =
      panels + token / panel_rows * panel_rows * columns + token % panel_rows;
  for (std::size_t i = threadIdx.x; i < columns; i += blockDim.x) {
    out[blockIdx.x * columns + i] = panel[i * panel_rows];
  }
}

}  // namespace

void pack(const float* values, std::size_t rows, std::size_t columns, float* panels,
          cudaStream_t stream) {
  const std::size_t count = (rows + panel_rows - 1) / panel_rows * panel_rows * columns;
  const auto blocks = static_cast<unsigned>((count + 255) / 256);
  pack_rows<<<blocks, 256, 0, stream>>>(values, rows, columns, count, panels);
}

void embed(const float* panels, std::size_t columns, const std::uint32_t* tokens, std::size_t rows,
           float* out, cudaStream_t stream) {
  embed_rows<<<static_cast<unsigned>(rows), 128, 0, stream>>>(panels, columns, tokens, out);
}

void multiply(const float* x, std::size_t rows, const float* panels, std::size_t width,
              std::size_t columns, float* out, cudaStream_t stream) {
  const auto r = static_cast<unsigned>(rows);
  const auto w = static_cast<unsigned>(width);
  const auto c = static_cast<unsigned>(columns);
  if (rows <= few_rows_max) {
    const unsigned blocks = (w + panel_rows - 1) / panel_rows;
    const auto run = rows <= few_warps       ? multiply_few<1>
                     : rows <= 2 * few_warps ? multiply_few<2>
                                             : multiply_few<4>;
    run<<<blocks, few_warps * 32, 0, stream>>>(x, r, panels, w, c, out);
    return;
  }
  const bool is_tall = rows > 64;
  const unsigned block_rows = is_tall ? 128 : 64;
  const dim3 blocks((w + many_outputs - 1) / many_outputs, (r + block_rows - 1) / block_rows);
  const auto run = is_tall ? multiply_many<4> : multiply_many<2>;
  run<<<blocks, 256, 0, stream>>>(x, r, panels, w, c, out);
}

}  // namespace gwageo::cuda
