// Where a model waits to be loaded since workers load as many models as they may at the same time:
// who loads there, since when, and when the next one may begin (node_loads.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/underway.h"
#include "protocol/json.h"

namespace gwageo {

/// Until one more load may begin. Nothing where some worker is not full.
struct LoadWait {
  Duration expected;  ///< When a load that is not late is over, or one counts no more.
  /// When one counts no more; and so long again each time that others, which have no slot either,
  /// are as many as are loaded at once.
  Duration most;
};

/// On one of these workers, which are here. `others` classes wait for their first slot, too.
LoadWait load_wait(const Underway& underway, const std::vector<WorkerId>& workers,
                   std::size_t others);

struct FullLoads {
  std::int64_t workers = 0;  ///< That are full.
  std::string text;          ///< A sentence after another one; empty where none is.
  /// [{`worker`, `loads`, `since_seconds` of the oldest, `room_in_seconds` at the latest, `teams`:
  /// [{`team`, `loads`}]}], null for another team than the viewer, where that is one.
  Json data = Json::array();
};

FullLoads full_loads(const Scheduler& scheduler, const std::vector<WorkerId>& workers,
                     const std::optional<std::string>& viewer);

}  // namespace gwageo
