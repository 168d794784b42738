// A library that answers as NVML does, for GPUs that a text file describes: the file that
// FAKE_NVML names, read again whenever the GPUs are counted. A line is "what value", or
// "gpu I what value" for one of them ("gpu all" for each); the last one counts.
//
//   gpus 8              how many there are          init 9          the library does not start
//   driver 570.86       its version                 refuses NAME    that function has no answer
//   gpu I name TEXT, pci, mib, used_mib, uncorrected, corrected, retired, remap_failed,
//         remap_pending, remapped, celsius, slows_at, slowdowns, mig, lost, unseen, pid, pid_mib,
//         switched (links to a switch), linked J (links to GPU J), xid N (told once)
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "worker/nvml_abi.h"

using namespace gwageo::nvml;

namespace {

constexpr Return invalid_argument = 2;
[[maybe_unused]] constexpr Return not_supported = 3;
constexpr Return function_not_found = 13;
constexpr unsigned gpus_most = 16;

struct Gpu {
  std::map<std::string, std::string> says;
};

struct Machine {
  std::map<std::string, std::string> says;
  std::map<std::string, bool> refuses;
  Gpu gpus[gpus_most];
  Gpu instances[2];  // Of MIG, of any of them.
};

Machine machine;
[[maybe_unused]] std::map<unsigned, std::string> watched;  // GPUs, and the Xid that was told.

void read_machine() {
  machine = {};
  const char* const path = std::getenv("FAKE_NVML");
  std::ifstream file(path == nullptr ? "" : path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string what;
    std::string which;
    std::string value;
    words >> what;
    if (what == "gpu") words >> which >> what;
    std::getline(words >> std::ws, value);
    if (which.empty()) {
      if (what == "refuses") machine.refuses[value] = true;
      machine.says[what] = value;
      continue;
    }
    for (unsigned i = 0; i < gpus_most; ++i) {
      if (which == "all" || which == std::to_string(i)) machine.gpus[i].says[what] = value;
    }
  }
}

unsigned long long said(const std::map<std::string, std::string>& says, const std::string& what,
                        unsigned long long otherwise) {
  const auto found = says.find(what);
  return found == says.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
}

const Gpu& gpu_of(NvmlDevice device) { return *static_cast<Gpu*>(device); }
unsigned long long of(NvmlDevice device, const std::string& what, unsigned long long otherwise) {
  return said(gpu_of(device).says, what, otherwise);
}

/// Why a function has no answer for the GPU; success when it has one.
Return refusal(const char* function, NvmlDevice device) {
  if (machine.refuses.count(function) > 0) return function_not_found;
  return of(device, "lost", 0) != 0 ? gpu_is_lost : success;
}

Return put(char* to, unsigned size, const std::string& text) {
  if (text.size() + 1 > size) return insufficient_size;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return success;
}

#ifndef SMALL_NVML

unsigned index_of(NvmlDevice device) {
  return static_cast<unsigned>(static_cast<Gpu*>(device) - machine.gpus);
}

std::string place_of(unsigned index) {
  const auto found = machine.gpus[index].says.find("pci");
  if (found != machine.gpus[index].says.end()) return found->second;
  char place[32];
  std::snprintf(place, sizeof place, "00000000:%02X:00.0", 0x10 + index);
  return place;
}

#endif  // SMALL_NVML

}  // namespace

#define ANSWERED(device)                                                          \
  do {                                                                            \
    if (const Return why = refusal(__func__, device); why != success) return why; \
  } while (false)

extern "C" {

Return nvmlInit_v2() {
  read_machine();
  return static_cast<Return>(said(machine.says, "init", 0));
}
Return nvmlShutdown() { return success; }
Return nvmlDeviceGetCount_v2(unsigned* count) {
  read_machine();
  if (machine.refuses.count(__func__) > 0) return 999;
  *count = static_cast<unsigned>(said(machine.says, "gpus", 0));
  return success;
}
Return nvmlDeviceGetHandleByIndex_v2(unsigned index, NvmlDevice* device) {
  if (index >= said(machine.says, "gpus", 0)) return invalid_argument;
  if (said(machine.gpus[index].says, "unseen", 0) != 0) return gpu_is_lost;
  *device = &machine.gpus[index];
  return success;
}
Return nvmlDeviceGetName(NvmlDevice device, char* name, unsigned size) {
  ANSWERED(device);
  const auto found = gpu_of(device).says.find("name");
  const bool is_named = found != gpu_of(device).says.end();
  return put(name, size, is_named ? found->second : "NVIDIA H100 80GB HBM3");
}

#ifndef SMALL_NVML

const char* nvmlErrorString(Return error) {
  switch (error) {
    case success: return "Success";
    case 9: return "Driver Not Loaded";
    case gpu_is_lost: return "GPU is lost";
    default: return "Unknown Error";
  }
}
Return nvmlSystemGetDriverVersion(char* text, unsigned size) {
  const auto found = machine.says.find("driver");
  return put(text, size, found == machine.says.end() ? "570.86" : found->second);
}
Return nvmlDeviceGetUUID(NvmlDevice device, char* text, unsigned size) {
  if (&gpu_of(device) >= machine.instances && &gpu_of(device) < machine.instances + 2) {
    return put(text, size, "MIG-" + std::to_string(&gpu_of(device) - machine.instances));
  }
  ANSWERED(device);
  return put(text, size, "GPU-" + std::to_string(index_of(device)));
}
Return nvmlDeviceGetPciInfo_v3(NvmlDevice device, Pci* pci) {
  ANSWERED(device);
  return put(pci->place, sizeof pci->place, place_of(index_of(device)));
}
Return nvmlDeviceGetMemoryInfo(NvmlDevice device, Memory* memory) {
  ANSWERED(device);
  memory->total = of(device, "mib", 81559) << 20;
  memory->used = of(device, "used_mib", 512) << 20;
  memory->free = memory->total - memory->used;
  return success;
}
Return nvmlDeviceGetEccMode(NvmlDevice device, int* current, int* pending) {
  ANSWERED(device);
  *current = *pending = 1;
  return success;
}
Return nvmlDeviceGetTotalEccErrors(NvmlDevice device, int type, int counter,
                                   unsigned long long* count) {
  ANSWERED(device);
  if (counter != since_driver_was_loaded) return not_supported;
  *count = of(device, type == uncorrected ? "uncorrected" : "corrected", 0);
  return success;
}
Return nvmlDeviceGetRetiredPages(NvmlDevice device, int cause, unsigned* count,
                                 unsigned long long* addresses) {
  ANSWERED(device);
  if (cause != by_double_bit_error || addresses != nullptr) return invalid_argument;
  *count = static_cast<unsigned>(of(device, "retired", 0));
  return *count > 0 ? insufficient_size : success;
}
Return nvmlDeviceGetRemappedRows(NvmlDevice device, unsigned* correctable, unsigned* uncorrectable,
                                 unsigned* pending, unsigned* failed) {
  ANSWERED(device);
  *correctable = 0;
  *uncorrectable = static_cast<unsigned>(of(device, "remapped", 0));
  *pending = static_cast<unsigned>(of(device, "remap_pending", 0));
  *failed = static_cast<unsigned>(of(device, "remap_failed", 0));
  return success;
}
Return nvmlDeviceGetTemperature(NvmlDevice device, int sensor, unsigned* celsius) {
  ANSWERED(device);
  if (sensor != gpu_sensor) return invalid_argument;
  *celsius = static_cast<unsigned>(of(device, "celsius", 41));
  return success;
}
Return nvmlDeviceGetTemperatureThreshold(NvmlDevice device, int type, unsigned* celsius) {
  ANSWERED(device);
  if (type != slows_down) return not_supported;
  *celsius = static_cast<unsigned>(of(device, "slows_at", 87));
  return success;
}
Return nvmlDeviceGetClockInfo(NvmlDevice device, int type, unsigned* mhz) {
  ANSWERED(device);
  *mhz = type == memory_clock ? 2619 : 1755;
  return success;
}
Return nvmlDeviceGetMaxClockInfo(NvmlDevice device, int type, unsigned* mhz) {
  ANSWERED(device);
  *mhz = type == memory_clock ? 2619 : 1980;
  return success;
}
Return nvmlDeviceGetCurrentClocksThrottleReasons(NvmlDevice device, unsigned long long* reasons) {
  ANSWERED(device);
  *reasons = of(device, "slowdowns", 0);
  return success;
}
Return nvmlDeviceGetPowerUsage(NvmlDevice device, unsigned* milliwatts) {
  ANSWERED(device);
  *milliwatts = 120000;
  return success;
}
Return nvmlDeviceGetCudaComputeCapability(NvmlDevice device, int* major, int* minor) {
  ANSWERED(device);
  *major = 9;
  *minor = 0;
  return success;
}
Return nvmlDeviceGetMigMode(NvmlDevice device, unsigned* current, unsigned* pending) {
  ANSWERED(device);
  *current = *pending = static_cast<unsigned>(of(device, "mig", 0));
  return success;
}
Return nvmlDeviceGetMaxMigDeviceCount(NvmlDevice device, unsigned* count) {
  ANSWERED(device);
  *count = 7;
  return success;
}
Return nvmlDeviceGetMigDeviceHandleByIndex(NvmlDevice device, unsigned index,
                                           NvmlDevice* instance) {
  ANSWERED(device);
  if (index >= 2) return invalid_argument;
  *instance = &machine.instances[index];
  return success;
}
Return nvmlDeviceGetComputeRunningProcesses_v3(NvmlDevice device, unsigned* count,
                                               Process* processes) {
  ANSWERED(device);
  const unsigned long long other = of(device, "pid", 0);
  const unsigned here = other == 0 ? 1 : 2;
  if (*count < here) return insufficient_size;
  *count = here;
  processes[0] = {static_cast<unsigned>(::getpid()), 900ULL << 20, ~0U, ~0U};
  if (other != 0) {
    const unsigned long long mib = of(device, "pid_mib", 20480);
    processes[1] = {static_cast<unsigned>(other), mib << 20, ~0U, ~0U};
  }
  return success;
}
Return nvmlDeviceGetNvLinkState(NvmlDevice device, unsigned link, int* is_up) {
  ANSWERED(device);
  if (link >= 4) return invalid_argument;
  *is_up = of(device, "switched", 0) != 0 || gpu_of(device).says.count("linked") > 0 ? 1 : 0;
  return success;
}
Return nvmlDeviceGetNvLinkRemotePciInfo_v2(NvmlDevice device, unsigned, Pci* pci) {
  ANSWERED(device);
  const bool is_switched = of(device, "switched", 0) != 0;
  const auto other = static_cast<unsigned>(of(device, "linked", 0));
  return put(pci->place, sizeof pci->place, is_switched ? "00000000:C0:00.0" : place_of(other));
}
Return nvmlDeviceGetTopologyCommonAncestor(NvmlDevice a, NvmlDevice b, int* level) {
  ANSWERED(a);
  ANSWERED(b);
  *level = index_of(a) / 4 == index_of(b) / 4 ? one_processor : whole_system;
  return success;
}

Return nvmlEventSetCreate(EventSet* set) {
  if (machine.refuses.count(__func__) > 0) return function_not_found;
  *set = &watched;
  return success;
}
Return nvmlDeviceRegisterEvents(NvmlDevice device, unsigned long long types, EventSet) {
  ANSWERED(device);
  if (types != xid_events) return invalid_argument;
  watched[index_of(device)] = "";
  return success;
}
Return nvmlEventSetWait_v2(EventSet, Event* event, unsigned) {
  if (machine.refuses.count(__func__) > 0) return function_not_found;
  for (auto& [index, told] : watched) {
    const auto xid = machine.gpus[index].says.find("xid");
    if (xid == machine.gpus[index].says.end() || xid->second == told) continue;
    told = xid->second;
    *event = {&machine.gpus[index], xid_events, std::strtoull(told.c_str(), nullptr, 10), ~0U, ~0U};
    return success;
  }
  return nothing_in_time;
}
Return nvmlEventSetFree(EventSet) {
  watched.clear();
  return success;
}

#endif  // SMALL_NVML

}  // extern "C"
