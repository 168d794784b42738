// The part of the table of verbs that is about the programme: stages, rosters, decisions.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> programme_verbs();

}  // namespace gwageo
