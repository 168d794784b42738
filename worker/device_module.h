// The device module: the code for GPUs, in a library of its own (worker/cuda), that the program
// loads when it runs and the library is there. Without it, and without a GPU, the same program
// computes on the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/result.h"
#include "worker/collective.h"
#include "worker/device.h"
#include "worker/tensor_comparison.h"

namespace gwageo {

/// A GPU as the run time of CUDA sees it.
struct ModuleGpu {
  std::string name;  ///< "NVIDIA H100 80GB HBM3".
  std::string pci;   ///< Its place on the bus, "0000:1b:00.0": the same in every library.
  std::uint64_t memory_bytes = 0;
  unsigned major = 0;  ///< Compute capability.
  unsigned minor = 0;
  unsigned multiprocessors = 0;
};

inline constexpr std::size_t group_ticket_bytes_max = 1024;

/// Any thread, one at a time for each GPU. A failing call is `unavailable`, with what CUDA or NCCL
/// said.
class DeviceModule {
 public:
  virtual ~DeviceModule() = default;
  /// What it was built with and what it found: "CUDA 13.0, driver 13.0, NCCL 2.28.9".
  virtual std::string describe() = 0;
  /// Those that are there. not_found, with the reason, when there is none or no driver.
  virtual Result<std::vector<ModuleGpu>> gpus() = 0;
  virtual Result<std::unique_ptr<Device>> make_device(int gpu) = 0;
  /// tensor_comparison.h's segment_sums, bit for bit, 16 Mi numbers at a time.
  virtual Result<std::vector<TensorSums>> segment_sums(int gpu, std::span<const float> a,
                                                       std::span<const float> b) = 0;
  /// Bytes a second of a copy within the GPU's memory, those read and those written: the best of
  /// some copies of `bytes`.
  virtual Result<double> copy_rate(int gpu, std::uint64_t bytes) = 0;
  /// A group of the GPUs named, a rank for each, over NCCL. unavailable, saying so, without NCCL.
  virtual Result<std::vector<std::unique_ptr<Collective>>> make_collectives(
      std::span<const int> gpus) = 0;
  /// What processes have to know to meet in a group over NCCL: one makes it and hands it to all,
  /// for one group. Opaque bytes, `group_ticket_bytes_max` at most. unavailable without NCCL.
  virtual Result<std::string> new_group_ticket() = 0;
  /// This process's rank of the group, on that GPU. Blocks until all `ranks` are there.
  virtual Result<std::unique_ptr<Collective>> join_group(const std::string& ticket, int rank,
                                                         int ranks, int gpu) = 0;
};

/// An opened module. It stays loaded as long as the program runs.
struct OpenModule {
  DeviceModule* module = nullptr;
  void* library = nullptr;  ///< For dlsym of what else it exports.
};

/// Opens the library at `path`. not_found when there is none, bad_input when it is another
/// version's or no module.
Result<OpenModule> open_device_module(const std::filesystem::path& path);

/// The file that the program looks for: GWAGEO_DEVICE_MODULE, else libgwageo_cuda.so beside the
/// program or in ../lib.
std::filesystem::path device_module_path();

/// What the library exports, by these names. The first says which build's it is: the layout of the
/// classes above is nobody's promise, so only the program that was built with it may use it
/// (GWAGEO_DEVICE_MODULE_BUILD in worker/CMakeLists.txt).
extern "C" using DeviceModuleBuild = const char * ();
extern "C" using DeviceModuleEntry = DeviceModule * ();
inline constexpr char device_module_build_symbol[] = "gwageo_device_module_build";
inline constexpr char device_module_symbol[] = "gwageo_device_module";

}  // namespace gwageo
