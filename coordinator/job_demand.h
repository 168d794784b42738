// What waits, as the policy sees it: a class of work, what a job wants of it, and what goes before
// what. Values.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "coordinator/class_set.h"
#include "coordinator/fact_pool.h"
#include "coordinator/ledger.h"
#include "protocol/time.h"

namespace gwageo {

/// What a slot must be to serve a class, and what making it so costs.
struct ClassSpec {
  std::uint32_t gpus = 1;   ///< A power of two.
  std::uint32_t group = 0;  ///< Bit number of its requirement, below 64 (placement.h).
  Duration load;            ///< Fetch, copy and start of the engine together.
};

struct JobDemand {
  static constexpr Instant undated{INT64_MAX};
  ClassNumber class_number = 0;
  TeamNumber team = 0;
  Tier tier = Tier::campaign;
  std::int32_t priority = 0;
  Instant deadline = undated;
  std::uint64_t items = 0;       ///< Pending, and to be run next.
  Duration item_time;            ///< Slot time that one item is expected to take; at least 1.
  bool untried = false;          ///< Nobody has seen the end of one like them.
  std::optional<Duration> work;  ///< Slot time of all that waits, where that is not items alone.
};

/// What goes before what, whatever was served: a tier, then within a team a priority, and what has
/// a deadline before what has none.
struct Rank {
  static constexpr std::size_t tiers = 4;
  std::uint8_t tier = 0;    ///< 0: audit, 1: interactive, 2: campaign, 3: refresh.
  std::int32_t behind = 0;  ///< The priority's negative.
  bool undated = true;      ///< It has no deadline.
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

}  // namespace gwageo
