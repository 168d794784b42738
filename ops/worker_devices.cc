#include "ops/worker_devices.h"

#include <utility>
#include <vector>

#include "worker/known_answer.h"

namespace gwageo {
namespace {

std::string name_of(int index, const ModuleGpu& gpu) {
  return "GPU " + std::to_string(index) + ", " + gpu.name + " at " + gpu.pci;
}

}  // namespace

Status check_known_answer(DeviceModule& module, int index) {
  GWAGEO_ASSIGN(device, module.make_device(index));
  GWAGEO_ASSIGN(answer, known_answer(*device));
  if (answer.digest == recorded_known_answer() && answer.same_when_alone) return {};
  return fail(ErrorKind::corrupt,
              "GPU " + std::to_string(index) +
                  " computes wrongly: it gives the known model's logits "
                  "as " +
                  to_hex(answer.digest) + ", not " + to_hex(recorded_known_answer()) +
                  (answer.same_when_alone ? "" : ", and others to sequences computed alone") +
                  "; take it out of service (gwageo worker check --gpu says which operation)");
}

Result<MakeDevice> worker_devices(std::uint32_t gpus, Log& log) {
  if (gpus == 0) return MakeDevice();
  const auto opened = open_device_module(device_module_path());
  if (!opened && opened.error().kind != ErrorKind::not_found) {
    return tl::unexpected(opened.error());
  }
  DeviceModule* const module = opened ? opened->module : nullptr;
  auto found = module != nullptr ? module->gpus()
                                 : Result<std::vector<ModuleGpu>>(tl::unexpected(opened.error()));
  if (!found && found.error().kind == ErrorKind::not_found) {
    log.write(LogLevel::info, "the builtin engine computes on the processor",
              {{"reason", found.error().message}});
    return MakeDevice();
  }
  GWAGEO_TRY(found);
  if (found->size() < gpus) {
    return fail(ErrorKind::bad_input, "--gpus " + std::to_string(gpus) + ": this machine has " +
                                          std::to_string(found->size()) + ", " +
                                          module->describe());
  }
  for (std::uint32_t i = 0; i < gpus; ++i) {
    GWAGEO_TRY(check_known_answer(*module, static_cast<int>(i)));
    log.write(LogLevel::info, "gives the known answer",
              {{"gpu", name_of(static_cast<int>(i), (*found)[i])}});
  }
  return MakeDevice([module, all = *std::move(found)](std::uint32_t slot) -> Result<SlotDevice> {
    const int index = static_cast<int>(slot);
    GWAGEO_ASSIGN(device, module->make_device(index));
    return SlotDevice{std::move(device), name_of(index, all[slot])};
  });
}

}  // namespace gwageo
