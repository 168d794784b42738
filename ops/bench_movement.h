// How fast verdicts move: `gwageo bench movement`.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// A pool's examinations in memory, made by the code that makes them in earnest: a suite rendered,
/// every answer recorded, every job evaluated. Prints how long a year takes, judged day by day (40
/// references, 10 candidates), and how long it is from the last missing answer of a reference to
/// all verdicts (8 candidates, 10 references).
Result<int> bench_movement(const Invocation& arguments);

}  // namespace gwageo
