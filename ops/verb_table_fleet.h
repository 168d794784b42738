// The verbs of a fleet: workers that a cluster's own scheduler starts.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> fleet_verbs();

}  // namespace gwageo
