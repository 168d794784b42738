// What the program finds in libgwageo_cuda.so.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cctype>

#include "worker/cuda/device.h"
#include "worker/cuda/failure.h"
#include "worker/cuda/nccl_group.h"
#include "worker/cuda/tensors.h"
#include "worker/device_module.h"

namespace gwageo::cuda {
namespace {

constexpr std::size_t numbers_at_a_time = std::size_t{16} << 20;
static_assert(numbers_at_a_time % tensor_segment == 0);

Status status_of(const char* call, cudaError_t error) {
  if (error == cudaSuccess) return {};
  cudaGetLastError();
  return fail(ErrorKind::unavailable, failure_text(call, error));
}

/// Memory of the GPU for one call.
class Loan {
 public:
  explicit Loan(std::size_t bytes) : error_(cudaMalloc(&memory_, bytes)) {}
  ~Loan() { cudaFree(memory_); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Status status() const { return status_of("cudaMalloc", error_); }
  template <class T>
  T* as() const {
    return static_cast<T*>(memory_);
  }

 private:
  void* memory_ = nullptr;
  cudaError_t error_;
};

struct Event {
  cudaEvent_t event = nullptr;
  Event() { cudaEventCreate(&event); }
  ~Event() { cudaEventDestroy(event); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

class CudaModule final : public DeviceModule {
 public:
  std::string describe() override {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    return "CUDA " + version_text(CUDART_VERSION) + ", " +
           (driver == 0 ? "no driver" : "driver for " + version_text(driver)) + ", " +
           nccl_version();
  }

  Result<std::vector<ModuleGpu>> gpus() override {
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    // A machine without a driver says "insufficient driver", one without a GPU "no device".
    if (error == cudaErrorInsufficientDriver || error == cudaErrorNoDevice ||
        (error == cudaSuccess && count == 0)) {
      cudaGetLastError();
      return fail(ErrorKind::not_found, error == cudaErrorInsufficientDriver
                                            ? "no GPU: this machine has no driver for CUDA, or one "
                                              "older than CUDA " +
                                                  version_text(CUDART_VERSION)
                                            : "no GPU: the driver for CUDA shows none");
    }
    GWAGEO_TRY(status_of("cudaGetDeviceCount", error));
    std::vector<ModuleGpu> gpus;
    for (int i = 0; i < count; ++i) {
      cudaDeviceProp properties{};
      char pci[32] = {};
      GWAGEO_TRY(status_of("cudaGetDeviceProperties", cudaGetDeviceProperties(&properties, i)));
      GWAGEO_TRY(status_of("cudaDeviceGetPCIBusId", cudaDeviceGetPCIBusId(pci, sizeof pci, i)));
      std::string place = pci;
      std::ranges::transform(place, place.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      gpus.push_back({properties.name, place, properties.totalGlobalMem,
                      static_cast<unsigned>(properties.major),
                      static_cast<unsigned>(properties.minor),
                      static_cast<unsigned>(properties.multiProcessorCount)});
    }
    return gpus;
  }

  Result<std::unique_ptr<Device>> make_device(int gpu) override { return cuda::make_device(gpu); }

  Result<std::vector<TensorSums>> segment_sums(int gpu, std::span<const float> a,
                                               std::span<const float> b) override {
    GWAGEO_TRY(status_of("cudaSetDevice", cudaSetDevice(gpu)));
    const std::size_t most = std::min(numbers_at_a_time, a.size());
    const std::size_t segments = (most + tensor_segment - 1) / tensor_segment;
    if (segments == 0) return std::vector<TensorSums>{};
    const Loan first(most * sizeof(float));
    const Loan second(most * sizeof(float));
    const Loan sums(segments * sizeof(TensorSums));
    for (const Loan* loan : {&first, &second, &sums}) GWAGEO_TRY(loan->status());
    std::vector<TensorSums> out;
    for (std::size_t from = 0; from < a.size(); from += most) {
      const std::size_t size = std::min(most, a.size() - from);
      const std::size_t parts = (size + tensor_segment - 1) / tensor_segment;
      GWAGEO_TRY(copy(first.as<float>(), a.data() + from, size * sizeof(float)));
      GWAGEO_TRY(copy(second.as<float>(), b.data() + from, size * sizeof(float)));
      sum_segments(first.as<float>(), second.as<float>(), size, sums.as<TensorSums>(), nullptr);
      GWAGEO_TRY(status_of("segment_sums", cudaGetLastError()));
      out.resize(out.size() + parts);
      GWAGEO_TRY(
          copy(out.data() + out.size() - parts, sums.as<TensorSums>(), parts * sizeof(TensorSums)));
    }
    return out;
  }

  Result<double> copy_rate(int gpu, std::uint64_t bytes) override {
    GWAGEO_TRY(status_of("cudaSetDevice", cudaSetDevice(gpu)));
    const Loan from(bytes);
    const Loan to(bytes);
    GWAGEO_TRY(from.status());
    GWAGEO_TRY(to.status());
    // Not zeros: memory that holds them can look faster than it is.
    GWAGEO_TRY(status_of("cudaMemset", cudaMemset(from.as<void>(), 0x5A, bytes)));
    const Event start;
    const Event end;
    double best = 0;
    for (int time = 0; time < 6; ++time) {  // The first is to warm up.
      GWAGEO_TRY(status_of("cudaEventRecord", cudaEventRecord(start.event)));
      GWAGEO_TRY(status_of("cudaMemcpyAsync", cudaMemcpyAsync(to.as<void>(), from.as<void>(), bytes,
                                                              cudaMemcpyDeviceToDevice)));
      GWAGEO_TRY(status_of("cudaEventRecord", cudaEventRecord(end.event)));
      GWAGEO_TRY(status_of("cudaEventSynchronize", cudaEventSynchronize(end.event)));
      float milliseconds = 0;
      GWAGEO_TRY(status_of("cudaEventElapsedTime",
                           cudaEventElapsedTime(&milliseconds, start.event, end.event)));
      const double seconds = static_cast<double>(milliseconds) / 1000;
      if (time > 0) best = std::max(best, 2 * static_cast<double>(bytes) / seconds);
    }
    return best;
  }

  Result<std::vector<std::unique_ptr<Collective>>> make_collectives(
      std::span<const int> gpus) override {
    return make_nccl_collectives(gpus);
  }
  Result<std::string> new_group_ticket() override { return new_nccl_ticket(); }
  Result<std::unique_ptr<Collective>> join_group(const std::string& ticket, int rank, int ranks,
                                                 int gpu) override {
    return join_nccl_group(ticket, rank, ranks, gpu);
  }

 private:
  static Status copy(void* to, const void* from, std::size_t bytes) {
    return status_of("cudaMemcpy", cudaMemcpy(to, from, bytes, cudaMemcpyDefault));
  }
};

}  // namespace
}  // namespace gwageo::cuda

extern "C" const char* gwageo_device_module_build() { return GWAGEO_DEVICE_MODULE_BUILD; }
extern "C" gwageo::DeviceModule* gwageo_device_module() {
  static gwageo::cuda::CudaModule module;
  return &module;
}
