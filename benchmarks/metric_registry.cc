#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "benchmarks/metric.h"
#include "protocol/check.h"
#include "protocol/yaml.h"

namespace gwageo {
namespace {

constexpr std::array over_choices{OutputType::multiple_choice};
constexpr std::array over_likelihoods{OutputType::multiple_choice, OutputType::loglikelihood};
constexpr std::array over_answers{OutputType::multiple_choice, OutputType::generate_until};

constexpr std::array rules{
    MetricRule{"acc", 1, "mean", true, over_likelihoods, &make_acc_metric},
    MetricRule{"acc_bytes", 1, "mean", true, over_choices, &make_acc_bytes_metric},
    MetricRule{"acc_norm", 1, "mean", true, over_choices, &make_acc_norm_metric},
    MetricRule{"exact_match", 2, "mean", true, over_answers, &make_exact_match_metric},
    MetricRule{"f1", 1, "f1", true, over_answers, &make_f1_metric},
    MetricRule{"mcc", 1, "matthews_corrcoef", true, over_choices, &make_mcc_metric},
};

/// Metrics of the field's harness that a later version will have.
constexpr std::array<std::string_view, 14> later{
    "acc_all",    "acc_mutual_info", "bits_per_byte", "bleu",           "brier_score",
    "bypass",     "byte_perplexity", "chrf",          "likelihood",     "mae",
    "perplexity", "rouge",           "ter",           "word_perplexity"};

std::string_view name_of(OutputType type) {
  switch (type) {
    case OutputType::multiple_choice: return "multiple_choice";
    case OutputType::loglikelihood: return "loglikelihood";
    case OutputType::loglikelihood_rolling: return "loglikelihood_rolling";
    case OutputType::generate_until: return "generate_until";
  }
  return "unknown";
}

tl::unexpected<Error> refuse(const MetricSpec& spec, std::string_view why) {
  return fail(ErrorKind::bad_input, "metric '" + spec.metric + "': " + std::string(why));
}

}  // namespace

std::span<const MetricRule> metric_rules() { return rules; }

const MetricRule* find_metric_rule(std::string_view name) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const MetricRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

Result<std::unique_ptr<Metric>> make_metric(const MetricSpec& spec, OutputType output_type) {
  const MetricRule* rule = find_metric_rule(spec.metric);
  if (rule == nullptr) {
    if (std::find(later.begin(), later.end(), spec.metric) != later.end()) {
      return refuse(spec, "not in this version");
    }
    std::vector<std::string_view> names;
    for (const MetricRule& known : rules) names.push_back(known.name);
    return refuse(spec, "there is no such metric" + nearest_hint(spec.metric, names));
  }
  const auto& types = rule->output_types;
  if (std::find(types.begin(), types.end(), output_type) == types.end()) {
    return refuse(spec, "not for output_type " + std::string(name_of(output_type)));
  }
  if (!spec.aggregation.empty() && spec.aggregation != rule->aggregation) {
    return refuse(spec, "aggregation '" + spec.aggregation +
                            "' is not in this version; it takes '" +
                            std::string(rule->aggregation) + "'");
  }
  auto metric = rule->make(spec, output_type);
  if (!metric) return fail("metric '" + spec.metric + "'", std::move(metric).error());
  return metric;
}

std::size_t argmax(std::span<const double> scores) {
  GWAGEO_CHECK(!scores.empty());
  std::size_t best = 0;
  double best_score = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!(scores[i] > best_score)) continue;
    best = i;
    best_score = scores[i];
  }
  return best;
}

std::vector<std::string_view> normalisation_arguments() {
  return {"regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers",
          "hf_evaluate"};
}

}  // namespace gwageo
