// Rivals that start shard after shard and leave a model where it is loaded: first in first out, and
// warm first.
#pragma once

#include <memory>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// Jobs in the order of their arrival, shard after shard, to whatever slot is free; a slot that
/// happens to hold the model is taken first, and loads nothing. With `warm_first` a slot that comes
/// free looks for any shard of its own class before it takes the next in the queue.
/// REQUIRES: fleet and workload outlive it.
std::unique_ptr<Policy> new_keep_policy(const Fleet& fleet, const Workload& workload,
                                        bool warm_first);

}  // namespace gwageo::simulate
