// Our own policy: the coordinator's dispatcher and ledger, as they are, on simulated time. An item
// is a batch of a shard here.
#pragma once

#include <memory>

#include "coordinator/dispatcher.h"
#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// REQUIRES: fleet and workload outlive it.
std::unique_ptr<Policy> new_gwageo_policy(const Fleet& fleet, const Workload& workload,
                                          const PolicyKnobs& knobs);

}  // namespace gwageo::simulate
