// The rival that stripes a job over a fixed number of GPUs: lm-eval with data parallelism.
#pragma once

#include <memory>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

struct StripeOptions {
  std::uint32_t stripes = 8;  ///< Slots of a job.
  /// A run of the harness for each data set: each slot loads the model again for it. Nobody waits
  /// between the runs, so this is a bound from below on what such runs take.
  bool loads_each_set = false;
};

/// Jobs in the order of their arrival. A job waits until `stripes` slots are free (or as many as
/// it has shards, or as the fleet holds), loads its model on each, and gives the n-th of them every
/// n-th of its shards. All slots stay taken until the last stripe is over.
/// REQUIRES: fleet and workload outlive it; stripes > 0.
std::unique_ptr<Policy> new_stripe_policy(const Fleet& fleet, const Workload& workload,
                                          const StripeOptions& options);

}  // namespace gwageo::simulate
