// The verbs by which witnesses follow the published log. Private to commands.cc.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::published_log {

CommandOutcome checkpoint(const CommandRequest& request);
CommandOutcome cosign(const CommandRequest& request);
CommandOutcome tile(const CommandRequest& request);

}  // namespace gwageo::published_log
