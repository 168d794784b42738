// Resampling on a GPU. The plain loop that it equals is resample_loops.h itself:
//
//   for (i = 0; i < last - first; ++i) out[i] = resample_bits(ResampleStream(seed, first + i,
//                                                             stratum), cells, count, size);
//
// A thread is a resample. The tables are small and read at random, and stay in the cache.
#include <cuda_runtime.h>

#include <string>

#include "benchmarks/gpu_resampling.h"

namespace gwageo {
namespace {

constexpr unsigned block_threads = 64;

__global__ void bits_kernel(const std::uint64_t* cells, std::uint64_t count, std::uint64_t size,
                            ResampleRange range, BitSums* out) {
  const std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= range.last - range.first) return;
  out[i] =
      resample_bits(ResampleStream(range.seed, range.first + i, range.stratum), cells, count, size);
}

__global__ void rows_kernel(const RowSums* rows, std::uint64_t count, ResampleRange range,
                            RowSums* out) {
  const std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= range.last - range.first) return;
  out[i] = resample_rows(ResampleStream(range.seed, range.first + i, range.stratum), rows, count);
}

unsigned blocks_of(const ResampleRange& range) {
  return static_cast<unsigned>((range.last - range.first + block_threads - 1) / block_threads);
}

/// Memory of the GPU for one call.
class Loan {
 public:
  explicit Loan(std::size_t bytes) : error_(cudaMalloc(&memory_, bytes)) {}
  ~Loan() { cudaFree(memory_); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  cudaError_t error() const { return error_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }

 private:
  void* memory_ = nullptr;
  cudaError_t error_;
};

Status status_of(const char* what, cudaError_t error) {
  if (error == cudaSuccess) return {};
  cudaGetLastError();
  return fail(ErrorKind::unavailable,
              std::string("resampling on a GPU, ") + what + ": " + cudaGetErrorString(error));
}

/// Brings a table there, runs, brings the sums back.
template <class Cell, class Sums, class Run>
Status resample(int gpu, std::span<const Cell> table, std::span<Sums> out, const Run& run) {
  if (out.empty()) return {};
  GWAGEO_TRY(status_of("choosing it", cudaSetDevice(gpu)));
  const Loan cells(table.size_bytes());
  const Loan sums(out.size_bytes());
  GWAGEO_TRY(status_of("room", cells.error()));
  GWAGEO_TRY(status_of("room", sums.error()));
  GWAGEO_TRY(status_of(
      "copying the table",
      cudaMemcpy(cells.as<void>(), table.data(), table.size_bytes(), cudaMemcpyHostToDevice)));
  run(cells.as<const Cell>(), sums.as<Sums>());
  GWAGEO_TRY(status_of("starting", cudaGetLastError()));
  return status_of("copying the sums", cudaMemcpy(out.data(), sums.as<void>(), out.size_bytes(),
                                                  cudaMemcpyDeviceToHost));
}

class CudaResampling final : public GpuResampling {
 public:
  Status bits(int gpu, std::span<const std::uint64_t> cells, std::uint64_t size,
              const ResampleRange& range, std::span<BitSums> out) override {
    return resample(gpu, cells, out, [&](const std::uint64_t* table, BitSums* sums) {
      bits_kernel<<<blocks_of(range), block_threads>>>(table, cells.size(), size, range, sums);
    });
  }
  Status rows(int gpu, std::span<const RowSums> rows, const ResampleRange& range,
              std::span<RowSums> out) override {
    return resample(gpu, rows, out, [&](const RowSums* table, RowSums* sums) {
      rows_kernel<<<blocks_of(range), block_threads>>>(table, rows.size(), range, sums);
    });
  }
};

}  // namespace
}  // namespace gwageo

extern "C" gwageo::GpuResampling* gwageo_gpu_resampling() {
  static gwageo::CudaResampling resampling;
  return &resampling;
}
