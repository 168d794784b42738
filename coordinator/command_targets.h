// The command by which a target comes: target.add.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::targets {

/// Takes a target's file. What it names has to be there: its suite or board, candidates, the
/// reference that is compared with, and the suite's axes. A file that is the target's newest
/// version already is taken as it is.
CommandOutcome add(const CommandRequest& request);

}  // namespace gwageo::targets
