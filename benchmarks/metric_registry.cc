#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "benchmarks/arguments.h"
#include "benchmarks/harness_bootstrap.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"
#include "protocol/check.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::array over_choices{OutputType::multiple_choice};
constexpr std::array over_likelihoods{OutputType::multiple_choice, OutputType::loglikelihood};
constexpr std::array over_likelihood{OutputType::loglikelihood};
constexpr std::array over_texts{OutputType::loglikelihood_rolling};
constexpr std::array over_answers{OutputType::multiple_choice, OutputType::generate_until};
constexpr std::array over_generation{OutputType::generate_until};

using enum Observed;
constexpr std::array known_metrics{
    MetricRule{"acc", 2, "mean", true, values, over_likelihoods, &make_acc_metric},
    MetricRule{"acc_bytes", 2, "mean", true, values, over_choices, &make_acc_bytes_metric},
    MetricRule{"acc_mutual_info", 1, "mean", true, values, over_choices,
               &make_acc_mutual_info_metric},
    MetricRule{"acc_norm", 2, "mean", true, values, over_choices, &make_acc_norm_metric},
    MetricRule{"avg_at_k", 1, "mean", true, values, over_generation, &make_avg_at_k_metric},
    MetricRule{"bits_per_byte", 1, "bits_per_byte", false, weighted, over_texts,
               &make_bits_per_byte_metric},
    MetricRule{"brier_score", 1, "brier_score", false, values, over_choices,
               &make_brier_score_metric},
    MetricRule{"byte_perplexity", 1, "weighted_perplexity", false, weighted, over_texts,
               &make_byte_perplexity_metric},
    MetricRule{"exact_match", 4, "mean", true, values, over_answers, &make_exact_match_metric},
    MetricRule{"f1", 3, "f1", true, labels, over_answers, &make_f1_metric},
    MetricRule{"maj_at_k", 1, "mean", true, values, over_generation, &make_maj_at_k_metric},
    MetricRule{"mcc", 2, "matthews_corrcoef", true, labels, over_choices, &make_mcc_metric},
    MetricRule{"pass_at_k", 1, "mean", true, values, over_generation, &make_pass_at_k_metric},
    MetricRule{"perplexity", 1, "perplexity", false, values, over_likelihood,
               &make_perplexity_metric},
    MetricRule{"word_perplexity", 1, "weighted_perplexity", false, weighted, over_texts,
               &make_word_perplexity_metric},
};

/// Metrics of the field's harness that this version does not have, and why.
struct MissingMetric {
  std::string_view name;
  std::string_view why;
};
constexpr std::string_view later = "not in this version";
constexpr std::array missing_metrics{
    MissingMetric{"acc_all", later},
    MissingMetric{"bleu", later},
    MissingMetric{"bypass",
                  "it scores nothing; leave the task unscored in the harness, or give it a metric"},
    MissingMetric{"chrf", later},
    MissingMetric{"likelihood", "its values are lists, which no aggregation of the harness takes"},
    MissingMetric{"mae", later},
    MissingMetric{"rouge", later},
    MissingMetric{"ter", later},
};

/// The harness's own order of what it reports of log-likelihoods.
constexpr std::array<std::string_view, 13> likelihood_order{"perplexity",
                                                            "acc",
                                                            "f1",
                                                            "mcc",
                                                            "acc_norm",
                                                            "acc_bytes",
                                                            "exact_match",
                                                            "brier_score",
                                                            "likelihood",
                                                            "acc_mutual_info",
                                                            "word_perplexity",
                                                            "byte_perplexity",
                                                            "bits_per_byte"};

std::string_view name_of_type(OutputType type) {
  switch (type) {
    case OutputType::multiple_choice: return "multiple_choice";
    case OutputType::loglikelihood: return "loglikelihood";
    case OutputType::loglikelihood_rolling: return "loglikelihood_rolling";
    case OutputType::generate_until: return "generate_until";
  }
  return "unknown";
}

tl::unexpected<Error> refuse_metric(const MetricSpec& spec, std::string_view why) {
  return fail(ErrorKind::bad_input, "metric '" + spec.metric + "': " + std::string(why));
}

Status check_aggregation(const MetricSpec& spec, const MetricRule& rule) {
  const AggregationRule* const aggregation = find_aggregation_rule(spec.aggregation);
  if (aggregation == nullptr) {
    std::vector<std::string_view> names;
    for (const AggregationRule& known : aggregation_rules()) names.push_back(known.name);
    return refuse_metric(spec, "aggregation '" + spec.aggregation + "' is not in this version" +
                                   nearest_hint(spec.aggregation, names));
  }
  if (aggregation->observed == rule.observed) return {};
  return refuse_metric(spec, "aggregation '" + spec.aggregation +
                                 "' does not go with what it sees of an item; it takes '" +
                                 std::string(rule.aggregation) + "'");
}

/// Empty for a metric that there is not.
std::string_view aggregation_of(const MetricSpec& spec) {
  if (!spec.aggregation.empty()) return spec.aggregation;
  const MetricRule* const rule = find_metric_rule(spec.metric);
  return rule == nullptr ? std::string_view() : rule->aggregation;
}

/// What F1 is taken of. A named aggregation is the harness's, which knows nothing but `binary`.
Average average_of(const MetricSpec& spec) {
  if (!spec.aggregation.empty()) return Average::binary;
  const auto average = Arguments(spec.arguments).text("average", "binary");
  if (average && *average == "macro") return Average::macro;
  if (average && *average == "micro") return Average::micro;
  return Average::binary;
}

}  // namespace

std::span<const MetricRule> metric_rules() { return known_metrics; }

const MetricRule* find_metric_rule(std::string_view name) {
  std::string full(name);
  if (k_of_figure(name)) full = full.substr(0, full.find('@')) + "_at_k";
  const auto found = std::find_if(known_metrics.begin(), known_metrics.end(),
                                  [&](const MetricRule& rule) { return rule.name == full; });
  return found == known_metrics.end() ? nullptr : &*found;
}

Result<std::unique_ptr<Metric>> make_metric(const MetricSpec& spec, OutputType output_type) {
  const MetricRule* rule = find_metric_rule(spec.metric);
  if (rule == nullptr) {
    std::vector<std::string_view> names;
    for (const MetricRule& known : known_metrics) names.push_back(known.name);
    for (const MissingMetric& known : missing_metrics) {
      if (known.name == spec.metric) return refuse_metric(spec, known.why);
    }
    return refuse_metric(spec, "there is no such metric" + nearest_hint(spec.metric, names));
  }
  const auto& types = rule->output_types;
  if (std::find(types.begin(), types.end(), output_type) == types.end()) {
    return refuse_metric(spec, "not for output_type " + std::string(name_of_type(output_type)));
  }
  if (!spec.aggregation.empty()) GWAGEO_TRY(check_aggregation(spec, *rule));
  auto metric = rule->make(spec, output_type);
  if (!metric) return fail("metric '" + spec.metric + "'", std::move(metric).error());
  return metric;
}

std::unique_ptr<Aggregation> make_aggregation(const MetricSpec& spec) {
  const std::string_view name = aggregation_of(spec);
  if (name == "f1") return make_f1_aggregation(average_of(spec));
  const AggregationRule* const aggregation = find_aggregation_rule(name);
  GWAGEO_CHECK(aggregation != nullptr);
  return aggregation->make();
}

Status check_labels(const Task& task, const Reference& reference) {
  if (task.is_scored_elsewhere) return {};
  for (const MetricSpec& spec : task.metrics) {
    const bool is_of_one = aggregation_of(spec) == "f1" && average_of(spec) == Average::binary;
    if (!is_of_one) continue;
    const std::size_t choices = reference.choices.size();
    const std::int32_t gold = gold_label(reference);
    if (choices <= 2 && gold <= 1) continue;
    const std::string seen =
        choices > 2 ? std::to_string(choices) + " choices" : "the label " + std::to_string(gold);
    return refuse_metric(spec,
                         "binary F1 is of the labels 0 and 1, and the item has " + seen +
                             " (the harness ends there as well); leave 'aggregation' out and write "
                             "'average: macro' or 'micro' beside 'metric: f1', or take acc or mcc");
  }
  return {};
}

std::uint32_t harness_iterations_of(const MetricSpec& spec) {
  const bool is_slow = spec.metric == "bleu" || spec.metric == "chrf" || spec.metric == "ter";
  return is_slow ? harness_iterations_of_slow_metrics : harness_iterations;
}

std::string figure_name(std::string_view metric, std::int64_t k) {
  constexpr std::string_view ending = "_at_k";
  if (!metric.ends_with(ending)) return {};
  return std::string(metric.substr(0, metric.size() - ending.size())) + "@" + std::to_string(k);
}

std::optional<std::int64_t> k_of_figure(std::string_view figure) {
  const std::size_t at = figure.find('@');
  if (at == figure.npos) return std::nullopt;
  const std::string_view digits = figure.substr(at + 1);
  std::int64_t k = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), k);
  const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  if (!is_whole || k < 1 || std::to_string(k) != digits) return std::nullopt;
  return k;
}

Json logged_value(const MetricSpec& spec, OutputType output_type, const ScoredItem& item,
                  const Observation& seen) {
  const MetricRule* const rule = find_metric_rule(spec.metric);
  GWAGEO_CHECK(rule != nullptr);
  constexpr std::int64_t no_gold = -100;  // The harness's label for a target that is no choice.
  const std::int64_t gold = seen.gold < 0 ? no_gold : seen.gold;
  if (rule->name == "brier_score") {
    const std::vector<double> probabilities = choice_probabilities(item);
    return Json(Json::Array{gold, Json(Json::Array(probabilities.begin(), probabilities.end()))});
  }
  switch (rule->observed) {
    case Observed::weighted: return Json(Json::Array{seen.value, seen.weight});
    case Observed::labels:
      return Json(Json::Array{gold, static_cast<std::int64_t>(seen.predicted)});
    case Observed::values: break;
  }
  const bool is_flag = (output_type == OutputType::loglikelihood && rule->name == "acc") ||
                       (output_type == OutputType::multiple_choice && rule->name == "exact_match");
  if (is_flag) return Json(static_cast<std::int64_t>(seen.value));
  return Json(seen.value);
}

std::vector<std::size_t> reported_order(const Task& task) {
  std::vector<std::size_t> order(task.metrics.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (task.output_type == OutputType::generate_until) return order;
  const auto rank = [&](std::size_t metric) {
    return std::find(likelihood_order.begin(), likelihood_order.end(),
                     task.metrics[metric].metric) -
           likelihood_order.begin();
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

std::vector<std::string_view> normalisation_arguments() {
  return {"regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers",
          "hf_evaluate"};
}

}  // namespace gwageo
