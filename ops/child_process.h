// Child processes: this very program, started again with another verb.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// Starts this program with `arguments` (verb first). The child is in a process group of its own,
/// so a terminal's interrupt reaches only us; it gets `death_signal` when the calling thread ends,
/// in whatever way. `descriptor`, if any, stays open in it under the same number.
Result<pid_t> start_child(const std::vector<std::string>& arguments, int death_signal,
                          int descriptor = -1);

/// "exited with code 1", "was ended by signal 9": what waitpid reported.
std::string describe_end(int status);

}  // namespace gwageo
