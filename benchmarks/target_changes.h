// What differs between two versions of a target, in words. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "benchmarks/target.h"

namespace gwageo {

/// Everything that a target says, key by key, defaults too: {"share", "0.95"}, {"gate safety",
/// "axis safety, floor 0.8"}. Comments, layout and the order of lists are no part of it.
std::vector<std::pair<std::string, std::string>> said_by(const Target& target);

/// One line for each key: "share: 0.95 -> 0.9", "gate safety: added (axis safety, floor 0.8)",
/// "axis korean share: removed (0.9)". Empty where both say the same.
std::vector<std::string> changes(const Target& before, const Target& after);

}  // namespace gwageo
