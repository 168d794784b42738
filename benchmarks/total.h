// From tasks to axes to the total: an axis is the weighted mean of its tasks, the total the
// weighted mean of the axes (design: a task's score is its headline metric). Weights are decimals
// as written, so where every task's score is a ratio of counts, so is the total, exactly. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "benchmarks/fraction.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"

namespace gwageo {

struct Total {
  double value = 0;
  std::optional<Rational> exact;
};

/// The axes that have a score, in suite order. A task without scored items has no part in its axis,
/// nor has one whose headline is better the less it is.
/// REQUIRES: `tasks` are those of the suite, in its order.
std::vector<AxisScore> axis_scores(const Suite& suite, const std::vector<TaskScore>& tasks);

/// The same of one axis, exact where it can be; nothing where it has no score.
std::optional<Total> axis_score(const Suite& suite, const std::vector<TaskScore>& tasks,
                                const std::string& axis);

/// The weighted mean of scores on the suite's axes, in their order; an axis without one has no
/// part. Nothing where no axis of positive weight has one.
std::optional<Total> total_of_axes(const Suite& suite,
                                   const std::vector<std::optional<Total>>& axes);

/// The plain mean, of one the score itself. REQUIRES: not empty.
Total mean_of(const std::vector<Total>& scores);

/// Nothing where a task of positive weight has no scored item. REQUIRES: as above.
std::optional<Total> total_score(const Suite& suite, const std::vector<TaskScore>& tasks);

/// The tasks whose score is better the less it is, in suite order: no part of axis and total.
std::vector<std::string> tasks_outside_total(const Suite& suite);

/// Each task's share of the total, in suite order; they add up to 1 (or are all 0).
std::vector<double> task_shares(const Suite& suite);

}  // namespace gwageo
