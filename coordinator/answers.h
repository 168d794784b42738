// Whose answers there are. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "coordinator/state.h"

namespace gwageo {

/// How many items have a record that workers of a name made and that counts, of each name that has
/// any. Cost: one step for each record of results.
std::map<std::string, std::uint64_t> answers_that_count(const State& state);

}  // namespace gwageo
