// The streaming pass over two tensors, and a copy within the GPU's memory: what reads it all once.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "worker/tensor_comparison.h"

namespace gwageo::cuda {

/// out[s] = the sums of segment s of a and b, `count` numbers each. Device memory; puts work on the
/// stream and returns.
void sum_segments(const float* a, const float* b, std::size_t count, TensorSums* out,
                  cudaStream_t stream);

}  // namespace gwageo::cuda
