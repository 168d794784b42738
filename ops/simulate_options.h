// Which options of `gwageo simulate` go together. One that would change nothing is refused: whoever
// gave it expects it to.
#pragma once

#include <vector>

#include "ops/invocation.h"
#include "ops/simulate/policies.h"
#include "ops/simulate/traces.h"
#include "protocol/result.h"

namespace gwageo {

/// bad_input, naming both options.
Status check_simulation_options(const Invocation& arguments);
/// Which of the policies' options these policies look at; bad_input names one that none of them
/// does.
Status check_policy_options(const Invocation& arguments,
                            const std::vector<simulate::PolicyKind>& kinds);
/// The same of a trace of this kind.
Status check_trace_options(const Invocation& arguments, simulate::TraceKind kind);

}  // namespace gwageo
