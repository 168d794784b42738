// A scorecard: a job's scores with their uncertainty, and the per-item values that a comparison
// with another model pairs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/fraction.h"
#include "benchmarks/plan.h"
#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo {

/// One metric of one task.
struct MetricScore {
  std::string name;  ///< METRIC, with ",FILTER" when the task has several filters.
  double value = 0;
  std::optional<double> standard_error;   ///< The field's harness's; absent where that has "N/A".
  std::optional<double> bootstrap_error;  ///< Ours (bootstrap.h), where the figure is no mean.
  std::uint64_t n = 0;                    ///< Items scored.
  std::optional<Fraction> exact;          ///< Where the value is a ratio of counts.
  bool higher_is_better = true;
  /// The one of the two to go on with. Absent for n < 2.
  std::optional<double> error() const { return bootstrap_error ? bootstrap_error : standard_error; }
};

/// One item's value, over all its repeats, under the task's score metric.
struct ItemValue {
  Digest item_digest;
  std::uint32_t repeat = 0;  ///< 0, but in scorecards of layout 1.
  double value = 0;
  /// For metrics that are no mean of item values (f1): what the aggregate is computed from.
  std::int32_t predicted = 0;
  std::int32_t gold = 0;
  std::uint32_t weight = 1;  ///< For metrics over texts.
  /// Items of a task that share one stand or fall together: the first 8 bytes of the SHA-256 of the
  /// cluster's id, big-endian; 0: by itself.
  std::uint64_t cluster = 0;
};

struct TaskScore {
  std::string task;
  std::string axis;
  std::vector<MetricScore> metrics;  ///< Metric order of the task, filters innermost.
  std::size_t headline = 0;          ///< Index of the score metric in `metrics`.
  std::vector<ItemValue> items;      ///< In plan order, scored items only.
};

struct AxisScore {
  std::string axis;
  double value = 0;
  std::optional<double> standard_error;
};

struct Scorecard {
  std::uint64_t item_count = 0;                         ///< Items of the plan.
  std::array<std::uint64_t, outcome_count> outcomes{};  ///< Items per outcome.
  /// Of the answered and truncated items those that a filter or metric could not read, as where a
  /// pattern meets its bound of work: they are in no score, and count as not covered.
  std::uint64_t unscored = 0;
  std::vector<TaskScore> tasks;  ///< Suite order.
  std::vector<AxisScore> axes;   ///< Suite order; axes with a score only.
  /// Weighted mean of the axes. Absent below full coverage: there is no headline then.
  std::optional<double> total;
  std::optional<Fraction> total_exact;  ///< Where every task's score is a count and it fits.
};

/// Items that are in the scores, of those with these outcomes: answered or truncated, and read.
std::uint64_t scored_items(const std::array<std::uint64_t, outcome_count>& outcomes,
                           std::uint64_t unscored);
inline std::uint64_t scored_items(const Scorecard& scorecard) {
  return scored_items(scorecard.outcomes, scorecard.unscored);
}

/// Canonical bytes of a scorecard, equal for equal scorecards on every machine, and back. The
/// digest of these bytes is the scores root of a `Scored` fact. Bytes of the layouts before this
/// one are read too; corrupt for any others.
std::string encode(const Scorecard& scorecard);
Result<Scorecard> decode_scorecard(std::string_view bytes);

/// {"tasks":{...},"axes":{...},"coverage":{...},"total":...} as design.md section 6 fixes them.
Json to_json(const Scorecard& scorecard);

}  // namespace gwageo
