// What a verdict comes to.
#pragma once

#include <string_view>

namespace gwageo {

enum class VerdictKind { pass, fail, inconclusive, pending, ineligible };
std::string_view to_string(VerdictKind kind);

}  // namespace gwageo
