// What people decided beside the scores: as judging takes it, and as it is shown.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/gate.h"
#include "benchmarks/verdict.h"
#include "coordinator/contenders.h"

namespace gwageo {

/// What was decided on one candidate, in the order of recording.
std::vector<GateDecision> decisions_on(const JudgementInput& input, const std::string& candidate);

/// {GATE: {"state", "rule", "components": {NAME: {"state", "rule", "reason", "by", "date",
/// "evidence"}}}}: of a floor without rule and components; what is not decided is pending, and null
/// otherwise.
Json gate_details(const JudgementInput& input, const Verdict& verdict);

/// As they were recorded.
Json to_json(const GateDecided& decision);
Json to_json(const PointsRecorded& points);

}  // namespace gwageo
