// The part of the table of verbs that is about jobs, workers and teams.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> pool_verbs();

}  // namespace gwageo
