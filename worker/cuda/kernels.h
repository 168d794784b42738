// The kernels of the CUDA device, each as device.h defines the operation: the same IEEE 754
// single-precision operations in the same order, hence the same bits as the CPU device. The module
// is compiled without fused multiply-adds, with denormal numbers and correctly rounded quotients
// and roots (CMakeLists.txt), which is what that takes.
//
// Every function puts work on a stream and returns; a failure shows in cudaGetLastError(), or in a
// later call. All pointers are to device memory. Any thread.
//
// Layouts: a matrix [rows, columns] is held in panels of 32 rows, column by column: [rows /
// 32][columns][32], the last panel filled with zeros. A cache block is, for each layer and
// key-value head, sixteen keys stored [head_width][16] and sixteen values stored [16][head_width].
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace gwageo::cuda {

inline constexpr unsigned panel_rows = 32;
inline constexpr unsigned block_positions = 16;

/// What is left to do of a judgement: the logarithm, in double precision, by the program.
struct RowVerdict {
  std::uint32_t best;
  std::uint32_t is_finite;
  float top;     ///< The best logit.
  float sum;     ///< Sixteenfold sum of exp(logit - top).
  float target;  ///< The target's logit; 0 without a target.
};

/// Where the rows of a pass stand: row r's cache is blocks[first[r]] and on.
struct PlacesView {
  const std::uint32_t* positions;
  const std::uint32_t* first;
  float* const* blocks;
};

/// The shape of attention, and which layer of it.
struct AttentionView {
  unsigned layer;
  unsigned heads;
  unsigned key_value_heads;
  unsigned head_width;
};

/// Row-major [rows, columns] into panels.
void pack(const float* values, std::size_t rows, std::size_t columns, float* panels,
          cudaStream_t stream);
void embed(const float* panels, std::size_t columns, const std::uint32_t* tokens, std::size_t rows,
           float* out, cudaStream_t stream);
void multiply(const float* x, std::size_t rows, const float* panels, std::size_t width,
              std::size_t columns, float* out, cudaStream_t stream);
void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
              std::size_t width, float* out, cudaStream_t stream);
void rotate(float* x, std::size_t rows, std::size_t heads, std::size_t head_width,
            const float* rotation, cudaStream_t stream);
void keep(const float* keys, const float* values, const PlacesView& places, std::size_t rows,
          const AttentionView& view, cudaStream_t stream);
/// `scores` is room for `longest` floats for each row and head, or null where `longest` is at most
/// `scores_on_chip`. `scale` is 1 / sqrt(head_width).
void attend(const float* x, const PlacesView& places, std::size_t rows, const AttentionView& view,
            float scale, std::size_t longest, float* scores, float* out, cudaStream_t stream);
inline constexpr std::size_t scores_on_chip = 8192;
void gate(float* gate, const float* up, std::size_t count, cudaStream_t stream);
void add(float* x, const float* y, std::size_t count, cudaStream_t stream);
/// out[i] = x[rows[i]], rows of `width` floats.
void gather(const float* x, const std::uint32_t* rows, std::size_t count, std::size_t width,
            float* out, cudaStream_t stream);
void judge(const float* logits, std::size_t width, const std::uint32_t* targets, std::size_t rows,
           RowVerdict* out, cudaStream_t stream);

}  // namespace gwageo::cuda
