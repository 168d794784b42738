#include "benchmarks/metrics/choice_scores.h"

#include <cmath>

#include "benchmarks/numpy_sum.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

bool has_unconditional(const ScoredItem& item) {
  return item.responses.size() == 2 * item.reference.choices.size();
}

std::vector<double> scores_of(std::span<const Response> responses) {
  std::vector<double> out;
  for (const Response& response : responses) out.push_back(response.log_probability);
  return out;
}

}  // namespace

std::vector<double> choice_scores(const ScoredItem& item) {
  const std::size_t half = item.reference.choices.size();
  return scores_of(has_unconditional(item) ? item.responses.first(half) : item.responses);
}

std::vector<double> unconditional_scores(const ScoredItem& item) {
  if (!has_unconditional(item)) return {};
  return scores_of(item.responses.subspan(item.reference.choices.size()));
}

std::vector<double> choice_probabilities(const ScoredItem& item) {
  std::vector<double> out = choice_scores(item);
  const double most = out[argmax(out)];
  // Where even the best is impossible, they are all alike.
  for (double& score : out) score = std::isfinite(most) ? std::exp(score - most) : 1.0;
  const double sum = numpy_sum(out);
  for (double& score : out) score /= sum;
  return out;
}

std::size_t argmax(std::span<const double> scores) {
  GWAGEO_CHECK(!scores.empty());
  std::size_t best = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) return i;
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

Observation is_right(const ScoredItem& item, std::span<const double> scores) {
  const auto predicted = static_cast<std::int64_t>(argmax(scores));
  return {.value = item.reference.is_gold(predicted) ? 1.0 : 0.0};
}

Observation labels_of_choice(const ScoredItem& item) {
  Observation out;
  out.predicted = static_cast<std::int32_t>(argmax(choice_scores(item)));
  out.gold = static_cast<std::int32_t>(item.reference.gold());
  out.value = out.predicted == out.gold ? 1.0 : 0.0;
  return out;
}

Observation score_per_length(const ScoredItem& item,
                             std::size_t (*length_of)(std::string_view choice)) {
  std::vector<double> scores = choice_scores(item);
  GWAGEO_CHECK(item.reference.choices.size() == scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] /= static_cast<double>(length_of(item.reference.choices[i]));
  }
  return is_right(item, scores);
}

}  // namespace gwageo
