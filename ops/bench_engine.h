// gwageo bench engine: what a pool costs a server's token rate.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Has the running server of --url answer the same --n prompts by turns: asked by a bare load
/// generator, which does nothing else, and through a coordinator and a worker, whose data goes
/// below `parent`; --connections in flight both times, so often as --rounds says, each way first
/// every other time. Prints the tokens per second of both in all, and `share`, the median of the
/// rounds' quotients, of which a machine that does other things moves some. Decoding is greedy, so
/// both make the same tokens; they are counted where the server says them. bad_input without --url.
Result<int> bench_engine(const Invocation& arguments, const std::string& parent);

}  // namespace gwageo
