// The one text of a JSON value: keys sorted by their bytes, no white space. What is hashed.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo {

/// Equal for values that differ only in the order of their members.
std::string canonical_json(const Json& value);

}  // namespace gwageo
