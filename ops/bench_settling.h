// The part of `gwageo bench verdicts` about verdicts that are carried on by asking again.
#pragma once

#include <string>
#include <vector>

#include "ops/verdict_trials.h"
#include "protocol/json.h"

namespace gwageo {

/// One line for each number of items and correlation: a candidate at the share, and one at parity.
std::vector<Json> bench_settling(TrialRules rules);
/// The lines as a table, with what they mean.
std::string settling_text(const std::vector<Json>& lines);

}  // namespace gwageo
