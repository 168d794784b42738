// The GPUs of this machine: who can be asked, and what they say.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/gpu_options.h"
#include "protocol/result.h"
#include "worker/device_module.h"
#include "worker/gpu_inventory.h"
#include "worker/nvml.h"

namespace gwageo {

/// What was found. Without a driver all of it is empty and `inventory.source` says why.
struct MachineGpus {
  std::shared_ptr<Nvml> nvml;
  OpenModule opened;                ///< The device module, where it is there and sees a GPU.
  std::vector<ModuleGpu> computes;  ///< Those that it sees: slots are these, in this order.
  std::string why_no_module;
  /// From NVML, else from the run time of CUDA.
  GpuInventory inventory;

  /// Where the GPU of each slot is: those that the device module sees, else those of the inventory
  /// that CUDA_VISIBLE_DEVICES names; empty without that variable: slot i has the inventory's i-th.
  std::vector<std::string> places;

  std::optional<std::string> visible;  ///< CUDA_VISIBLE_DEVICES, where it is set.
  std::size_t shown = 0;               ///< GPUs that CUDA shows by it.

  bool any() const { return nvml != nullptr || !computes.empty(); }
};

/// Opens what there is. A device module of another build is an error; what is missing is not.
Result<MachineGpus> look_at_machine();

/// The places of the GPUs that CUDA_VISIBLE_DEVICES names, by index or the beginning of a UUID, as
/// CUDA reads it: up to the first that is not there. Instances of MIG are none of them.
std::vector<std::string> visible_places(const GpuInventory& inventory, const std::string& visible);

/// What a person left open is as the machine says: all of its GPUs, their kind, the least memory of
/// any, and its name as the node. bad_input when it has none or several kinds, and where
/// CUDA_VISIBLE_DEVICES shows fewer than were said, or names one twice.
Result<WorkerGpus> complete(WorkerGpus said, const MachineGpus& machine);

/// The inventory as tables for people.
std::string inventory_text(const GpuInventory& inventory);

}  // namespace gwageo
