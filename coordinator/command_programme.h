// The commands of the programme: stages, rosters and publications.
#pragma once

#include "coordinator/command_queries.h"

namespace gwageo::programme {

/// Freezes a target's version and its suite's until the stage is closed.
CommandOutcome stage_open(const CommandRequest& request);
/// Judges for the last time; the verdicts are fixed then.
CommandOutcome stage_close(const CommandRequest& request);
CommandOutcome stage_list(const CommandRequest& request);
/// Of a closed stage its document as it is stored, of an open one what it would be now; of either
/// what the one who asks may see.
CommandOutcome stage_show(const CommandRequest& request);
CommandOutcome roster_enter(const CommandRequest& request);
CommandOutcome roster_leave(const CommandRequest& request);
CommandOutcome roster_show(const CommandRequest& request);
/// Ends the embargo on what is on record by now. It cannot be taken back.
CommandOutcome publish(const CommandRequest& request);

}  // namespace gwageo::programme
