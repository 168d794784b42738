#include "ops/worker_devices.h"

#include <utility>
#include <vector>

#include "worker/gpu_health.h"

namespace gwageo {
namespace {

constexpr std::uint64_t probe_copied_bytes = std::uint64_t{256} << 20;

std::string name_of_gpu(std::uint32_t index, const ModuleGpu& gpu) {
  return "GPU " + std::to_string(index) + ", " + gpu.name + " at " + gpu.pci;
}

Error no_such_gpu(std::uint32_t slot, std::size_t count) {
  return {ErrorKind::unavailable, "there is no GPU " + std::to_string(slot) +
                                      ": this machine has " + std::to_string(count)};
}

GpuHealthParts parts_of(const MachineGpus& machine, std::uint32_t slots) {
  GpuHealthParts parts;
  parts.slots = slots;
  parts.places = machine.places;
  if (machine.nvml != nullptr) {
    parts.read = [nvml = machine.nvml] { return nvml->read(); };
  } else {
    parts.read = [inventory = machine.inventory] { return Result<GpuInventory>(inventory); };
  }
  DeviceModule* const module = machine.opened.module;
  const std::size_t count = machine.computes.size();
  parts.make_device = [module, count](std::uint32_t slot) -> Result<std::unique_ptr<Device>> {
    if (slot >= count) return tl::unexpected(no_such_gpu(slot, count));
    return module->make_device(static_cast<int>(slot));
  };
  parts.copy_rate = [module, count](std::uint32_t slot) -> Result<double> {
    if (slot >= count) return tl::unexpected(no_such_gpu(slot, count));
    return module->copy_rate(static_cast<int>(slot), probe_copied_bytes);
  };
  parts.make_group = [module](std::uint32_t first, std::uint32_t width) {
    std::vector<int> gpus;
    for (std::uint32_t i = first; i < first + width; ++i) gpus.push_back(static_cast<int>(i));
    return module->make_collectives(gpus);
  };
  return parts;
}

}  // namespace

WorkerDevices worker_devices(const WorkerGpus& gpus, MachineGpus machine, Log& log) {
  WorkerDevices devices;
  const bool computes = !machine.computes.empty();
  log.write(LogLevel::info,
            computes ? "the builtin engine computes on GPUs"
                     : "the builtin engine computes on the processor",
            {{"inventory", machine.inventory.source}, {"module", machine.why_no_module}});
  if (!machine.any()) return devices;
  devices.health.slots = gpus.count;
  devices.health.reads = true;
  devices.health.answers = computes;
  devices.health.reduces = computes && gpus.count > 1 && gpus.count <= machine.computes.size() &&
                           machine.opened.module->describe().find("NCCL") != std::string::npos;
  devices.health.declared = gpus.each;
  devices.checks = make_gpu_health(parts_of(machine, gpus.count));
  if (!computes) return devices;
  DeviceModule* const module = machine.opened.module;
  devices.make_device =
      [module, all = std::move(machine.computes)](std::uint32_t slot) -> Result<SlotDevice> {
    if (slot >= all.size()) return tl::unexpected(no_such_gpu(slot, all.size()));
    GWAGEO_ASSIGN(device, module->make_device(static_cast<int>(slot)));
    return SlotDevice{std::move(device), name_of_gpu(slot, all[slot])};
  };
  return devices;
}

}  // namespace gwageo
