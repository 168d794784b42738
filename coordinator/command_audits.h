// The verbs of audits that run a sample again. Private to commands.cc.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::audits {

CommandOutcome commit(const CommandRequest& request);
CommandOutcome reveal(const CommandRequest& request);
CommandOutcome show(const CommandRequest& request);
CommandOutcome list(const CommandRequest& request);

}  // namespace gwageo::audits
