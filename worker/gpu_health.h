// How the slots of a worker with GPUs are looked at: by whoever can say how the GPUs are, and by
// computing on them. The parts are functions, so that a processor can stand in for a GPU.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "worker/check_runner.h"
#include "worker/collective.h"
#include "worker/device.h"
#include "worker/device_module.h"
#include "worker/gpu_inventory.h"

namespace gwageo {

/// Any of the functions may be empty: then nothing asks for it.
struct GpuHealthParts {
  std::function<Result<GpuInventory>()> read;
  /// Where the GPU of each slot is (`pci_place`); empty: slot i has the i-th that is read.
  std::vector<std::string> places;
  std::uint32_t slots = 0;
  std::function<Result<std::unique_ptr<Device>>(std::uint32_t slot)> make_device;
  /// Bytes a second of a copy within the GPU's memory.
  std::function<Result<double>(std::uint32_t slot)> copy_rate;
  /// A group of the GPUs of the block.
  std::function<Result<std::vector<std::unique_ptr<Collective>>>(std::uint32_t first,
                                                                 std::uint32_t width)>
      make_group;
};

std::shared_ptr<HealthChecks> make_gpu_health(GpuHealthParts parts);

/// Whether the device gives the known answer; corrupt when it gives another.
Status check_known_answer(Device& device);

/// The same value from the run time of CUDA, which says less: what, where and how large they are.
GpuInventory inventory_of(DeviceModule& module, const std::vector<ModuleGpu>& gpus);

/// The readings by slot: of the GPUs at these places, or in the order in which they were read.
std::vector<std::optional<GpuReading>> by_slot(const GpuInventory& inventory,
                                               const std::vector<std::string>& places,
                                               std::uint32_t slots);

}  // namespace gwageo
