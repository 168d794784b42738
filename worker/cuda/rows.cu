// What is done row by row or number by number:
//
//   rms_norm:  mean = (sixteenfold sum of x[i] * x[i]) / width; scale = 1 / sqrt(mean + epsilon);
//              out[i] = x[i] * scale * weight[i]
//   gate:      gate[i] = gate[i] / (1 + exponential(-gate[i])) * up[i]
//   add:       x[i] += y[i]
//   gather:    out[i] = x[rows[i]]
//   judge:     best = the first i with the largest logit; sum = sixteenfold sum of
//              exponential(logit[i] - logit[best])
#include "worker/cuda/arithmetic.cuh"
#include "worker/cuda/kernels.h"

namespace gwageo::cuda {
namespace {

constexpr unsigned row_threads = 256;

__global__ void __launch_bounds__(row_threads)
    norm_rows(const float* x, const float* weight, float epsilon, std::size_t width, float* out) {
  __shared__ float tile[sum_tile + 1];
  const float* const row = x + blockIdx.x * width;
  const float sum = sixteenfold(width, tile, [&](std::size_t i) { return row[i] * row[i]; });
  const float mean = sum / static_cast<float>(width);
  const float scale = 1.0f / sqrtf(mean + epsilon);
  for (std::size_t i = threadIdx.x; i < width; i += blockDim.x) {
    out[blockIdx.x * width + i] = row[i] * scale * weight[i];
  }
}

__global__ void gate_numbers(float* gate, const float* up, std::size_t count) {
  const std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= count) return;
  gate[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
}

__global__ void add_numbers(float* x, const float* y, std::size_t count) {
  const std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < count) x[i] += y[i];
}

__global__ void gather_rows(const float* x, const std::uint32_t* rows, std::size_t width,
                            float* out) {
  const float* const row = x + std::size_t{rows[blockIdx.x]} * width;
  for (std::size_t i = threadIdx.x; i < width; i += blockDim.x) {
    out[blockIdx.x * width + i] = row[i];
  }
}

struct Best {
  float logit;
  std::uint32_t index;
};

// Of equal ones the first, as when they are looked at in order.
__device__ Best better(const Best& a, const Best& b) {
  if (a.logit == b.logit) return a.index < b.index ? a : b;
  return a.logit > b.logit ? a : b;
}

__global__ void __launch_bounds__(row_threads)
    judge_rows(const float* logits, std::size_t width, const std::uint32_t* targets,
               RowVerdict* out) {
  __shared__ float tile[sum_tile + 1];
  __shared__ Best bests[row_threads / 32];
  const float* const row = logits + blockIdx.x * width;
  bool is_finite = true;
  Best best{-__int_as_float(0x7f800000), UINT32_MAX};
  for (std::size_t i = threadIdx.x; i < width; i += blockDim.x) {
    const float logit = row[i];
    if (!isfinite(logit)) is_finite = false;
    best = better(best, Best{logit, static_cast<std::uint32_t>(i)});
  }
  for (unsigned half = 16; half > 0; half /= 2) {
    best = better(
        best, Best{__shfl_xor_sync(~0u, best.logit, half), __shfl_xor_sync(~0u, best.index, half)});
  }
  if (threadIdx.x % 32 == 0) bests[threadIdx.x / 32] = best;
  is_finite = __syncthreads_and(is_finite) != 0;
  for (const Best& each : bests) best = better(best, each);
  if (!is_finite) {
    if (threadIdx.x == 0) out[blockIdx.x] = {0, 0, 0.0f, 0.0f, 0.0f};
    return;
  }
  const float sum =
      sixteenfold(width, tile, [&](std::size_t i) { return exponential(row[i] - best.logit); });
  if (threadIdx.x != 0) return;
  const std::uint32_t target = targets[blockIdx.x];
  out[blockIdx.x] = {best.index, 1, best.logit, sum, target < width ? row[target] : 0.0f};
}

unsigned blocks_for(std::size_t count) {
  return static_cast<unsigned>((count + row_threads - 1) / row_threads);
}

}  // namespace

void rms_norm(const float* x, const float* weight, float epsilon, std::size_t rows,
              std::size_t width, float* out, cudaStream_t stream) {
  norm_rows<<<static_cast<unsigned>(rows), row_threads, 0, stream>>>(x, weight, epsilon, width,
                                                                     out);
}

void gate(float* gate, const float* up, std::size_t count, cudaStream_t stream) {
  gate_numbers<<<blocks_for(count), row_threads, 0, stream>>>(gate, up, count);
}

void add(float* x, const float* y, std::size_t count, cudaStream_t stream) {
  add_numbers<<<blocks_for(count), row_threads, 0, stream>>>(x, y, count);
}

void gather(const float* x, const std::uint32_t* rows, std::size_t count, std::size_t width,
            float* out, cudaStream_t stream) {
  gather_rows<<<static_cast<unsigned>(count), 128, 0, stream>>>(x, rows, width, out);
}

void judge(const float* logits, std::size_t width, const std::uint32_t* targets, std::size_t rows,
           RowVerdict* out, cudaStream_t stream) {
  judge_rows<<<static_cast<unsigned>(rows), row_threads, 0, stream>>>(logits, width, targets, out);
}

}  // namespace gwageo::cuda
