// What is wrong with a GPU by its own words.
#include <string_view>

#include "protocol/limits.h"
#include "worker/health.h"

namespace gwageo {
namespace {

/// Where the driver does not say at how many degrees the GPU slows itself down.
constexpr std::uint32_t hot_celsius = 90;
/// A GPU that was too hot is so until it is cooler by this.
constexpr std::uint32_t cooler_celsius = 5;
/// What others may hold of a GPU's memory: a display or a service does.
constexpr std::uint64_t others_bytes = std::uint64_t{512} << 20;
/// Hundredths of the declared memory that have to be there: the driver keeps some for itself, and
/// makers count in thousands.
constexpr std::uint64_t memory_share = 90;

std::string gibibytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 / (std::uint64_t{1} << 30);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

std::string fault_of_memory(const GpuReading& gpu) {
  if (const std::uint64_t errors = gpu.uncorrected.value_or(0); errors > 0) {
    return "the GPU's memory had " + std::to_string(errors) + (errors == 1 ? " error" : " errors") +
           " that could not be corrected since its driver was loaded: reset it";
  }
  if (!gpu.remapped) return {};
  if (gpu.remapped->failed) {
    return "the GPU's memory has no spare row left for one that fails: replace it";
  }
  if (gpu.remapped->pending) return "a row of the GPU's memory is to be replaced: reset it";
  return {};
}

// In words, those that matter most (NVIDIA, "XID Errors").
std::string_view words_of_xid(std::uint32_t xid) {
  switch (xid) {
    case 48: return "an error of its memory that cannot be corrected";
    case 63:
    case 64: return "a row or page of its memory is being replaced";
    case 74: return "an error of NVLink";
    case 79: return "it has fallen off the bus";
    case 94:
    case 95: return "an error of its memory that its ECC met";
    case 119:
    case 120: return "its system processor does not answer";
    default: return "see NVIDIA's list of Xid errors";
  }
}

std::string fault_of_driver(const GpuReading& gpu) {
  if (!gpu.xid) return {};
  return "the driver told Xid " + std::to_string(*gpu.xid) + " of the GPU (" +
         std::string(words_of_xid(*gpu.xid)) + "): reset it, and start the worker again";
}

}  // namespace

bool is_too_hot(const GpuReading& gpu, bool was_hot) {
  if (!gpu.celsius) return false;
  const std::uint32_t limit = gpu.slows_at_celsius.value_or(hot_celsius);
  return was_hot ? *gpu.celsius + cooler_celsius > limit : *gpu.celsius >= limit;
}

std::string fault_of(const GpuReading& gpu) {
  if (std::string fault = fault_of_memory(gpu); !fault.empty()) return fault;
  if (std::string fault = fault_of_driver(gpu); !fault.empty()) return fault;
  if (gpu.mig.value_or(false)) {
    return "the GPU is divided (MIG): a slot is a whole one; disable MIG (nvidia-smi -mig 0)";
  }
  if (!gpu.processes) return {};
  for (const GpuProcess& process : *gpu.processes) {
    if (process.is_own || process.memory_bytes.value_or(others_bytes) < others_bytes) continue;
    return "process " + std::to_string(process.pid) + ", which is none of this worker's, holds " +
           (process.memory_bytes ? gibibytes(*process.memory_bytes) : std::string("some")) +
           " of the GPU's memory";
  }
  return {};
}

std::string difference_of(const GpuReading& gpu, const Gpus& declared) {
  if (!declared.kind.empty() && !gpu.name.empty() && !is_of_kind(gpu.name, declared.kind)) {
    return "the GPU is an " + gpu.name + ", and --gpu-kind says " + declared.kind;
  }
  const std::uint64_t wanted = std::uint64_t{declared.memory_mib} << 20;
  if (gpu.memory_bytes && *gpu.memory_bytes < wanted / 100 * memory_share) {
    return "the GPU has " + gibibytes(*gpu.memory_bytes) + " of memory, and --gpu-memory says " +
           std::to_string(declared.memory_mib / 1024);
  }
  return {};
}

}  // namespace gwageo
