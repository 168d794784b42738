// gwageo simulate --compare: our policy against every rival on every case that is shipped, or on
// the one case or trace that is given; and whether both bars hold that it is to clear.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

Result<int> simulate_compare(const Invocation& arguments);

}  // namespace gwageo
