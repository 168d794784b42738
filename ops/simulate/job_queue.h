// What of each job is not running: fresh shards in order, and what came back, which goes first.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// For policies that go through a job's shards in their order. One owner, one thread.
class JobQueue {
 public:
  explicit JobQueue(const Workload& workload)
      : workload_(workload), taken_(workload.jobs.size()), back_(workload.jobs.size()) {}

  bool empty(JobIndex job) const {
    return back_[job].empty() && taken_[job] == workload_.jobs[job].shards;
  }
  /// What came back, or the next shard. REQUIRES: not empty.
  Piece take(JobIndex job) {
    if (!back_[job].empty()) {
      const Piece piece = back_[job].back();
      back_[job].pop_back();
      return piece;
    }
    const Job& whole = workload_.jobs[job];
    return whole_shards(whole, whole.first_shard + taken_[job]++, 1);
  }
  void give_back(JobIndex job, const Piece& piece) { back_[job].push_back(piece); }

 private:
  const Workload& workload_;
  std::vector<std::uint32_t> taken_;  // Fresh shards.
  std::vector<std::vector<Piece>> back_;
};

}  // namespace gwageo::simulate
