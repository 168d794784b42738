#include "worker/nvml.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "worker/nvml_abi.h"
#include "worker/process_table.h"

namespace gwageo {
namespace {

using namespace nvml;

/// Processes that compute on one GPU; more are not listed.
constexpr unsigned processes_max = 256;

/// Events that are taken at a time; what is left comes with the next reading.
constexpr int events_max = 256;
/// Xids by which a driver tells of a program's fault, not of the GPU's: an illegal instruction, a
/// page fault, a stopped or pre-empted program, a video error (NVIDIA, "XID Errors"; the same are
/// left aside by NVIDIA's device plugin for Kubernetes).
constexpr std::array<unsigned long long, 6> xids_of_programs = {13, 31, 43, 45, 68, 109};

/// The library's functions, those that it has.
struct Functions {
  Return (*init)() = nullptr;
  Return (*shutdown)() = nullptr;
  const char* (*error)(Return) = nullptr;
  Return (*driver)(char*, unsigned) = nullptr;
  Return (*count)(unsigned*) = nullptr;
  Return (*by_index)(unsigned, NvmlDevice*) = nullptr;
  Return (*name)(NvmlDevice, char*, unsigned) = nullptr;
  Return (*uuid)(NvmlDevice, char*, unsigned) = nullptr;
  Return (*pci)(NvmlDevice, Pci*) = nullptr;
  Return (*memory)(NvmlDevice, Memory*) = nullptr;
  Return (*ecc_mode)(NvmlDevice, int*, int*) = nullptr;
  Return (*ecc_errors)(NvmlDevice, int, int, unsigned long long*) = nullptr;
  Return (*retired_pages)(NvmlDevice, int, unsigned*, unsigned long long*) = nullptr;
  Return (*remapped_rows)(NvmlDevice, unsigned*, unsigned*, unsigned*, unsigned*) = nullptr;
  Return (*temperature)(NvmlDevice, int, unsigned*) = nullptr;
  Return (*threshold)(NvmlDevice, int, unsigned*) = nullptr;
  Return (*clock)(NvmlDevice, int, unsigned*) = nullptr;
  Return (*clock_max)(NvmlDevice, int, unsigned*) = nullptr;
  Return (*slowdowns)(NvmlDevice, unsigned long long*) = nullptr;
  Return (*power)(NvmlDevice, unsigned*) = nullptr;
  Return (*capability)(NvmlDevice, int*, int*) = nullptr;
  Return (*mig_mode)(NvmlDevice, unsigned*, unsigned*) = nullptr;
  Return (*mig_count)(NvmlDevice, unsigned*) = nullptr;
  Return (*mig_by_index)(NvmlDevice, unsigned, NvmlDevice*) = nullptr;
  Return (*processes)(NvmlDevice, unsigned*, Process*) = nullptr;
  Return (*link_state)(NvmlDevice, unsigned, int*) = nullptr;
  Return (*link_remote)(NvmlDevice, unsigned, Pci*) = nullptr;
  Return (*ancestor)(NvmlDevice, NvmlDevice, int*) = nullptr;
  Return (*new_events)(EventSet*) = nullptr;
  Return (*watch)(NvmlDevice, unsigned long long, EventSet) = nullptr;
  Return (*next_event)(EventSet, Event*, unsigned) = nullptr;
  Return (*end_events)(EventSet) = nullptr;
};

template <class Function>
bool find(void* library, Function*& function, const char* name) {
  if (function == nullptr) function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

Functions functions_of(void* library) {
  Functions f;
  find(library, f.init, "nvmlInit_v2");
  find(library, f.shutdown, "nvmlShutdown");
  find(library, f.error, "nvmlErrorString");
  find(library, f.driver, "nvmlSystemGetDriverVersion");
  find(library, f.count, "nvmlDeviceGetCount_v2");
  find(library, f.by_index, "nvmlDeviceGetHandleByIndex_v2");
  find(library, f.name, "nvmlDeviceGetName");
  find(library, f.uuid, "nvmlDeviceGetUUID");
  find(library, f.pci, "nvmlDeviceGetPciInfo_v3");
  find(library, f.memory, "nvmlDeviceGetMemoryInfo");
  find(library, f.ecc_mode, "nvmlDeviceGetEccMode");
  find(library, f.ecc_errors, "nvmlDeviceGetTotalEccErrors");
  find(library, f.retired_pages, "nvmlDeviceGetRetiredPages");
  find(library, f.remapped_rows, "nvmlDeviceGetRemappedRows");
  find(library, f.temperature, "nvmlDeviceGetTemperature");
  find(library, f.threshold, "nvmlDeviceGetTemperatureThreshold");
  find(library, f.clock, "nvmlDeviceGetClockInfo");
  find(library, f.clock_max, "nvmlDeviceGetMaxClockInfo");
  find(library, f.slowdowns, "nvmlDeviceGetCurrentClocksEventReasons");
  find(library, f.slowdowns, "nvmlDeviceGetCurrentClocksThrottleReasons");  // As it was called.
  find(library, f.power, "nvmlDeviceGetPowerUsage");
  find(library, f.capability, "nvmlDeviceGetCudaComputeCapability");
  find(library, f.mig_mode, "nvmlDeviceGetMigMode");
  find(library, f.mig_count, "nvmlDeviceGetMaxMigDeviceCount");
  find(library, f.mig_by_index, "nvmlDeviceGetMigDeviceHandleByIndex");
  find(library, f.processes, "nvmlDeviceGetComputeRunningProcesses_v3");
  find(library, f.processes, "nvmlDeviceGetComputeRunningProcesses_v2");
  find(library, f.link_state, "nvmlDeviceGetNvLinkState");
  find(library, f.link_remote, "nvmlDeviceGetNvLinkRemotePciInfo_v2");
  find(library, f.ancestor, "nvmlDeviceGetTopologyCommonAncestor");
  find(library, f.new_events, "nvmlEventSetCreate");
  find(library, f.watch, "nvmlDeviceRegisterEvents");
  find(library, f.next_event, "nvmlEventSetWait_v2");
  find(library, f.end_events, "nvmlEventSetFree");
  return f;
}

/// The parent of a process; 0 when there is none, or nobody may know.
std::uint64_t parent_of(std::uint64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = stat.rfind(')');  // "7 (a name) S 1 ..."
  if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
  return std::strtoull(stat.c_str() + name_end + 4, nullptr, 10);
}

bool descends_from_us(std::uint64_t pid) {
  const auto own = static_cast<std::uint64_t>(::getpid());
  for (int depth = 0; pid != 0 && depth < 64; ++depth) {
    if (pid == own) return true;
    pid = parent_of(pid);
  }
  return false;
}

// In a container the driver counts processes as the host does: one that we do not see at all may be
// ours. What a cluster's scheduler started for a server of ours is ours by its keeper.
bool is_own_process(std::uint64_t pid) {
  if (::access(("/proc/" + std::to_string(pid)).c_str(), F_OK) != 0) return true;
  if (descends_from_us(pid)) return true;
  const pid_t keeper = keeper_of(static_cast<pid_t>(pid));
  return keeper > 0 && descends_from_us(static_cast<std::uint64_t>(keeper));
}

std::string meeting_place(int level) {
  switch (level) {
    case same_board: return "board";
    case one_switch: return "switch";
    case some_switches: return "switches";
    case host_bridge: return "host bridge";
    case one_processor: return "processor";
    case whole_system: return "system";
    default: return {};
  }
}

class LoadedNvml final : public Nvml {
 public:
  LoadedNvml(void* library, const Functions& functions) : library_(library), f_(functions) {}
  ~LoadedNvml() override {
    if (events_ != nullptr && f_.end_events != nullptr) f_.end_events(events_);
    if (f_.shutdown != nullptr) f_.shutdown();
    dlclose(library_);
  }

  Result<GpuInventory> read() override {
    unsigned count = 0;
    if (const Return is = f_.count(&count); is != success) {
      return fail(ErrorKind::unavailable, "NVML cannot count the GPUs: " + words(is));
    }
    GpuInventory found;
    found.source = "NVML, driver " + driver();
    std::map<std::uint32_t, NvmlDevice> devices;
    for (unsigned i = 0; i < count; ++i) {
      NvmlDevice device = nullptr;
      GpuReading gpu = known_[i];
      gpu.index = i;
      lost_.clear();
      if (const Return is = f_.by_index(i, &device); is == success) {
        gpu = reading_of(i, device);
        devices[i] = device;
      } else {
        lost_ = words(is);
      }
      gpu.lost = lost_;
      if (lost_.empty()) known_[i] = identity_of(gpu);
      if (!lost_.empty()) gpu = with_identity(std::move(gpu), known_[i]);
      found.gpus.push_back(std::move(gpu));
    }
    add_pairs(found, devices);
    add_xids(found, devices);
    return found;
  }

 private:
  std::string words(Return is) const {
    const char* const said = f_.error == nullptr ? nullptr : f_.error(is);
    return said != nullptr ? said : "error " + std::to_string(is);
  }
  std::string driver() {
    std::array<char, 96> text{};
    return ask(f_.driver, text.data(), static_cast<unsigned>(text.size())) ? text.data()
                                                                           : "unknown";
  }

  /// False when there is no such function, or it has no answer.
  template <class Function, class... Arguments>
  bool ask(Function* function, Arguments... arguments) {
    if (function == nullptr) return false;
    const Return is = function(arguments...);
    if (is == gpu_is_lost || is == reset_required) lost_ = words(is);
    return is == success;
  }
  template <class Value, class Function, class... Arguments>
  std::optional<std::uint32_t> number(Function* function, NvmlDevice device,
                                      Arguments... arguments) {
    Value value = 0;
    if (!ask(function, device, arguments..., &value)) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }
  template <class Function>
  std::string text_of(Function* function, NvmlDevice device) {
    std::array<char, 96> text{};
    if (!ask(function, device, text.data(), static_cast<unsigned>(text.size()))) return {};
    return text.data();
  }

  static GpuReading identity_of(const GpuReading& gpu) {
    GpuReading identity;
    identity.name = gpu.name;
    identity.uuid = gpu.uuid;
    identity.pci = gpu.pci;
    return identity;
  }
  static GpuReading with_identity(GpuReading gpu, const GpuReading& known) {
    if (gpu.name.empty()) gpu.name = known.name;
    if (gpu.uuid.empty()) gpu.uuid = known.uuid;
    if (gpu.pci.empty()) gpu.pci = known.pci;
    return gpu;
  }

  GpuReading reading_of(std::uint32_t index, NvmlDevice device) {
    GpuReading gpu;
    gpu.index = index;
    gpu.name = text_of(f_.name, device);
    gpu.uuid = text_of(f_.uuid, device);
    Pci pci{};
    if (ask(f_.pci, device, &pci)) gpu.pci = pci_place(pci.place);
    Memory memory{};
    if (ask(f_.memory, device, &memory)) {
      gpu.memory_bytes = memory.total;
      gpu.used_bytes = memory.used;
    }
    int major = 0;
    int minor = 0;
    if (ask(f_.capability, device, &major, &minor)) {
      gpu.major = static_cast<std::uint32_t>(major);
      gpu.minor = static_cast<std::uint32_t>(minor);
    }
    read_errors(gpu, device);
    gpu.celsius = number<unsigned>(f_.temperature, device, gpu_sensor);
    gpu.slows_at_celsius = number<unsigned>(f_.threshold, device, slows_down);
    gpu.clock_mhz = number<unsigned>(f_.clock, device, multiprocessor_clock);
    gpu.clock_mhz_max = number<unsigned>(f_.clock_max, device, multiprocessor_clock);
    gpu.memory_clock_mhz = number<unsigned>(f_.clock, device, memory_clock);
    gpu.milliwatts = number<unsigned>(f_.power, device);
    unsigned long long slowdowns = 0;
    if (ask(f_.slowdowns, device, &slowdowns)) gpu.slowdowns = slowdowns;
    read_mig(gpu, device);
    read_processes(gpu, device);
    gpu.nvlinks = links_of(device);
    return gpu;
  }

  void read_errors(GpuReading& gpu, NvmlDevice device) {
    int mode = 0;
    int pending = 0;
    if (ask(f_.ecc_mode, device, &mode, &pending)) gpu.ecc = mode != 0;
    unsigned long long errors = 0;
    if (ask(f_.ecc_errors, device, corrected, since_driver_was_loaded, &errors)) {
      gpu.corrected = errors;
    }
    if (ask(f_.ecc_errors, device, uncorrected, since_driver_was_loaded, &errors)) {
      gpu.uncorrected = errors;
    }
    unsigned pages = 0;  // Asked with no room: how many there are.
    if (f_.retired_pages != nullptr) {
      unsigned long long* const nowhere = nullptr;
      const Return is = f_.retired_pages(device, by_double_bit_error, &pages, nowhere);
      if (is == success || is == insufficient_size) gpu.retired_pages = pages;
    }
    unsigned correctable = 0;
    unsigned uncorrectable = 0;
    unsigned waits = 0;
    unsigned failed = 0;
    if (ask(f_.remapped_rows, device, &correctable, &uncorrectable, &waits, &failed)) {
      gpu.remapped = GpuRemappedRows{correctable, uncorrectable, waits != 0, failed != 0};
    }
  }

  void read_mig(GpuReading& gpu, NvmlDevice device) {
    unsigned mode = 0;
    unsigned pending = 0;
    if (!ask(f_.mig_mode, device, &mode, &pending)) return;
    gpu.mig = mode != 0;
    unsigned count = 0;
    if (mode == 0 || !ask(f_.mig_count, device, &count)) return;
    for (unsigned i = 0; i < count && i < 64; ++i) {
      NvmlDevice instance = nullptr;
      if (!ask(f_.mig_by_index, device, i, &instance)) continue;
      std::string uuid = text_of(f_.uuid, instance);
      if (!uuid.empty()) gpu.mig_instances.push_back(std::move(uuid));
    }
  }

  void read_processes(GpuReading& gpu, NvmlDevice device) {
    std::array<Process, processes_max> processes{};
    unsigned count = processes_max;
    if (!ask(f_.processes, device, &count, processes.data())) return;
    gpu.processes.emplace();
    for (unsigned i = 0; i < count && i < processes_max; ++i) {
      GpuProcess& one = gpu.processes->emplace_back();
      one.pid = processes[i].pid;
      if (processes[i].memory != no_value) one.memory_bytes = processes[i].memory;
      one.is_own = is_own_process(one.pid);
    }
  }

  /// NVLinks that are up; none where nobody can say.
  std::optional<std::uint32_t> links_of(NvmlDevice device) {
    std::optional<std::uint32_t> links;
    for (unsigned link = 0; link < links_max; ++link) {
      int is_up = 0;
      if (!ask(f_.link_state, device, link, &is_up)) break;
      links = links.value_or(0) + (is_up != 0 ? 1 : 0);
    }
    return links;
  }

  void add_pairs(GpuInventory& found, const std::map<std::uint32_t, NvmlDevice>& devices) {
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> links;  // By GPU and other end.
    for (const auto& [index, device] : devices) {
      for (unsigned link = 0; link < links_max; ++link) {
        int is_up = 0;
        Pci remote{};
        if (!ask(f_.link_state, device, link, &is_up)) break;
        if (is_up == 0 || !ask(f_.link_remote, device, link, &remote)) continue;
        ++links[{index, pci_place(remote.place)}];
      }
    }
    for (const auto& [a, device] : devices) {
      for (auto it = devices.upper_bound(a); it != devices.end(); ++it) {
        GpuPair pair{a, it->first, 0, {}};
        const auto straight = links.find({a, found.gpus[it->first].pci});
        if (straight != links.end()) pair.nvlinks = straight->second;
        int level = -1;
        if (ask(f_.ancestor, device, it->second, &level)) pair.meet_at = meeting_place(level);
        if (pair.nvlinks > 0 || !pair.meet_at.empty()) found.pairs.push_back(std::move(pair));
      }
    }
  }

  // Watched from the first reading on; what the driver told before, it does not tell again.
  void add_xids(GpuInventory& found, const std::map<std::uint32_t, NvmlDevice>& devices) {
    if (!f_.new_events || !f_.watch || !f_.next_event) return;
    if (events_ == nullptr && f_.new_events(&events_) != success) return;
    for (const auto& [index, device] : devices) {
      if (watched_.contains(index)) continue;
      if (f_.watch(device, xid_events, events_) == success) watched_[index] = device;
    }
    Event event{};
    for (int i = 0; i < events_max && f_.next_event(events_, &event, 0) == success; ++i) {
      const bool is_of_gpu =
          event.type == xid_events &&
          std::ranges::find(xids_of_programs, event.data) == xids_of_programs.end();
      for (const auto& [index, device] : watched_) {
        if (is_of_gpu && device == event.device) {
          xids_[index] = static_cast<std::uint32_t>(event.data);
        }
      }
    }
    for (GpuReading& gpu : found.gpus) {
      const auto told = xids_.find(gpu.index);
      if (told != xids_.end()) gpu.xid = told->second;
    }
  }

  void* library_;
  Functions f_;
  EventSet events_ = nullptr;
  std::map<std::uint32_t, NvmlDevice> watched_;  // By index.
  std::map<std::uint32_t, std::uint32_t> xids_;  // The last of each GPU, by index.
  std::map<std::uint32_t, GpuReading> known_;    // Names and places, by index.
  std::string lost_;  // What the GPU that is asked says, when it is lost.
};

}  // namespace

Result<std::unique_ptr<Nvml>> open_nvml() {
  const char* const given = std::getenv("GWAGEO_NVML");
  const std::string name = given != nullptr ? given : "libnvidia-ml.so.1";
  void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(ErrorKind::not_found,
                name + ": there is no NVML (it comes with NVIDIA's driver): " + dlerror());
  }
  const Functions functions = functions_of(library);
  const bool is_nvml = functions.init && functions.count && functions.by_index;
  const Return is = is_nvml ? functions.init() : success;
  if (is_nvml && is == success) return std::make_unique<LoadedNvml>(library, functions);
  std::string why = "it lacks nvmlInit_v2, nvmlDeviceGetCount_v2 or nvmlDeviceGetHandleByIndex_v2";
  if (is_nvml) {
    const char* const said = functions.error == nullptr ? nullptr : functions.error(is);
    why = said != nullptr ? said : "error " + std::to_string(is);
  }
  dlclose(library);
  return fail(ErrorKind::unavailable, name + ": NVML does not start: " + why);
}

}  // namespace gwageo
