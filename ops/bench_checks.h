// gwageo bench checks: how soon a worker that makes up answers is convicted by checks of workers
// against one another, and how often one that does not is accused.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

Result<int> bench_checks(const Invocation& arguments);

}  // namespace gwageo
