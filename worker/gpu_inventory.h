// What a machine's GPUs are and how they are, as far as somebody could be asked: a value without
// any library in it (nvml.h reads one). What nobody could say is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.h"

namespace gwageo {

/// Why clocks are held down, as NVML counts it: the bits that hardware sets to save itself.
inline constexpr std::uint64_t slowdown_by_hardware = 0x08;
inline constexpr std::uint64_t slowdown_by_heat = 0x40;
inline constexpr std::uint64_t slowdown_by_power_brake = 0x80;

struct GpuProcess {
  std::uint64_t pid = 0;
  std::optional<std::uint64_t> memory_bytes;
  bool is_own = false;  ///< This process or one that it started, or nobody could tell.
};

/// Rows of memory that were replaced by spare ones.
struct GpuRemappedRows {
  std::uint64_t correctable = 0;
  std::uint64_t uncorrectable = 0;
  bool pending = false;  ///< Another one is, at the next reset.
  bool failed = false;   ///< There was no spare row left.
};

/// One GPU when it was asked.
struct GpuReading {
  std::uint32_t index = 0;  ///< Whoever was asked counts like this.
  std::string lost;  ///< It does not answer, in the driver's words; the rest is old or empty.
  std::string name;  ///< "NVIDIA H100 80GB HBM3".
  std::string uuid;
  std::string pci;  ///< As `pci_place` writes it.
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> used_bytes;
  std::optional<std::uint32_t> major;  ///< Compute capability.
  std::optional<std::uint32_t> minor;
  std::optional<bool> ecc;
  std::optional<std::uint64_t> corrected;    ///< Memory errors since the driver was loaded.
  std::optional<std::uint64_t> uncorrected;  ///< The same.
  std::optional<GpuRemappedRows> remapped;
  std::optional<std::uint64_t> retired_pages;  ///< By errors that could not be corrected.
  /// The last error of the GPU itself that its driver told since it is watched, by NVIDIA's number.
  std::optional<std::uint32_t> xid;
  std::optional<std::uint32_t> celsius;
  std::optional<std::uint32_t> slows_at_celsius;
  std::optional<std::uint32_t> clock_mhz;  ///< Of the multiprocessors.
  std::optional<std::uint32_t> clock_mhz_max;
  std::optional<std::uint32_t> memory_clock_mhz;
  std::optional<std::uint64_t> slowdowns;  ///< Bits, among them those above.
  std::optional<std::uint32_t> milliwatts;
  std::optional<std::uint32_t> nvlinks;    ///< That are up, to whatever: other GPUs or switches.
  std::optional<bool> mig;                 ///< Whether it is divided.
  std::vector<std::string> mig_instances;  ///< Their UUIDs.
  std::optional<std::vector<GpuProcess>> processes;  ///< That compute there.
};

/// How two GPUs reach each other.
struct GpuPair {
  std::uint32_t a = 0;  ///< Indexes; a < b.
  std::uint32_t b = 0;
  std::uint32_t nvlinks = 0;  ///< Straight between them, that are up.
  std::string meet_at;        ///< "board", "switch", "switches", "host bridge", "processor",
                              ///< "system", or empty.
};

struct GpuInventory {
  std::string source;  ///< Who was asked: "NVML, driver 570.86", "CUDA 13.0, ...", or why nobody.
  std::vector<GpuReading> gpus;
  std::vector<GpuPair> pairs;

  /// One object: `source`, `gpus`, `pairs`. What is empty is null.
  Json to_json() const;
};

/// A place on the PCI bus in one form, whatever library says it: "00000000:1B:00.0" and
/// "0000:1b:00.0" are "0000:1b:00.0".
std::string pci_place(std::string_view said);

/// The kind that goes with such a name, as people write it: "H100" for "NVIDIA H100 80GB HBM3",
/// "RTX-4090" for "NVIDIA GeForce RTX 4090". A name in the protocol's sense, "GPU" at least.
std::string gpu_kind_of(std::string_view name);

/// Whether somebody who says `kind` may mean a GPU of this name: either holds the other, letters
/// and digits alone. So "H100-SXM" and "h100" are "NVIDIA H100 80GB HBM3".
bool is_of_kind(std::string_view name, std::string_view kind);

}  // namespace gwageo
