// How often verdicts are right, where the truth is known: `gwageo bench verdicts`.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Simulated examinations, in a table: how often the interval covers the true ratio, how often a
/// candidate passes that is exactly at the share and fails that is, and how often one passes that
/// is as good as the best; beside it what naive comparisons would have said.
Result<int> bench_verdicts(const Invocation& arguments);

}  // namespace gwageo
