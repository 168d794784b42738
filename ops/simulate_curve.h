// gwageo simulate --curve: what fairness costs. Our policy over a range of its one knob between
// fairness and loads, several seeds each: a table, JSON, and a chart of makespan against lag.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

Result<int> simulate_curve(const Invocation& arguments);

}  // namespace gwageo
