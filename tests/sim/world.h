// The world: both real cores, the real codec, the real evaluation, in one thread on virtual time.
// One seed decides everything. Each fault class is on in about half of the seeds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "tests/sim/faulty_store.h"
#include "tests/sim/oracle.h"
#include "tests/sim/random.h"
#include "worker/agent.h"

namespace gwageo::sim {

/// How bad the world is; drawn from the seed. Chances are per mille.
struct Faults {
  std::uint64_t loss = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t slow_message = 0;    ///< Arrives up to 30 s late, so behind later ones.
  std::uint64_t partition = 0;       ///< Per second.
  std::uint64_t worker_crash = 0;    ///< Per second.
  std::uint64_t worker_pause = 0;    ///< Per second.
  std::uint64_t slow_engine = 0;     ///< Calls that take 100 times as long.
  std::uint64_t engine_failure = 0;  ///< Calls that fail once in a while.
  std::uint64_t load_failure = 0;
  std::uint64_t poison = 0;  ///< Models that take the worker's process with them when they load.
  std::uint64_t coordinator_crash = 0;  ///< Per turn, at a random store or send step.
  std::uint64_t wall_jump = 0;          ///< Per second.
  std::uint64_t cancel = 0;             ///< Jobs that somebody cancels.
  std::uint64_t steer = 0;              ///< Pauses, priorities, quarantines, settings of teams.
  std::uint64_t slot_fault = 0;         ///< Readings and checks of a slot.
};

struct SeedReport {
  std::string violation;  ///< Empty: all is well.
  Digest fingerprint;     ///< Over everything that happened.
  std::uint64_t events = 0;
  std::uint64_t coordinator_crashes = 0;
  std::uint64_t worker_crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t copies = 0;
  std::uint64_t probes = 0;
  std::uint64_t isolated = 0;   ///< Jobs that the coordinator paused.
  std::uint64_t checked = 0;    ///< Answers that were compared with another worker's.
  std::uint64_t convicted = 0;  ///< Workers that two others agreed against.
  std::uint64_t faulty = 0;     ///< Slots that were reported out of order, in all heartbeats.
  std::uint64_t stale = 0;
  std::uint64_t given_up = 0;
  std::uint64_t roots_checked = 0;
  std::int64_t virtual_seconds = 0;
};

/// Runs one seed to its end: faults for a while, then a healthy world in which every job must end.
/// `verbose` prints a line for each event to standard output.
SeedReport run_seed(std::uint64_t seed, bool verbose);

}  // namespace gwageo::sim
