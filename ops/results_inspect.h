// Results as Inspect logs them (log format version 2, the `.json` form with samples inline): one
// file a task, DIR/MODEL/DATE_TASK.json. Samples are written as they come.
#pragma once

#include <string>
#include <vector>

#include "ops/examined_job.h"
#include "protocol/result.h"

namespace gwageo {

struct InspectFiles {
  std::vector<std::string> files;  ///< In suite order.
  std::uint64_t without_row = 0;   ///< Items without a score; their samples say why.
};

/// Writes them below `folder`, which is made.
Result<InspectFiles> write_inspect(ExaminedJob& found, const std::string& folder);

}  // namespace gwageo
