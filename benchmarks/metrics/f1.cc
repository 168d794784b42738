// f1: F1 over labels (aggregations/f1.cc). The label of a choice is its index. For generate_until
// it is the index of the choice that equals the answer, or, without choices, the integer that the
// answer is; the harness takes no texts there.
#include <algorithm>
#include <charconv>

#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/choice_scores.h"
#include "benchmarks/python_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

constexpr std::int32_t no_label = -1;

/// The label that a text names: its place among `choices`, or the integer that it is.
std::int32_t label_named(std::string_view text, const std::vector<std::string>& choices) {
  if (!choices.empty()) {
    const auto found = std::find(choices.begin(), choices.end(), text);
    return found == choices.end() ? no_label : static_cast<std::int32_t>(found - choices.begin());
  }
  const std::string_view digits = strip_space(text, true, true);
  std::int32_t value = no_label;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && value >= 0;
  return whole ? value : no_label;
}

class ChosenLabelMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    return labels_of_choice(item);
  }
};

class AnsweredLabelMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    const Reference& reference = item.reference;
    GWAGEO_CHECK(item.filtered != nullptr);
    Observation out{.predicted = label_of(item.filtered->answer, reference),
                    .gold = gold_label(reference)};
    out.value = out.predicted == out.gold && out.gold >= 0 ? 1.0 : 0.0;
    return out;
  }

 private:
  static std::int32_t label_of(const Json& answer, const Reference& reference) {
    if (!answer.is_string() && !answer.is_integer()) return no_label;
    return label_named(python_text(answer), reference.choices);
  }
};

}  // namespace

std::int32_t gold_label(const Reference& reference) {
  if (reference.gold() >= 0) return static_cast<std::int32_t>(reference.gold());
  if (reference.targets.empty()) return no_label;
  return label_named(reference.targets.front(), reference.choices);
}

Result<std::unique_ptr<Metric>> make_f1_metric(const MetricSpec& spec, OutputType output_type) {
  const Arguments arguments(spec.arguments);
  if (output_type == OutputType::generate_until) {
    std::vector<std::string_view> known = normalisation_arguments();
    known.push_back("average");
    GWAGEO_TRY(arguments.only(known));
  }
  // The harness knows no `average`: it is ours, and only where the task names no aggregation.
  GWAGEO_ASSIGN(average, arguments.text(spec.aggregation.empty() ? "average" : "", "binary"));
  if (average != "binary" && average != "macro" && average != "micro") {
    return fail(ErrorKind::bad_input,
                "argument 'average': expected binary, macro or micro, got '" + average + "'");
  }
  if (output_type == OutputType::multiple_choice) return std::make_unique<ChosenLabelMetric>();
  return std::make_unique<AnsweredLabelMetric>();
}

}  // namespace gwageo
