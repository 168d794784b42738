// Rivals that start shard after shard and leave a model where it is loaded: first in first out, and
// warm first.
#pragma once

#include <memory>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

struct KeepRules {
  /// A slot that comes free looks for any shard of its own class before it takes the next in the
  /// queue.
  bool warm_first = false;
  /// Shards of jobs that arrive together stand in the queue in random order, as if many people had
  /// brought them one by one; else jobs follow each other whole.
  bool mixed = false;
};

/// The queue's next shard goes to whatever slot is free; a slot that happens to hold the model is
/// taken first, and loads nothing. REQUIRES: fleet and workload outlive it.
std::unique_ptr<Policy> new_keep_policy(const Fleet& fleet, const Workload& workload,
                                        KeepRules rules);

}  // namespace gwageo::simulate
