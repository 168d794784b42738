// Another program, run to its end: what it is given, what it said, and never for longer than
// allowed.
#pragma once

#include <string>
#include <vector>

#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

struct CommandEnd {
  int code = 0;  ///< 128 + N when signal N ended it.
  std::string out;
  std::string err;
};

/// Runs `words` (the first is looked for on the PATH) with `input` as its standard input. In a
/// process group of its own, so that a terminal's interrupt reaches only us, and ended with the
/// calling thread. not_found when there is no such program; unavailable when it has not ended after
/// `at_most`, and then it is killed; corrupt when it says more than 64 MiB. REQUIRES: SIGPIPE is
/// ignored.
Result<CommandEnd> run_command(const std::vector<std::string>& words, const std::string& input,
                               Duration at_most);

}  // namespace gwageo
