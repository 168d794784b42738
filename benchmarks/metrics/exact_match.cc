// exact_match: whether the answer is one of the targets, both normalised first (answer_match.h).
// For multiple_choice, whether a right choice is what the model would have said greedily; the
// normalisations mean nothing there.
#include "benchmarks/arguments.h"
#include "benchmarks/metric.h"
#include "benchmarks/metrics/answer_match.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

class ExactMatchMetric final : public Metric {
 public:
  explicit ExactMatchMetric(AnswerMatch match) : match_(std::move(match)) {}

  Result<Observation> score(const ScoredItem& item) const override {
    GWAGEO_CHECK(item.filtered != nullptr);
    GWAGEO_ASSIGN(share, match_.share(item.filtered->answer, item.reference));
    return Observation{.value = share};
  }

 private:
  AnswerMatch match_;
};

class GreedyChoiceMetric final : public Metric {
 public:
  Result<Observation> score(const ScoredItem& item) const override {
    for (const std::int64_t gold : item.reference.golds) {
      if (gold >= static_cast<std::int64_t>(item.responses.size())) continue;
      if (item.responses[static_cast<std::size_t>(gold)].greedy) return Observation{.value = 1.0};
    }
    return Observation{};
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
