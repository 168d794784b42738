#include "ops/machine_gpus.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <sstream>

#include "ops/system.h"
#include "ops/table.h"
#include "protocol/limits.h"
#include "protocol/name.h"
#include "worker/gpu_health.h"

namespace gwageo {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  const std::string said = name.data();
  return is_name(said) ? said : "";
}

template <class T>
std::string shown(const std::optional<T>& value, const std::string& unit) {
  return value ? std::to_string(*value) + unit : "-";
}

std::string mebibytes(const std::optional<std::uint64_t>& bytes) {
  return bytes ? std::to_string(*bytes >> 20) : "-";
}

std::string gpu_state_text(const GpuReading& gpu) {
  if (!gpu.lost.empty()) return "lost: " + gpu.lost;
  const std::string fault = fault_of(gpu);
  if (!fault.empty()) return fault;
  return is_too_hot(gpu, false) ? "too hot" : "well";
}

std::string processes_text(const GpuReading& gpu) {
  if (!gpu.processes) return "-";
  std::string text;
  for (const GpuProcess& one : *gpu.processes) {
    text += (text.empty() ? "" : ", ") + std::to_string(one.pid) + " (" +
            mebibytes(one.memory_bytes) + " MiB)";
  }
  return text.empty() ? "none" : text;
}

/// "NV18", as nvidia-smi has it, or where they meet.
std::string link_text(const GpuInventory& inventory, std::uint32_t a, std::uint32_t b) {
  if (a == b) return "-";
  for (const GpuPair& pair : inventory.pairs) {
    if (pair.a != std::min(a, b) || pair.b != std::max(a, b)) continue;
    return pair.nvlinks > 0 ? std::to_string(pair.nvlinks) + " NVLinks" : pair.meet_at;
  }
  return "?";
}

/// Those that slots would be and that say what they are.
std::vector<GpuReading> usable(const MachineGpus& machine) {
  std::vector<GpuReading> gpus;
  for (const GpuReading& gpu : machine.inventory.gpus) {
    const bool is_slot = machine.places.empty() ||
                         std::ranges::find(machine.places, gpu.pci) != machine.places.end();
    if (is_slot && !gpu.name.empty()) gpus.push_back(gpu);
  }
  return gpus;
}

Result<std::string> kind_of_all(const MachineGpus& machine) {
  std::string kind;
  for (const GpuReading& gpu : usable(machine)) {
    const std::string its = gpu_kind_of(gpu.name);
    if (kind.empty()) kind = its;
    if (kind == its) continue;
    return fail(ErrorKind::bad_input,
                "--gpus all: this machine has " + kind + " and " + its +
                    ": a worker's GPUs are of one kind; run one worker for each (--gpus N with "
                    "--gpu-kind, and CUDA_VISIBLE_DEVICES)");
  }
  if (!kind.empty()) return kind;
  return fail(ErrorKind::bad_input,
              "--gpus all: no GPU of this machine says what it is: say it with --gpu-kind");
}

std::uint32_t least_memory_mib(const MachineGpus& machine) {
  std::uint64_t least = 0;
  for (const GpuReading& gpu : usable(machine)) {
    const std::uint64_t its = gpu.memory_bytes.value_or(0) >> 20;
    if (its > 0 && (least == 0 || its < least)) least = its;
  }
  // In whole GiB, as people say what a model needs: 81,559 MiB are 80 GiB.
  const std::uint64_t rounded = (least + 512) / 1024 * 1024;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(rounded, limits::gpu_memory_mib_max));
}

/// The words of CUDA_VISIBLE_DEVICES that may name a GPU: CUDA stops at the first that cannot.
std::vector<std::string> visible_names(const std::string& visible) {
  std::vector<std::string> names;
  std::istringstream words(visible);
  for (std::string word; std::getline(words, word, ',');) {
    const bool is_index =
        !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    if (!is_index && !word.starts_with("GPU-") && !word.starts_with("MIG-")) break;
    names.push_back(word);
  }
  return names;
}

/// Two slots on one GPU would compute into each other's memory.
Status check_named_once(const MachineGpus& machine) {
  std::set<std::string> seen;
  for (const std::string& name : visible_names(machine.visible.value_or(""))) {
    if (seen.insert(name).second) continue;
    return fail(ErrorKind::bad_input, "CUDA_VISIBLE_DEVICES=\"" + *machine.visible + "\" names " +
                                          name + " twice: each slot needs a GPU of its own");
  }
  // By index and by UUID. Instances of MIG, which the device module sees, share a place.
  if (!machine.computes.empty()) return {};
  seen.clear();
  for (const std::string& place : machine.places) {
    if (seen.insert(place).second) continue;
    return fail(ErrorKind::bad_input, "CUDA_VISIBLE_DEVICES=\"" + *machine.visible +
                                          "\" names the GPU at " + place +
                                          " twice: each slot needs a GPU of its own");
  }
  return {};
}

/// What CUDA_VISIBLE_DEVICES hides is somebody else's.
Status check_shown(const WorkerGpus& said, const MachineGpus& machine) {
  if (!machine.visible) return {};
  GWAGEO_TRY(check_named_once(machine));
  if (machine.shown > 0 && said.count <= machine.shown) return {};
  return fail(ErrorKind::bad_input,
              "--gpus " + (said.count == 0 ? "all" : std::to_string(said.count)) +
                  ": CUDA_VISIBLE_DEVICES=\"" + *machine.visible + "\" shows " +
                  (machine.shown == 0 ? "none" : std::to_string(machine.shown)) +
                  " of this machine's GPUs: name those that the worker may have, or unset it");
}

/// What the variable makes of the inventory.
void note_visible(MachineGpus& machine) {
  const char* const set = std::getenv("CUDA_VISIBLE_DEVICES");
  if (set == nullptr) return;
  machine.visible = set;
  if (!machine.computes.empty()) {
    machine.shown = machine.computes.size();
  } else if (machine.nvml != nullptr) {
    machine.places = visible_places(machine.inventory, set);
    machine.shown = machine.places.size();
  } else {
    machine.shown = visible_names(set).size();
  }
}

}  // namespace

std::vector<std::string> visible_places(const GpuInventory& inventory, const std::string& visible) {
  std::vector<std::string> places;
  for (const std::string& word : visible_names(visible)) {
    const auto found =
        std::find_if(inventory.gpus.begin(), inventory.gpus.end(), [&](const GpuReading& gpu) {
          const bool is_uuid = word.starts_with("GPU-") && gpu.uuid.starts_with(word);
          return is_uuid || word == std::to_string(gpu.index);
        });
    if (found == inventory.gpus.end()) break;
    places.push_back(found->pci);
  }
  return places;
}

Result<MachineGpus> look_at_machine() {
  MachineGpus machine;
  const auto opened = open_device_module(device_module_path());
  if (!opened && opened.error().kind != ErrorKind::not_found) {
    return tl::unexpected(opened.error());
  }
  if (opened) {
    auto gpus = opened->module->gpus();
    if (!gpus && gpus.error().kind != ErrorKind::not_found) return tl::unexpected(gpus.error());
    if (gpus) machine.opened = *opened;
    if (gpus) machine.computes = *std::move(gpus);
    if (!gpus) machine.why_no_module = gpus.error().message;
  } else {
    machine.why_no_module = opened.error().message;
  }
  for (const ModuleGpu& gpu : machine.computes) machine.places.push_back(pci_place(gpu.pci));
  std::string why;
  if (auto nvml = open_nvml()) {
    if (auto inventory = (*nvml)->read()) {
      machine.nvml = *std::move(nvml);
      machine.inventory = *std::move(inventory);
      note_visible(machine);
      return machine;
    } else {
      why = inventory.error().message;
    }
  } else {
    why = nvml.error().message;
  }
  if (!machine.computes.empty()) {
    machine.inventory = inventory_of(*machine.opened.module, machine.computes);
  } else {
    machine.inventory.source = "no GPU: " + why;
  }
  note_visible(machine);
  return machine;
}

Result<WorkerGpus> complete(WorkerGpus said, const MachineGpus& machine) {
  GWAGEO_TRY(check_shown(said, machine));
  if (said.count != 0) return said;
  const std::size_t count =
      machine.places.empty() ? machine.inventory.gpus.size() : machine.places.size();
  if (count == 0) {
    return fail(ErrorKind::bad_input,
                "--gpus all: this machine has none (" + machine.inventory.source + ")");
  }
  if (count > limits::slots_max) {
    return fail(ErrorKind::bad_input, "--gpus all: this machine has " + std::to_string(count) +
                                          ", and a worker has at most " +
                                          std::to_string(limits::slots_max) + ": say how many");
  }
  said.count = static_cast<std::uint32_t>(count);
  if (said.each.kind.empty()) {
    GWAGEO_ASSIGN(kind, kind_of_all(machine));
    said.each.kind = std::move(kind);
  }
  if (said.each.memory_mib == 0) said.each.memory_mib = least_memory_mib(machine);
  if (said.each.memory_mib == 0) {
    return fail(ErrorKind::bad_input,
                "--gpus all: nobody says how much memory they have: say it with --gpu-memory GIB");
  }
  if (said.each.node.empty()) said.each.node = host_name();
  return said;
}

std::string inventory_text(const GpuInventory& inventory) {
  std::string text = "GPUs, by " + inventory.source + "\n";
  if (inventory.gpus.empty()) return inventory.source + "\n";
  TextTable gpus({"GPU", "name", "place", "MiB", "used", "ECC errors", "remapped", "degrees", "MHz",
                  "NVLinks", "processes", "state"});
  for (const GpuReading& gpu : inventory.gpus) {
    const std::string remapped =
        gpu.remapped ? std::to_string(gpu.remapped->correctable + gpu.remapped->uncorrectable)
                     : shown(gpu.retired_pages, " pages");
    gpus.add({std::to_string(gpu.index), gpu.name, gpu.pci, mebibytes(gpu.memory_bytes),
              mebibytes(gpu.used_bytes), shown(gpu.uncorrected, ""), remapped,
              shown(gpu.celsius, ""), shown(gpu.clock_mhz, ""), shown(gpu.nvlinks, ""),
              processes_text(gpu), gpu_state_text(gpu)});
  }
  text += gpus.text();
  if (inventory.pairs.empty()) return text;
  std::vector<std::string> head = {"between"};
  for (const GpuReading& gpu : inventory.gpus) head.push_back(std::to_string(gpu.index));
  TextTable links(head);
  for (const GpuReading& gpu : inventory.gpus) {
    std::vector<std::string> row = {std::to_string(gpu.index)};
    for (const GpuReading& other : inventory.gpus) {
      row.push_back(link_text(inventory, gpu.index, other.index));
    }
    links.add(row);
  }
  return text + links.text();
}

}  // namespace gwageo
