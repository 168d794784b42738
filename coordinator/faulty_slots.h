// What is said of slots that their workers report as out of order, where a job waits.
#pragma once

#include <optional>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

/// Slots of working workers that could serve the job and are out of order; none when there is none.
/// Says so where no other slot could.
std::optional<WaitReason> faulty_slots(const Scheduler& scheduler, const Job& job);

}  // namespace gwageo
