// Metrics: what an item's responses are worth. Each metric is one file in metrics/, listed in
// metric_registry.cc. Names, arguments and behaviour are those of lm-eval (lm_eval/api/metrics.py
// and ConfigurableTask.process_results). Pure.
//
// To add one: write metrics/NAME.cc with a `make_NAME_metric`, declare it below, list it in the
// registry. A change of behaviour raises the rule's version there, which changes `scorer_digest`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/filter.h"
#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/request.h"
#include "protocol/result.h"

namespace gwageo {

/// One item as a metric sees it. Borrowed.
struct ScoredItem {
  const Reference& reference;
  /// Of the first repeat, one for each of its requests: for multiple_choice one a choice, then,
  /// where acc_mutual_info asks for them, as many without the context.
  std::span<const Response> responses;
  /// What the filters made of the texts of all repeats. REQUIRES: there for generate_until alone.
  const Filtered* filtered = nullptr;
};

/// One metric of one task. Immutable: may be used from several threads at once.
class Metric {
 public:
  virtual ~Metric() = default;
  /// An error means that the item has no score under this metric: a pattern of its arguments met
  /// its bound on the answer.
  virtual Result<Observation> score(const ScoredItem& item) const = 0;
};

/// A metric that exists.
struct MetricRule {
  std::string_view name;
  std::uint32_t version;
  std::string_view aggregation;  ///< Its own, where YAML names none.
  bool higher_is_better;         ///< Where YAML does not say.
  Observed observed;             ///< What its aggregation must read.
  std::span<const OutputType> output_types;
  /// bad_input names an argument that is wrong.
  Result<std::unique_ptr<Metric>> (*make)(const MetricSpec& spec, OutputType output_type);
};

/// Every metric of this version, sorted by name.
std::span<const MetricRule> metric_rules();
/// The rule called `name`, or nullptr. "pass@4" finds pass_at_k, which is a figure for each k.
const MetricRule* find_metric_rule(std::string_view name);

/// The metric of a task. bad_input, by name, when there is no such metric, or not for this output
/// type or aggregation, or when an argument is wrong.
Result<std::unique_ptr<Metric>> make_metric(const MetricSpec& spec, OutputType output_type);
/// How its observations become a figure. REQUIRES: `make_metric` takes the same specification.
std::unique_ptr<Aggregation> make_aggregation(const MetricSpec& spec);
/// bad_input, by metric, when an item with this reference has more labels than a metric of its task
/// can read: F1 of label 1 is of two, and the harness refuses it of more.
Status check_labels(const Task& task, const Reference& reference);
/// Resamples of the harness's bootstrap for a metric.
std::uint32_t harness_iterations_of(const MetricSpec& spec);

/// The name of the figure for one k: "pass_at_k" and 4 give "pass@4"; empty for a metric that has
/// one figure only.
std::string figure_name(std::string_view metric, std::int64_t k);
/// The k of "pass@4"; nothing for other names.
std::optional<std::int64_t> k_of_figure(std::string_view figure);

/// The value that the harness logs for an item: a number, [value, weight], [gold, predicted], or
/// for brier_score [gold, [probabilities]]. `seen` is what the metric saw of the item.
Json logged_value(const MetricSpec& spec, OutputType output_type, const ScoredItem& item,
                  const Observation& seen);
/// The places of a task's metrics in the order in which the harness reports them: its own for
/// log-likelihoods, that of the task file for generation.
std::vector<std::size_t> reported_order(const Task& task);

/// The normalisations of exact_match, which the harness passes to every metric over answers. What
/// else it passes is refused there, as its own functions do; those over log-likelihoods read no
/// argument, whatever its name.
std::vector<std::string_view> normalisation_arguments();

/// The label that f1 takes for the right one of an answer; -1 where it names none.
std::int32_t gold_label(const Reference& reference);

Result<std::unique_ptr<Metric>> make_acc_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_acc_mutual_info_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_acc_bytes_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_acc_norm_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_exact_match_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_f1_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_mcc_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_avg_at_k_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_bits_per_byte_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_brier_score_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_byte_perplexity_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_maj_at_k_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_pass_at_k_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_perplexity_metric(const MetricSpec&, OutputType);
Result<std::unique_ptr<Metric>> make_word_perplexity_metric(const MetricSpec&, OutputType);

}  // namespace gwageo
