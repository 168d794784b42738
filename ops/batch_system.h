// BatchSystem: the cluster's own scheduler, as a fleet uses it. Tests play one.
#pragma once

#include <string>
#include <vector>

#include "ops/fleet_view.h"
#include "protocol/result.h"

namespace gwageo {

/// A worker job to be submitted.
struct WorkerJob {
  std::uint32_t number = 0;
  std::string comment;  ///< Why, for whoever lists the queue.
};

/// One thread. What does not answer, or takes too long, is unavailable; a refusal is bad_input with
/// the scheduler's own words.
class BatchSystem {
 public:
  virtual ~BatchSystem() = default;
  /// This user's jobs of this fleet, with those that have ended lately.
  virtual Result<std::vector<BatchJob>> jobs() = 0;
  /// The job's id.
  virtual Result<std::string> submit(const WorkerJob& job) = 0;
  /// What the scheduler says of such a job, without submitting it.
  virtual Result<std::string> try_out(const WorkerJob& job) = 0;
  /// Asks all of them to end; those that have ended already are fine.
  virtual Status cancel(const std::vector<std::string>& jobs) = 0;
};

}  // namespace gwageo
