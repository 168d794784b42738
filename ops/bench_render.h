// `gwageo bench render`: how fast prompts are made.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Renders a task of `--n` rows with four choices and five examples, made in memory, and prints how
/// long its plan took, and beside it how long its templates alone took. One thread.
Result<int> bench_render(const Invocation& arguments);

}  // namespace gwageo
