// Rivals that cut a job into tasks beforehand, each a process that loads its model, and run the
// tasks on whatever GPUs are free: OpenCompass's partitioners and runners, and the trial
// coordinator of Acme.
#pragma once

#include <memory>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// How jobs become tasks.
enum class Partition {
  /// A task a shard: what a loop over data sets with a fresh process for each comes to.
  shard,
  /// A task a data set: OpenCompass, opencompass/partitioners/naive.py.
  naive,
  /// Data sets packed together up to a size, larger ones cut at it: partitioners/size.py. Its
  /// default, 40,000 units at 20 a generated answer, is 2,000 answers: 2,000 s of estimated time
  /// where an answer takes 1 s.
  size,
  /// Each data set cut in parts: partitioners/num_worker.py.
  workers,
  /// As `size`, with tasks started longest first by what data sets are known to take, and weights
  /// kept in the nodes' memory (Hu et al., NSDI'24, section 6.2).
  acme,
};

struct TaskRules {
  Partition partition = Partition::naive;
  std::uint32_t parts = 8;
  Duration task_size = seconds(2000);
};

/// REQUIRES: fleet and workload outlive it.
std::unique_ptr<Policy> new_task_policy(const Fleet& fleet, const Workload& workload,
                                        const TaskRules& rules);

/// The tasks of one job, in order: whole shards, each shard once. For the policy and its tests.
std::vector<Piece> partition_job(const Workload& workload, const Job& job, const TaskRules& rules);

}  // namespace gwageo::simulate
