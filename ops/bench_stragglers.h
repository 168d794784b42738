// gwageo bench stragglers: how much longer a pool takes than it must when some of its workers are
// slow and some are killed.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Runs the same job twice on real processes below `parent`: once undisturbed, and once with --slow
/// workers that take --factor times as long and --kill others that are killed when a third of the
/// work should be done. Prints one line of figures; `over_ideal` is the time of the second run over
/// that in which its workers could have done the work without a pause. Exit code 1 when the results
/// of the two differ.
Result<int> bench_stragglers(const Invocation& arguments, const std::string& parent);

}  // namespace gwageo
