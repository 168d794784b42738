// The command by which a target comes: target.add, and what a target has to fit.
#pragma once

#include "benchmarks/target.h"
#include "coordinator/command_queries.h"

namespace gwageo {

/// Whether everything is there that a target names: its suite or board, candidates, the reference
/// that is compared with, and the suite's axes. bad_input says where the file names it.
Status check_target(const CommandRequest& request, const Target& target);

namespace targets {

/// Takes a target's file, which has to fit. One that is the target's newest version already is
/// taken as it is.
CommandOutcome add(const CommandRequest& request);

}  // namespace targets
}  // namespace gwageo
