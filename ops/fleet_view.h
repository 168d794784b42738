// What a fleet looks at: the work and the workers that the coordinator tells of, the jobs that the
// cluster's scheduler tells of, and how many slots the work needs. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/json.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

/// What a worker has.
struct WorkerShape {
  std::uint32_t slots = 1;  ///< On all of its nodes.
  std::string gpu_kind;     ///< Of each slot; empty: no GPU.
  std::uint32_t gpu_memory_mib = 0;
  std::uint32_t nodes = 1;  ///< That the slots are spread over.
};

/// An open job of the pool that nothing holds back.
struct FleetWork {
  std::string team;
  std::string engine;
  std::uint32_t gpus = 1;  ///< Slots of one worker that each item takes.
  std::string gpu_kind;    ///< Empty: any.
  std::uint32_t gpu_memory_mib = 0;
  std::uint64_t pending = 0;  ///< Items that wait for a slot.
  std::uint64_t leased = 0;   ///< Items that are with workers.
  Duration item = seconds(1);
  std::uint32_t nodes = 1;  ///< That these slots are spread over.
};

struct FleetWorker {
  std::string name;
  std::string state;  ///< In the coordinator's word.
  WorkerShape shape;
  std::vector<std::string> engines;
  bool is_empty = true;  ///< It holds no lease and loads nothing.
};

struct FleetTeam {
  std::string parent;                  ///< Empty: none.
  std::optional<std::uint64_t> limit;  ///< Slots at once, with everything below it.
  std::uint64_t holds = 0;             ///< Likewise.
};

struct PoolView {
  std::vector<FleetWork> work;
  std::map<std::string, FleetTeam> teams;
  std::map<std::string, FleetWorker> workers;  ///< By name.
  std::set<std::string> quarantined;           ///< Names that get no lease, here or not.
};

/// From the coordinator's answers to `status` (of open jobs) and `team.show`. corrupt where they
/// are not what this version understands.
Result<PoolView> pool_view(const Json& status, const Json& teams);

enum class BatchState { waiting, running, ending, done, failed, cancelled };

/// A job of the cluster's scheduler.
struct BatchJob {
  std::string id;
  std::uint32_t number = 0;  ///< Of its worker.
  BatchState state = BatchState::waiting;
  std::string word;    ///< The scheduler's own for its state.
  std::string reason;  ///< Why it waits or ended, in the scheduler's words.
  std::string node;
  std::string comment;
  std::string last_words;  ///< The end of a failed job's log, where it can be read.
};

/// Whether a worker of this shape can serve the job. One of several nodes serves what needs all of
/// it, and nothing else does so.
bool fits(const FleetWork& work, const WorkerShape& shape);

struct FleetNeed {
  std::uint64_t pending = 0;  ///< Items that wait and that the fleet's workers could be given.
  std::uint64_t slots = 0;    ///< That the fleet should have.
};

/// What the work needs of workers of this shape: of each job one block of slots for each `work` of
/// slot time, no more blocks than items, no more slots than a limit of its team or a group leaves.
/// Less what those others offer that are in the pool (`ours` says whose name is one of the
/// fleet's).
FleetNeed need_of(const PoolView& pool, const WorkerShape& shape, Duration work,
                  const std::set<std::string>& ours);

}  // namespace gwageo
