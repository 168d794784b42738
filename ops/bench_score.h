// How fast answers are scored: `gwageo bench score`.
#pragma once

#include <cstdint>

#include "protocol/result.h"

namespace gwageo {

struct ScoreSpeed {
  std::uint64_t outputs = 0;
  std::uint64_t bytes = 0;       ///< Of all outputs.
  double seconds = 0;            ///< From the first output to the scorecard, one thread.
  double cpu_seconds = 0;        ///< Of the same; less where the machine has other work.
  double value = 0;              ///< The share of right answers, so that a change is seen.
  double bootstrap_seconds = 0;  ///< The harness's bootstrap of an F1 over 1,319 items.
  double bootstrap_error = 0;
};

/// Scores so many outputs of about 300 characters as GSM8K's task does: two regex filters, exact
/// match with four patterns to ignore. Outputs and targets are made before the clock starts.
Result<ScoreSpeed> measure_scoring(std::uint64_t outputs);

}  // namespace gwageo
