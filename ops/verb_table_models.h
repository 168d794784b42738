// The verbs about models, for the table of verbs.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> model_verbs();

}  // namespace gwageo
