// Who goes before a job: others of its own team, then other teams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/waiting_reasons.h"

namespace gwageo {

/// As waiting_reasons, of which they are a part.
std::vector<WaitReason> whose_turn(const Forecast& forecast, const Job& job,
                                   const std::optional<std::string>& viewer);

}  // namespace gwageo
