// The verbs about principals and their keys. Private to the files that handle commands.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::key_commands {

CommandOutcome add(const CommandRequest& request);
CommandOutcome list(const CommandRequest& request);
CommandOutcome revoke(const CommandRequest& request);
CommandOutcome rotate(const CommandRequest& request);
CommandOutcome show(const CommandRequest& request);

}  // namespace gwageo::key_commands
