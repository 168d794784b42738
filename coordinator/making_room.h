// Slots that were asked to yield, as the jobs on both sides are told of it: who makes room for a
// job, and for whom its own slots make room.
//
// In both, `slots` has for each slot its `worker`, its first `slot`, since when it was asked
// (`since_seconds`), and the `team` on the other side; null where that is another's, and the viewer
// may not know whose.
#pragma once

#include <optional>
#include <string>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

/// Slots that others use, or its own team for another model, and that yield so that the team's work
/// on the job's model gets them. None: nobody was asked.
std::optional<WaitReason> room_that_it_gets(const Scheduler& scheduler, const Job& job,
                                            const std::optional<std::string>& viewer);

/// Slots with leases of the job that get nothing more, as they yield. None: none was asked.
std::optional<WaitReason> room_that_it_makes(const Scheduler& scheduler, const Job& job,
                                             const std::optional<std::string>& viewer);

}  // namespace gwageo
