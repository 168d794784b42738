// Backlog: how many GPUs are worth loading for what a team has queued.
//
// A slot of a class is worth its load while the work that waits for it takes at least as long (the
// replica rule of dispatcher.h, with theta 1, holds for any policy: a further slot ends the work
// sooner only then). Of a class whose shards queue for time W and which loads for L, min(W / L,
// shards) slots are, and each has the class's GPUs.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/workload.h"

namespace gwageo::simulate {

/// One owner, one thread.
class Backlog {
 public:
  /// REQUIRES: the workload outlives it.
  explicit Backlog(const Workload& workload);

  /// So many batches of the job wait more, or less. Returns the GPUs that are worth loading for its
  /// team now.
  std::int64_t queues(const Job& job, std::int64_t batches);

 private:
  struct Queue {
    std::int64_t shards = 0;  // Times `unit`.
    std::int64_t time = 0;    // Expected, microseconds.
    std::int64_t worth = 0;   // GPUs
  };
  static constexpr std::int64_t unit = 1 << 20;

  const Workload& workload_;
  std::vector<std::int64_t> batch_time_;  // Of each job, expected.
  std::vector<std::uint32_t> queue_of_;   // Of each job, in `queues_`.
  std::vector<Queue> queues_;             // Of each team's jobs of one class.
  std::vector<std::int64_t> worth_;       // Of each team.
};

}  // namespace gwageo::simulate
