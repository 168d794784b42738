// Names: what a model, suite, axis, task, target, team, principal or worker may be called.
#pragma once

#include <string_view>

namespace gwageo {

/// Whether `name` matches [A-Za-z0-9][A-Za-z0-9._-]{0,127}. Pure.
bool is_name(std::string_view name);

}  // namespace gwageo
