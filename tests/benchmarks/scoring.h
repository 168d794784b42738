// Makes small suites, items and responses for the tests of scoring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/plan.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo::scoring {

/// {"a": 1} and the like; the text is known to be JSON.
Json args(std::string_view text);
FilterStep step(std::string function, std::string_view arguments = "{}");
MetricSpec metric(std::string name, std::string_view arguments = "{}");
Task task(std::string name, std::string axis, OutputType type, std::string metric_name);
Suite suite(std::vector<Axis> axes, std::vector<Task> tasks);

/// An item whose digest is that of its name and task.
PlanEntry entry(std::uint32_t task, const std::string& item, std::size_t requests = 1);
PlanEntry question(std::uint32_t task, const std::string& item, std::vector<std::string> targets);
PlanEntry choice(std::uint32_t task, const std::string& item, std::vector<std::string> choices,
                 std::int64_t gold);

Response text(std::string said, Outcome outcome = Outcome::answered);
std::vector<Response> likelihoods(const std::vector<double>& values, int greedy = -1);

/// A scorecard of 0/1 items: one list of answers per task of the suite, 1 right, 0 wrong, -1
/// failed.
Scorecard card(const Suite& suite, const std::vector<std::vector<int>>& answers);

}  // namespace gwageo::scoring
