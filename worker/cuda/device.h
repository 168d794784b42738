// The CUDA device: device.h's operations on one GPU, bit for bit those of the CPU device.
#pragma once

#include <memory>

#include "protocol/result.h"
#include "worker/device.h"

namespace gwageo::cuda {

/// The device of that GPU. unavailable when it cannot be used, with CUDA's reason.
Result<std::unique_ptr<Device>> make_device(int gpu);

}  // namespace gwageo::cuda
