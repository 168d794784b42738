// What a cluster's scheduler gave the job that this process runs in. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/result.h"

namespace gwageo {

/// How many GPUs: as many as CUDA_VISIBLE_DEVICES names, which is what CUDA will show, else as many
/// as SLURM_GPUS_ON_NODE says. Empty values are of variables that are not set. bad_input when there
/// is none.
Result<std::uint32_t> allocated_gpus(const std::string& cuda_visible_devices,
                                     const std::string& slurm_gpus_on_node);

}  // namespace gwageo
