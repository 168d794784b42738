// Where the coordinator is: an address, or a file that says so and may say something else later.
#pragma once

#include <string>

#include "protocol/result.h"

namespace gwageo {

/// What a person gave: "ADDRESS:PORT" and "unix:PATH" are addresses themselves, "file:PATH" is
/// whatever the first line of that file says now (a data directory's `endpoint` is such a file).
/// bad_input, naming the file, when it holds no address; not_found or io when it cannot be read.
Result<std::string> coordinator_address(const std::string& given);

}  // namespace gwageo
