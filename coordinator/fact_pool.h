// The facts by which people steer the pool: its workers, its teams, and the order of its jobs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace gwageo {

/// What a job is for: tiers go before one another in the order audit, interactive, campaign,
/// refresh. The number is the wire's.
enum class Tier : std::uint8_t {
  campaign = 0,     ///< A suite on a model: what there is unless somebody says otherwise.
  audit = 1,        ///< Recorded work is run again, to see that it comes out the same.
  interactive = 2,  ///< Somebody sits and waits.
  refresh = 3,      ///< A reference or a target has moved; whenever there is room.
};
std::string_view to_string(Tier tier);
/// 0 for the tier that goes first, 3 for the last.
std::uint8_t order_of(Tier tier);
inline bool goes_before(Tier a, Tier b) { return order_of(a) < order_of(b); }

/// A worker process said hello for the first time in its life.
struct WorkerJoined {
  WorkerId worker;
  std::string name;
  std::string principal;
  bool signs = false;  ///< It signs what is recorded of it; those of before there were batches not.
  friend bool operator==(const WorkerJoined&, const WorkerJoined&) = default;
};

/// An operator wants this worker to take no more work (true) or to work again (false).
struct WorkerDrained {
  WorkerId worker;
  bool draining = true;
  friend bool operator==(const WorkerDrained&, const WorkerDrained&) = default;
};

/// Whoever bears this name gets no more leases (true), in this life and in all later ones, or gets
/// them again (false).
struct WorkerQuarantined {
  std::string name;
  bool quarantined = true;
  std::string reason;  ///< In words; of a quarantine only.
  std::string principal;
  friend bool operator==(const WorkerQuarantined&, const WorkerQuarantined&) = default;
};

/// Everything that is set of a team; the newest counts. A team that nobody set, but a model or a
/// key names, is as the defaults here say. Every bound of a team that has children, a group, is one
/// on all of them together.
struct TeamSet {
  std::string name;
  std::string parent;        ///< A team that is set, or none.
  std::uint32_t weight = 1;  ///< Its share, relative to those of its siblings; not 0.
  // In use at once: GPUs, or slots of workers that have none.
  std::uint32_t guarantee = 0;  ///< Of a group: its children's together are promised in any case.
  std::uint32_t limit = 0;      ///< 0: none.
  // Quotas; 0: none.
  std::uint32_t jobs_max = 0;       ///< Open at once.
  std::uint64_t items_max = 0;      ///< Unsettled at once.
  std::uint64_t gpu_hours_max = 0;  ///< In all.
  std::string principal;
  friend bool operator==(const TeamSet&, const TeamSet&) = default;
};

/// Pending items of a paused job get no lease; what is under a lease goes on.
struct JobPaused {
  JobId job;
  bool paused = true;
  std::string principal;    ///< None: the coordinator itself.
  std::string reason = {};  ///< In words; of the coordinator only.
  friend bool operator==(const JobPaused&, const JobPaused&) = default;
};

/// Slots are busy for longer than was expected, and nothing comes, of them or of anybody else:
/// their teams are charged until now, as they are with every other fact (state_charges.cc).
struct SlotsCharged {
  friend bool operator==(const SlotsCharged&, const SlotsCharged&) = default;
};

/// In place of the priority that the job was submitted with.
struct JobPrioritised {
  JobId job;
  std::int32_t priority = 0;
  std::string principal;
  friend bool operator==(const JobPrioritised&, const JobPrioritised&) = default;
};

}  // namespace gwageo
