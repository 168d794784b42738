// The first failure of CUDA on one GPU, kept: what was called, where, and what CUDA says of it.
#pragma once

#include <cuda_runtime_api.h>

#include <string>
#include <utility>

#include "protocol/result.h"

namespace gwageo::cuda {

/// "cudaMalloc: out of memory (cudaErrorMemoryAllocation)".
inline std::string failure_text(const char* call, cudaError_t error) {
  return std::string(call) + ": " + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) +
         ")";
}

/// One thread at a time.
class FirstFailure {
 public:
  bool any() const { return !status_.has_value(); }
  const Status& status() const { return status_; }
  /// Notes a failure, if `error` is one and the first. Returns whether there is none so far.
  bool note(const char* call, cudaError_t error) {
    if (error != cudaSuccess && status_) note(failure_text(call, error));
    return status_.has_value();
  }
  void note(std::string text) {
    if (status_) status_ = fail(ErrorKind::unavailable, std::move(text));
  }

 private:
  Status status_;
};

}  // namespace gwageo::cuda
