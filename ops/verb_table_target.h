// The part of the table of verbs that is about targets and their verdicts.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> target_verbs();

}  // namespace gwageo
