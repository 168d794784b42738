// What this program calls of NVML: our own few declarations, as nvml.h (12 and 13) has them.
// Numbers and layouts are the library's and never change for a name.
#pragma once

namespace gwageo::nvml {

using NvmlDevice = void*;
using Return = int;

constexpr Return success = 0;
constexpr Return insufficient_size = 7;
constexpr Return nothing_in_time = 10;
constexpr Return gpu_is_lost = 15;
constexpr Return reset_required = 16;

struct Pci {
  char legacy[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  char place[32];
};
static_assert(sizeof(Pci) == 68);

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

/// Of nvmlDeviceGetComputeRunningProcesses_v2 and _v3.
struct Process {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(Process) == 24);
constexpr unsigned long long no_value = ~0ULL;

using EventSet = void*;
/// Of nvmlEventSetWait_v2.
struct Event {
  NvmlDevice device;
  unsigned long long type;
  unsigned long long data;  ///< Of an Xid: its number.
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(Event) == 32);
constexpr unsigned long long xid_events = 8;

constexpr int corrected = 0;
constexpr int uncorrected = 1;
constexpr int since_driver_was_loaded = 0;
constexpr int by_double_bit_error = 1;
constexpr int gpu_sensor = 0;
constexpr int slows_down = 1;
constexpr int multiprocessor_clock = 1;
constexpr int memory_clock = 2;
constexpr unsigned links_max = 18;

// Levels of a common ancestor.
constexpr int same_board = 0;
constexpr int one_switch = 10;
constexpr int some_switches = 20;
constexpr int host_bridge = 30;
constexpr int one_processor = 40;
constexpr int whole_system = 50;

}  // namespace gwageo::nvml
