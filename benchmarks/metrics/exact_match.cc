// exact_match: whether the answer is one of the targets, both normalised first (answer_match.h).
// For multiple_choice, whether a right choice is what the model would have said greedily; the
// normalisations mean nothing there.
#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/answer_match.h"

namespace gwageo {
namespace {

class ExactMatchMetric final : public Metric {
 public:
  explicit ExactMatchMetric(AnswerMatch match) : match_(std::move(match)) {}

  Observation score(const ScoredItem& item) const override {
    if (item.filtered == nullptr) return {};
    return {.value = match_.share(item.filtered->answer, item.reference)};
  }

 private:
  AnswerMatch match_;
};

class GreedyChoiceMetric final : public Metric {
 public:
  Observation score(const ScoredItem& item) const override {
    for (const std::int64_t gold : item.reference.golds) {
      if (gold >= static_cast<std::int64_t>(item.responses.size())) continue;
      if (item.responses[static_cast<std::size_t>(gold)].greedy) return {.value = 1.0};
    }
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<Metric>> make_exact_match_metric(const MetricSpec& spec,
                                                        OutputType output_type) {
  if (output_type == OutputType::multiple_choice) return std::make_unique<GreedyChoiceMetric>();
  const Arguments arguments(spec.arguments);
  GWAGEO_TRY(arguments.only(normalisation_arguments()));
  GWAGEO_ASSIGN(match, AnswerMatch::create(arguments));
  return std::make_unique<ExactMatchMetric>(std::move(match));
}

}  // namespace gwageo
