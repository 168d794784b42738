// gwageo bench fleet: a thousand workers on one coordinator. What is asked of it: results arrive
// at a rate that is held, acknowledgements stay quick, and the coordinator's memory stays flat.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Prints a line of figures; code 1 when one of the bars that it names is missed.
Result<int> bench_fleet(const Invocation& arguments, const std::string& parent);

}  // namespace gwageo
