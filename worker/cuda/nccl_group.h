// Collectives over NCCL. The library is looked for when it is needed (libnccl.so.2), so the module
// loads without it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "worker/collective.h"

namespace gwageo::cuda {

/// "NCCL 2.28.9", or why there is none.
std::string nccl_version();

/// A rank for each of these GPUs, in this process.
Result<std::vector<std::unique_ptr<Collective>>> make_nccl_collectives(std::span<const int> gpus);

/// device_module.h's `new_group_ticket` and `join_group`: the ticket is NCCL's unique id.
Result<std::string> new_nccl_ticket();
Result<std::unique_ptr<Collective>> join_nccl_group(const std::string& ticket, int rank, int ranks,
                                                    int gpu);

}  // namespace gwageo::cuda
