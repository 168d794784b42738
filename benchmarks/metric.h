// Metrics: what an item's responses are worth. Each metric is one file in metrics/, listed in
// metric_registry.cc. Names, arguments and behaviour are those of lm-eval (lm_eval/api/metrics.py
// and ConfigurableTask.process_results). Pure.
//
// To add one: write metrics/NAME.cc with a `make_NAME_metric`, declare it below, list it in the
// registry. A change of behaviour raises the rule's version there, which changes `scorer_digest`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/request.h"
#include "protocol/result.h"

namespace gwageo {

/// One item as a metric sees it. Borrowed.
struct ScoredItem {
  const PlanEntry& entry;
  std::span<const Response> responses;  ///< Those of entry.requests, in that order.
  /// generate_until only: what the filters made of the response; nullptr where they found none.
  const std::string* answer = nullptr;
};

/// One metric of one task. Immutable: may be used from several threads at once.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual Observation score(const ScoredItem& item) const = 0;
  virtual const Aggregation& aggregation() const = 0;
};

/// A metric that exists.
struct MetricRule {
  std::string_view name;
  std::uint32_t version;
  std::string_view aggregation;  ///< Its own, where YAML names none.
  bool higher_is_better;         ///< Where YAML does not say.
  std::span<const OutputType> output_types;
  /// bad_input names an argument that is wrong.
  Result<std::unique_ptr<Metric>> (*make)(const MetricSpec& spec, OutputType output_type);
};

/// Every metric of this version, sorted by name.
std::span<const MetricRule> metric_rules();
/// The rule called `name`, or nullptr.
const MetricRule* find_metric_rule(std::string_view name);

/// The metric of a task. bad_input, by name, when there is no such metric, or not for this output
/// type or aggregation, or when an argument is wrong.
Result<std::unique_ptr<Metric>> make_metric(const MetricSpec& spec, OutputType output_type);

/// Index of the largest score, the first of equals, as numpy's argmax; NaN counts as -infinity.
/// REQUIRES: not empty.
std::size_t argmax(std::span<const double> scores);

/// The normalisations of exact_match: the harness passes them to every metric of a task, and those
/// over log-likelihoods ignore them.
std::vector<std::string_view> normalisation_arguments();

Result<std::unique_ptr<Metric>> make_acc_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_acc_bytes_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_acc_norm_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_exact_match_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_f1_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_mcc_metric(const MetricSpec&, OutputType);

}  // namespace gwageo
