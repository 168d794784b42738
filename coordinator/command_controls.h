// The verbs by which people steer what is there: jobs, workers, teams. Private to the files that
// handle commands.
#pragma once

#include <string>

#include "coordinator/command_queries.h"

namespace gwageo {

/// not_allowed where a team's key is at another team's job; `does` is the verb: "cancels".
Status check_own(const CommandRequest& request, const Job& job, const std::string& does);
/// bad_input outside of the bounds.
Status check_priority(std::int64_t priority);

namespace controls {

CommandOutcome pause(const CommandRequest& request);
CommandOutcome priority(const CommandRequest& request);
CommandOutcome quarantine(const CommandRequest& request);
CommandOutcome disown(const CommandRequest& request);
CommandOutcome resume(const CommandRequest& request);
CommandOutcome checks_set(const CommandRequest& request);
CommandOutcome team_add(const CommandRequest& request);
CommandOutcome team_set(const CommandRequest& request);
CommandOutcome team_show(const CommandRequest& request);

}  // namespace controls
}  // namespace gwageo
