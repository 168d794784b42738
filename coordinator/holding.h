// Holding: what one slot has out near the end of a job.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/digest.h"
#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// The leases of one slot: its engine works on all of them.
struct Holding {
  WorkerId worker;
  std::uint32_t slot = 0;
  std::vector<LeaseId> leases;
  Digest class_key;
  std::uint64_t items = 0;
  Duration usual;  ///< What a usual slot of the class needs for them.
  /// When it last handed in, was given the first of them, or had loaded their model.
  Instant progressed;
  std::int64_t pace = 1000;
  /// What this slot needs for them.
  Duration left() const;
};

}  // namespace gwageo
