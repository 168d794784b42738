// Who has every slot that could serve a job.
#pragma once

#include <optional>
#include <string>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

/// None while a block that could run the job has nothing out, or none of them anything of another
/// team. `viewer` as of waiting_reasons.
std::optional<WaitReason> slot_holders(const Forecast& forecast, const Job& job,
                                       const std::optional<std::string>& viewer);

}  // namespace gwageo
