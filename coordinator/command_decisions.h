// The commands by which people decide and give points beside the scores, and show on what.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::decisions {

/// Records a decision on a component of a gate.
CommandOutcome decide(const CommandRequest& request);
/// What was decided, oldest first.
CommandOutcome show(const CommandRequest& request);
/// Records the points of a part of the target's composition that no suite gives.
CommandOutcome record_points(const CommandRequest& request);
CommandOutcome show_points(const CommandRequest& request);
/// Takes a file as attachments that follow one another, for somebody who may decide somewhere.
CommandOutcome put_evidence(const CommandRequest& request);
/// Gives back a file that a decision rests on.
CommandOutcome evidence(const CommandRequest& request);

}  // namespace gwageo::decisions
