// gwageo bench audits: how often a sample that is run again finds who forges answers, and how often
// it accuses who does not.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

Result<int> bench_audits(const Invocation& arguments);

}  // namespace gwageo
