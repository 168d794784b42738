// The part of `gwageo bench verdicts` about what a target may compare with beside the best.
#pragma once

#include <string>
#include <vector>

#include "ops/verdict_trials.h"
#include "protocol/json.h"

namespace gwageo {

/// One line for each comparison, number of items and correlation: a candidate at the share, and one
/// at parity.
std::vector<Json> bench_comparisons(TrialRules rules);
/// The lines as a table, with what they mean.
std::string comparisons_text(const std::vector<Json>& lines);

}  // namespace gwageo
