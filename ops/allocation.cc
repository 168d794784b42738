#include "ops/allocation.h"

#include <algorithm>
#include <charconv>

#include "protocol/limits.h"

namespace gwageo {
namespace {

// CUDA stops at the first that it does not know; "-1" and Slurm's "NoDevFiles" are such.
std::uint32_t devices_in(const std::string& text) {
  std::uint32_t count = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string one = text.substr(from, end - from);
    from = end + 1;
    if (one.empty() || one == "-1" || one == "NoDevFiles") break;
    ++count;
  }
  return count;
}

}  // namespace

Result<std::uint32_t> allocated_gpus(const std::string& cuda_visible_devices,
                                     const std::string& slurm_gpus_on_node) {
  std::uint32_t count = 0;
  if (!cuda_visible_devices.empty()) {
    count = devices_in(cuda_visible_devices);
  } else {
    const char* const end = slurm_gpus_on_node.data() + slurm_gpus_on_node.size();
    const auto [stop, error] = std::from_chars(slurm_gpus_on_node.data(), end, count);
    if (error != std::errc{} || stop != end) count = 0;
  }
  if (count > 0) return std::min(count, limits::slots_max);
  return fail(ErrorKind::bad_input,
              "--gpus allocated: the job was given no GPU (CUDA_VISIBLE_DEVICES=\"" +
                  cuda_visible_devices + "\", SLURM_GPUS_ON_NODE=\"" + slurm_gpus_on_node +
                  "\"): ask for them with --gres, and look at the node's gres.conf");
}

}  // namespace gwageo
