// The table of verbs: all that `gwageo` can be told to do.
#pragma once

#include <string>
#include <vector>

#include "ops/command_line.h"

namespace gwageo {

const std::vector<Verb>& verb_table();
/// What `gwageo` alone prints.
const std::string& overview();

}  // namespace gwageo
