// Nvml: NVIDIA's management library, found when the program runs. Where it is missing, or a machine
// has no driver, that is an ordinary outcome with a reason.
#pragma once

#include <memory>
#include <string>

#include "protocol/result.h"
#include "worker/gpu_inventory.h"

namespace gwageo {

/// One thread at a time.
class Nvml {
 public:
  virtual ~Nvml() = default;
  /// What is there now. Every question is optional: what the library does not have, or the GPU does
  /// not support, is left empty. A GPU that was there before and does not answer is `lost`, with
  /// what was known of it; one that is counted no more is left out. unavailable when the library
  /// cannot even count them.
  virtual Result<GpuInventory> read() = 0;
};

/// GWAGEO_NVML, else libnvidia-ml.so.1. not_found when there is no such library, unavailable when
/// it does not start, each in words.
Result<std::unique_ptr<Nvml>> open_nvml();

}  // namespace gwageo
