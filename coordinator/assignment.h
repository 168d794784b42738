// Assignment: what the pool says that a slot should be given next.
#pragma once

#include <cstdint>

#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// Lend these many items of the job to the block that begins at the slot.
struct Assignment {
  WorkerId worker;
  std::uint32_t slot = 0;
  JobId job;
  std::uint64_t items = 0;
  Duration item_time;  ///< Expected slot time of each.
};

}  // namespace gwageo
