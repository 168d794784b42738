// exact_match: whether the answer is one of the targets, both normalised first, in the harness's
// order: what `regexes_to_ignore` match is taken out, then case, then ASCII punctuation, then the
// digits 0 to 9. For multiple_choice, whether the right choice is what the model would have said
// greedily; the normalisations mean nothing there.
//
// No answer, or one that a pattern cannot read within its bound, is wrong.
#include <algorithm>

#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

/// Python's `string.punctuation`.
bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Normaliser {
  std::vector<Regex> ignored;
  bool ignore_case = false;
  bool ignore_punctuation = false;
  bool ignore_numbers = false;

  static Result<Normaliser> create(const Arguments& arguments) {
    Normaliser out;
    GWAGEO_ASSIGN(patterns, arguments.texts("regexes_to_ignore"));
    for (const std::string& pattern : patterns) {
      auto regex = Regex::compile(pattern);
      if (!regex) return fail("argument 'regexes_to_ignore'", std::move(regex).error());
      out.ignored.push_back(std::move(*regex));
    }
    GWAGEO_ASSIGN(ignore_case, arguments.boolean("ignore_case", false));
    GWAGEO_ASSIGN(ignore_punctuation, arguments.boolean("ignore_punctuation", false));
    GWAGEO_ASSIGN(ignore_numbers, arguments.boolean("ignore_numbers", false));
    out.ignore_case = ignore_case;
    out.ignore_punctuation = ignore_punctuation;
    out.ignore_numbers = ignore_numbers;
    return out;
  }

  Result<std::string> normalise(std::string text) const {
    for (const Regex& regex : ignored) {
      GWAGEO_ASSIGN(kept, regex.replace_all(text, ""));
      text = std::move(kept);
    }
    if (ignore_case) text = lowercase(text);
    if (ignore_punctuation) std::erase_if(text, is_punctuation);
    if (ignore_numbers) std::erase_if(text, is_digit);
    return text;
  }
};

class ExactMatchMetric final : public Metric {
 public:
  explicit ExactMatchMetric(Normaliser normaliser) : normaliser_(std::move(normaliser)) {}

  Observation score(const ScoredItem& item) const override {
    return {.value = is_match(item) ? 1.0 : 0.0};
  }

  const Aggregation& aggregation() const override { return mean_; }

 private:
  bool is_match(const ScoredItem& item) const {
    if (item.answer == nullptr) return false;
    const Result<std::string> answer = normaliser_.normalise(*item.answer);
    if (!answer) return false;
    const std::vector<std::string>& targets = item.entry.reference.targets;
    return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
      const Result<std::string> wanted = normaliser_.normalise(target);
      return wanted && *wanted == *answer;
    });
  }

  Normaliser normaliser_;
  MeanAggregation mean_;
};

class GreedyChoiceMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    for (const std::int64_t gold : item.entry.reference.golds) {
      if (gold >= static_cast<std::int64_t>(item.responses.size())) continue;
      if (item.responses[static_cast<std::size_t>(gold)].greedy) return {.value = 1.0};
    }
    return {};
  }

  const Aggregation& aggregation() const override { return mean_; }

 private:
  MeanAggregation mean_;
};

}  // namespace

Result<std::unique_ptr<Metric>> make_exact_match_metric(const MetricSpec& spec,
                                                        OutputType output_type) {
  const Arguments arguments(spec.arguments);
  GWAGEO_TRY(arguments.only(normalisation_arguments()));
  if (output_type == OutputType::multiple_choice) return std::make_unique<GreedyChoiceMetric>();
  GWAGEO_ASSIGN(normaliser, Normaliser::create(arguments));
  return std::make_unique<ExactMatchMetric>(std::move(normaliser));
}

}  // namespace gwageo
