// What `gwageo simulate` was asked to simulate: fleet and work, from the command line's options and
// the files that they name.
#pragma once

#include <cstdint>
#include <string>

#include "ops/invocation.h"
#include "ops/simulate/cases.h"
#include "ops/simulate/generator.h"
#include "ops/simulate/policies.h"
#include "protocol/result.h"

namespace gwageo {

struct SimulationSetup {
  std::string title;  ///< For a person.
  simulate::Fleet fleet;
  simulate::Work work;
  std::uint64_t seed = 0;
  std::uint64_t left_out = 0;  ///< Rows of a trace.
  std::uint64_t widened = 0;   ///< Rows of a trace whose slots are wider than they ask for.
};

/// bad_input, naming option or file, line and field; io where a file cannot be read.
Result<SimulationSetup> set_up_simulation(const Invocation& arguments, std::uint64_t seed);
/// The same of this case, whatever --case says.
Result<SimulationSetup> set_up_simulation(const Invocation& arguments, simulate::Case base,
                                          std::uint64_t seed);

/// Which rows of a trace are not simulated as they are, a line each; nothing where all are.
std::string trace_rows_text(std::uint64_t left_out, std::uint64_t widened);

Result<simulate::PolicyOptions> policy_options(const Invocation& arguments);

/// A span of time as people write it: "30s", "1.5m", "2h", "1d"; bad_input for anything else, for 0
/// and for more than 1,000 days. 0 is a span where `may_be_none`.
Result<Duration> parse_span(std::string_view text, bool may_be_none = false);

}  // namespace gwageo
