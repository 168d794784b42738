// Groups of tasks: what a group file says, and what a group shows of its tasks' scores. Both as in
// lm-eval (lm_eval/api/group.py, lm_eval/api/metrics.py). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/task_keys.h"
#include "protocol/result.h"

namespace gwageo {

/// The keys of a group, its members left out.
Result<Group> parse_group(const TaskKeys& keys);

/// One metric under one filter over the tasks of a group.
struct GroupFigure {
  std::string metric;
  std::string filter;
  double value = 0;
  /// Pooled over the tasks; nothing where one of them has none.
  std::optional<double> standard_error;
  std::uint64_t n = 0;  ///< Items of the tasks that have the metric.
};

struct GroupScore {
  std::string group;
  std::uint64_t n = 0;               ///< Items of all its tasks.
  std::vector<std::string> tasks;    ///< All of them, those of inner groups too, in order.
  std::vector<GroupFigure> figures;  ///< In the order of the group's metrics.
};

/// The score of every group, in the suite's order. REQUIRES: the scorecard is of that suite.
std::vector<GroupScore> group_scores(const Suite& suite, const Scorecard& scorecard);

}  // namespace gwageo
