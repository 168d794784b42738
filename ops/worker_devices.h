// What a worker's own engine computes with: its GPUs where the device module and they are there,
// else the processor.
#pragma once

#include <cstdint>

#include "protocol/log.h"
#include "protocol/result.h"
#include "worker/device_module.h"
#include "worker/engine.h"

namespace gwageo {

/// For a worker that says that it has `gpus` of them: slot i's engine computes on GPU i. Empty, so
/// that engines compute on the processor, when it says it has none, or when there is no module or
/// no GPU, which is logged. Every GPU gives the known answer first; corrupt, naming the GPU, when
/// one does not, and bad_input when there are fewer than said.
Result<MakeDevice> worker_devices(std::uint32_t gpus, Log& log);

/// Whether GPU `index` gives the known answer; corrupt when it gives another.
Status check_known_answer(DeviceModule& module, int index);

}  // namespace gwageo
