// The commands about what others claim: reference.import, .list and .show.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::claims {

/// Takes a board's file, which was put before, for what the board said on a day. Answered at once
/// when the release's newest import says the same already.
CommandOutcome add(const CommandRequest& request);
CommandOutcome list(const CommandRequest& request);
CommandOutcome show(const CommandRequest& request);

}  // namespace gwageo::claims
