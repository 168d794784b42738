// The verbs about a job that is not there yet: submitting it, and what it would take. Private to
// the files that handle commands.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::submissions {

/// Nothing changes; asks what `submit` asks, and may what `submit` may.
CommandOutcome estimate(const CommandRequest& request);
CommandOutcome submit(const CommandRequest& request);

}  // namespace gwageo::submissions
