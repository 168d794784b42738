// What the field's harness reports of groups, beside their tasks (lm_eval/api/group.py,
// evaluator_utils.py). Pure.
#pragma once

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "protocol/json.h"

namespace gwageo::lm_eval {

/// Of each group, by its name: name, alias, and the figures of its metrics.
Json group_results(const Suite& suite, const Scorecard& scorecard);
/// Those that have metrics.
Json groups_with_figures(const Suite& suite, const Json& results);
/// Of each group the names of its members.
Json group_members(const Suite& suite);

/// Adds to a table by task what holds for groups: their versions; the number of examples that all
/// members have; the direction of each metric, null where members differ.
void add_group_versions(const Suite& suite, Json& versions);
void add_group_shots(const Suite& suite, Json& shots);
void add_group_directions(const Suite& suite, Json& directions);

}  // namespace gwageo::lm_eval
