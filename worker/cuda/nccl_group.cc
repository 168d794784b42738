// The only file that sees NCCL.
#include "worker/cuda/nccl_group.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <nccl.h>

#include <algorithm>

#include "protocol/check.h"
#include "worker/cuda/failure.h"

namespace gwageo::cuda {
namespace {

/// The functions of NCCL that are used here, found by name.
struct Nccl {
  std::string missing;  ///< Why there is none; empty when there is.
  decltype(&ncclGetVersion) get_version = nullptr;
  decltype(&ncclGetErrorString) error_string = nullptr;
  decltype(&ncclGetLastError) last_error = nullptr;
  decltype(&ncclCommInitAll) init_all = nullptr;
  decltype(&ncclGetUniqueId) get_unique_id = nullptr;
  decltype(&ncclCommInitRank) init_rank = nullptr;
  decltype(&ncclCommDestroy) destroy = nullptr;
  decltype(&ncclBroadcast) broadcast = nullptr;
  decltype(&ncclAllGather) all_gather = nullptr;
  decltype(&ncclAllReduce) all_reduce = nullptr;
};

template <class Function>
void find(Nccl& nccl, void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) nccl.missing = std::string("libnccl.so.2 has no ") + name;
}

const Nccl& nccl() {
  static const Nccl found = [] {
    Nccl nccl;
    void* const library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      nccl.missing = std::string("no NCCL: ") + dlerror();
      return nccl;
    }
    find(nccl, library, "ncclGetVersion", nccl.get_version);
    find(nccl, library, "ncclGetErrorString", nccl.error_string);
    find(nccl, library, "ncclGetLastError", nccl.last_error);
    find(nccl, library, "ncclCommInitAll", nccl.init_all);
    find(nccl, library, "ncclGetUniqueId", nccl.get_unique_id);
    find(nccl, library, "ncclCommInitRank", nccl.init_rank);
    find(nccl, library, "ncclCommDestroy", nccl.destroy);
    find(nccl, library, "ncclBroadcast", nccl.broadcast);
    find(nccl, library, "ncclAllGather", nccl.all_gather);
    find(nccl, library, "ncclAllReduce", nccl.all_reduce);
    return nccl;
  }();
  return found;
}

Status status_of(const char* call, ncclResult_t result, ncclComm_t group) {
  if (result == ncclSuccess) return {};
  std::string text = std::string(call) + ": " + nccl().error_string(result);
  const char* const last = nccl().last_error(group);
  if (last != nullptr && *last != 0) text += std::string(" (") + last + ")";
  return fail(ErrorKind::unavailable, std::move(text));
}

Status status_of(const char* call, cudaError_t error) {
  if (error == cudaSuccess) return {};
  return fail(ErrorKind::unavailable, failure_text(call, error));
}

class NcclCollective final : public Collective {
 public:
  NcclCollective(ncclComm_t group, int gpu, int rank, int ranks)
      : group_(group), gpu_(gpu), rank_(rank), ranks_(ranks) {}
  ~NcclCollective() override {
    cudaSetDevice(gpu_);
    cudaFree(memory_);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
    nccl().destroy(group_);
  }

  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }
  Status broadcast(std::span<float> numbers, int root) override {
    GWAGEO_CHECK(root >= 0 && root < ranks_);
    GWAGEO_TRY(put(numbers, numbers.size()));
    GWAGEO_TRY(status_of(
        "ncclBroadcast",
        nccl().broadcast(memory_, memory_, numbers.size(), ncclFloat32, root, group_, stream_),
        group_));
    return get(numbers, 0);
  }
  Status all_gather(std::span<const float> numbers, std::span<float> out) override {
    GWAGEO_CHECK(out.size() == numbers.size() * static_cast<std::size_t>(ranks_));
    GWAGEO_TRY(put(numbers, numbers.size() + out.size()));
    GWAGEO_TRY(status_of("ncclAllGather",
                         nccl().all_gather(memory_, memory_ + numbers.size(), numbers.size(),
                                           ncclFloat32, group_, stream_),
                         group_));
    return get(out, numbers.size());
  }
  Status all_reduce(std::span<float> numbers) override {
    GWAGEO_TRY(put(numbers, numbers.size()));
    GWAGEO_TRY(reduce_in_place(numbers.size()));
    return get(numbers, 0);
  }
  Result<double> time_all_reduce(std::size_t bytes) override {
    const std::size_t count = std::max<std::size_t>(1, bytes / sizeof(float));
    GWAGEO_TRY(put({}, count));
    cudaEvent_t start = nullptr;
    cudaEvent_t end = nullptr;
    GWAGEO_TRY(status_of("cudaEventCreate", cudaEventCreate(&start)));
    GWAGEO_TRY(status_of("cudaEventCreate", cudaEventCreate(&end)));
    double best = 0;
    for (int time = 0; time < 6; ++time) {  // The first is to warm up.
      GWAGEO_TRY(status_of("cudaEventRecord", cudaEventRecord(start, stream_)));
      GWAGEO_TRY(reduce_in_place(count));
      GWAGEO_TRY(status_of("cudaEventRecord", cudaEventRecord(end, stream_)));
      GWAGEO_TRY(status_of("cudaEventSynchronize", cudaEventSynchronize(end)));
      float milliseconds = 0;
      GWAGEO_TRY(
          status_of("cudaEventElapsedTime", cudaEventElapsedTime(&milliseconds, start, end)));
      const double seconds = static_cast<double>(milliseconds) / 1000;
      if (time > 0) best = time == 1 ? seconds : std::min(best, seconds);
    }
    cudaEventDestroy(start);
    cudaEventDestroy(end);
    return best;
  }

 private:
  Status reduce_in_place(std::size_t count) {
    return status_of(
        "ncclAllReduce",
        nccl().all_reduce(memory_, memory_, count, ncclFloat32, ncclSum, group_, stream_), group_);
  }
  /// Room for `count` floats, which begin with `numbers`.
  Status put(std::span<const float> numbers, std::size_t count) {
    GWAGEO_TRY(status_of("cudaSetDevice", cudaSetDevice(gpu_)));
    if (stream_ == nullptr) {
      GWAGEO_TRY(status_of("cudaStreamCreate", cudaStreamCreate(&stream_)));
    }
    if (count > count_) {
      cudaFree(memory_);
      memory_ = nullptr;
      count_ = 0;
      GWAGEO_TRY(status_of("cudaMalloc", cudaMalloc(&memory_, count * sizeof(float))));
      count_ = count;
    }
    return status_of("cudaMemcpyAsync",
                     cudaMemcpyAsync(memory_, numbers.data(), numbers.size_bytes(),
                                     cudaMemcpyHostToDevice, stream_));
  }
  Status get(std::span<float> numbers, std::size_t from) {
    GWAGEO_TRY(status_of("cudaMemcpyAsync",
                         cudaMemcpyAsync(numbers.data(), memory_ + from, numbers.size_bytes(),
                                         cudaMemcpyDeviceToHost, stream_)));
    return status_of("cudaStreamSynchronize", cudaStreamSynchronize(stream_));
  }

  ncclComm_t group_;
  int gpu_;
  int rank_;
  int ranks_;
  cudaStream_t stream_ = nullptr;
  float* memory_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace

std::string nccl_version() {
  if (!nccl().missing.empty()) return nccl().missing;
  int version = 0;
  if (nccl().get_version(&version) != ncclSuccess) return "NCCL of an unknown version";
  return "NCCL " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) +
         "." + std::to_string(version % 100);
}

Result<std::vector<std::unique_ptr<Collective>>> make_nccl_collectives(std::span<const int> gpus) {
  if (!nccl().missing.empty()) return fail(ErrorKind::unavailable, nccl().missing);
  std::vector<ncclComm_t> groups(gpus.size());
  const auto ranks = static_cast<int>(gpus.size());
  GWAGEO_TRY(
      status_of("ncclCommInitAll", nccl().init_all(groups.data(), ranks, gpus.data()), nullptr));
  std::vector<std::unique_ptr<Collective>> out;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    out.push_back(std::make_unique<NcclCollective>(groups[i], gpus[i], rank, ranks));
  }
  return out;
}

Result<std::string> new_nccl_ticket() {
  if (!nccl().missing.empty()) return fail(ErrorKind::unavailable, nccl().missing);
  ncclUniqueId id;
  GWAGEO_TRY(status_of("ncclGetUniqueId", nccl().get_unique_id(&id), nullptr));
  return std::string(id.internal, sizeof id.internal);
}

Result<std::unique_ptr<Collective>> join_nccl_group(const std::string& ticket, int rank, int ranks,
                                                    int gpu) {
  if (!nccl().missing.empty()) return fail(ErrorKind::unavailable, nccl().missing);
  ncclUniqueId id;
  if (ticket.size() != sizeof id.internal) {
    return fail(ErrorKind::bad_input, "the group's ticket is not one of this NCCL");
  }
  ticket.copy(id.internal, sizeof id.internal);
  GWAGEO_TRY(status_of("cudaSetDevice", cudaSetDevice(gpu)));
  ncclComm_t group = nullptr;
  GWAGEO_TRY(status_of("ncclCommInitRank", nccl().init_rank(&group, ranks, id, rank), nullptr));
  return std::make_unique<NcclCollective>(group, gpu, rank, ranks);
}

}  // namespace gwageo::cuda
