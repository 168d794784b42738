// How fast uncertainty is computed: `gwageo bench statistics`.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// The interval of a ratio to the best of ten references by paired bootstrap, one thread, for
/// scores of 0 and 1, for any scores and for clustered items; then standard errors by bootstrap of
/// figures that are no mean, on every core. A line of figures for each.
Result<int> bench_statistics(const Invocation& arguments);

}  // namespace gwageo
