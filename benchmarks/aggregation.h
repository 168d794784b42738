// From the observations of many items to one figure, in two ways.
//
// A scorecard's figures are those of the field's harness to the last bit, so they are computed from
// the items in the order of the documents, with its own order of additions (Python 3.11's `sum`,
// from the left; since 3.12 `sum` compensates rounding, which may change the last digits).
// Comparisons of models depend on the multiset of observations only: there the figure is computed
// from counts. Where all values are 0 or 1 both ways give the same figure, exactly.
//
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "benchmarks/fraction.h"
#include "protocol/result.h"

namespace gwageo {

/// What a metric saw at one item. `value` is finite and never -0.0.
struct Observation {
  double value = 0;
  std::int32_t predicted = 0;  ///< For metrics over labels; -1: no label.
  std::int32_t gold = 0;
  std::uint32_t weight = 1;  ///< For metrics over texts: their words or bytes.
  friend auto operator<=>(const Observation&, const Observation&) = default;
};

/// What is read of an observation: its value, its value and weight, or its labels.
enum class Observed { values, weighted, labels };

/// Distinct observations, ascending, and how often each occurs. Views.
struct Sample {
  std::span<const Observation> kinds;
  std::span<const std::uint64_t> counts;
  std::uint64_t size() const;
};

/// Observations in the order of the documents. A value.
struct Series {
  std::vector<Observation> kinds;     ///< Distinct, ascending.
  std::vector<std::uint64_t> counts;  ///< Of each kind.
  std::vector<std::uint32_t> items;   ///< The kind of each item.
  Sample sample() const { return {kinds, counts}; }
};

/// Notes observations as they come: 4 bytes an item, and about 80 for each distinct one.
class Tally {
 public:
  void add(const Observation& observation);
  Series series() const;

 private:
  std::map<Observation, std::uint32_t> kinds_;  // Numbered as they came.
  std::vector<std::uint32_t> items_;
};

/// A figure with its uncertainty.
struct Estimate {
  double value = 0;
  std::optional<double> standard_error;   ///< The harness's; absent where it gives none ("N/A").
  std::optional<double> bootstrap_error;  ///< Ours (bootstrap.h); absent for a mean.
  std::optional<Fraction> exact;          ///< Where the value is a ratio of counts that fits.
};

/// How the harness finds a figure's standard error.
enum class ErrorRule { none, closed_form, bootstrap };

/// How a metric's observations become one figure. Immutable: any thread.
class Aggregation {
 public:
  virtual ~Aggregation() = default;
  /// Whether the figure is the mean of the observations' values.
  virtual bool is_mean() const { return false; }
  virtual ErrorRule error_rule() const = 0;
  /// The figure of counts, some of which may be 0. REQUIRES: not all are.
  virtual double value(const Sample& sample) const = 0;
  /// The figure of `items`, each an index into `kinds`, added up in that order: as `value` gives it
  /// for their counts, but for the rounding. REQUIRES: not empty.
  virtual double value_in_order(std::span<const Observation> kinds,
                                std::span<const std::uint32_t> items) const;
  /// The figure as a fraction, where it is a ratio of counts that fits.
  virtual std::optional<Fraction> exact(const Sample& sample) const;
};

/// The figure of a series, with its uncertainty: standard errors for 2 items or more.
/// `iterations`: of the harness's own bootstrap. REQUIRES: the series is not empty.
Estimate estimate(const Aggregation& aggregation, const Series& series, std::uint32_t iterations);

/// An aggregation that exists.
struct AggregationRule {
  std::string_view name;
  Observed observed;
  std::unique_ptr<Aggregation> (*make)();
};
/// Those that a task file may name, sorted by name.
std::span<const AggregationRule> aggregation_rules();
/// The rule called `name`, or nullptr.
const AggregationRule* find_aggregation_rule(std::string_view name);

std::unique_ptr<Aggregation> make_bits_per_byte_aggregation();
std::unique_ptr<Aggregation> make_brier_score_aggregation();
std::unique_ptr<Aggregation> make_matthews_aggregation();
std::unique_ptr<Aggregation> make_mean_aggregation();
std::unique_ptr<Aggregation> make_median_aggregation();
std::unique_ptr<Aggregation> make_nanmean_aggregation();
std::unique_ptr<Aggregation> make_perplexity_aggregation();
std::unique_ptr<Aggregation> make_weighted_perplexity_aggregation();

/// What F1 is taken of. The harness has `binary` alone.
enum class Average { binary, macro, micro };
std::unique_ptr<Aggregation> make_f1_aggregation(Average average);

}  // namespace gwageo
