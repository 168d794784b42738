// gwageo bench endpoint: how fast a model behind an OpenAI-compatible server is asked.
#pragma once

#include <string>

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

/// Asks the server of --url --n times, either through an engine alone or through a whole pool whose
/// data goes below `parent`, and prints one line of figures. `client_cpu` and `server_cpu` are
/// cores in use: processor time for each second that passed.
Result<int> bench_endpoint(const Invocation& arguments, const std::string& parent);

}  // namespace gwageo
