// What the dispatcher says is to be done, for whom, and what it waits for.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// Whom a slot could serve next.
struct DispatchCandidate {
  TeamNumber team = 0;
  std::uint8_t tier = 0;  ///< Of what it would be served.
  /// It would come to more than its part of the pool by work of which nobody knows how long it
  /// takes, and nobody else of the tier has a use for the slot.
  bool beyond = false;
};

/// Run these many items of the job, from its first pending one on, on this block.
struct Start {
  Block block;
  ClassNumber class_number = 0;
  bool load = false;  ///< The class is not loaded there.
  TeamNumber team = 0;
  JobId job;
  std::uint64_t items = 0;
  Duration estimate;  ///< Of the run, without the load.
};

/// What runs on the block is to end with the item in progress, so that the team can have it.
struct Yield {
  Block block;
  ClassNumber for_class = 0;
  TeamNumber for_team = 0;
  friend bool operator==(const Yield&, const Yield&) = default;
};

/// The class that waits for a whole block, and where.
struct Reservation {
  ClassNumber class_number = 0;
  Block block;
  Instant until;  ///< What runs there is expected to have ended.
};

/// Why a team lets others load first on a node (load_turns.cc).
struct LaterLoad {
  std::int64_t loads = 0;       ///< Of its own there, or that it is promised slots for.
  bool for_guarantees = false;  ///< Others have less than is guaranteed to them. Else
  bool has_part = false;        ///< its loads are all that falls to it. Else it has had its turn,
  Instant rests_until;          ///< and has no more than the others once they load until then.
  std::vector<TeamNumber> before;  ///< Who waits for a load there and goes before, by number.
};

}  // namespace gwageo
