// The simulated pool: time jumps from event to event, a policy says what starts, and everything
// that a policy does is held against the rules of policy.h. Same fleet, workload, truth and policy:
// same outcome, on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/policy.h"
#include "ops/simulate/recorder.h"
#include "ops/simulate/standstill.h"
#include "ops/simulate/workload.h"
#include "protocol/result.h"

namespace gwageo::simulate {

/// GPU time by what it went to. The rest of the fleet's time was idle.
struct GpuTime {
  Duration useful;   ///< Shards, as far as they counted.
  Duration loading;  ///< Models.
  Duration wasted;   ///< Shards and parts that an outage took, and metrics computed on the GPU.
  Duration down;     ///< Nodes that were away.
};

struct Outcome {
  /// Before anything happened.
  Outcome(const Fleet& fleet, const Workload& workload)
      : waits(workload.teams.size()),
        job_ends(workload.jobs.size()),
        recorder(fleet, workload),
        standstill(workload.classes.size()) {}

  Duration makespan;  ///< Until the last shard ended.
  GpuTime gpu_time;
  std::uint64_t starts = 0;
  std::uint64_t loads = 0;
  std::uint64_t yields = 0;
  std::uint64_t outages = 0;
  std::uint64_t asked = 0;        ///< Calls of Policy::next.
  std::uint64_t unfinished = 0;   ///< Shards, where the policy started nothing more. 0 is whole.
  std::uint64_t fingerprint = 0;  ///< Of all starts: same decisions, same number.
  /// From a job's arrival until each of its shards began, per team, in no order.
  std::vector<std::vector<std::int64_t>> waits;
  std::vector<Instant> job_ends;
  Recorder recorder;
  Standstill standstill;
};

/// What cannot be simulated: work that no node is wide enough for, counts that do not fit together.
/// bad_input, naming what is wrong; fine for what fleet.h, generator.h and traces.h make.
Status check_simulation(const Fleet& fleet, const Workload& workload, const Truth& truth);

/// Runs all of the workload. A policy that breaks a rule of policy.h ends the process (a bug).
/// REQUIRES: check_simulation said yes.
Outcome simulate(const Fleet& fleet, const Workload& workload, const Truth& truth, Policy& policy);

}  // namespace gwageo::simulate
