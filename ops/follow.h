// Following a job until it is over, through restarts of the coordinator.
#pragma once

#include <string>

#include "ops/client.h"

namespace gwageo {

/// Shows the job's progress until it is complete and scored, failed or cancelled; returns its last
/// status. unavailable when the coordinator stays away for a minute.
Result<Json> follow(Client& client, const std::string& job);

}  // namespace gwageo
