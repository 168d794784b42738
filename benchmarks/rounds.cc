#include "benchmarks/rounds.h"

#include <algorithm>
#include <map>
#include <utility>

#include "benchmarks/aggregation.h"
#include "benchmarks/metric.h"
#include "benchmarks/total.h"

namespace gwageo {
namespace {

struct Seen {
  double sum = 0;
  std::uint32_t rounds = 0;
};

std::map<Digest, Seen> seen_in(std::span<const Scorecard* const> rounds, std::size_t task) {
  std::map<Digest, Seen> seen;
  for (const Scorecard* const card : rounds) {
    for (const ItemValue& item : card->tasks[task].items) {
      Seen& of = seen[item.item_digest];
      of.sum += item.value;
      ++of.rounds;
    }
  }
  return seen;
}

/// Of the rounds' own fractions; nothing where they are not all of the same items.
std::optional<Fraction> exact_mean(std::span<const Scorecard* const> rounds, std::size_t task,
                                   const std::map<Digest, Seen>& seen) {
  const TaskScore& first = rounds[0]->tasks[task];
  if (seen.size() != first.items.size()) return std::nullopt;
  Rational sum;
  for (const Scorecard* const card : rounds) {
    const TaskScore& score = card->tasks[task];
    const MetricScore& headline = score.metrics[score.headline];
    if (!headline.exact || score.items.size() != first.items.size()) return std::nullopt;
    sum = sum + Rational(*headline.exact);
  }
  return (sum * Rational(1, rounds.size())).to_fraction();
}

void average_rounds(const Task& task, std::span<const Scorecard* const> rounds, std::size_t t,
                    TaskScore& score) {
  const bool is_scored = score.headline < score.metrics.size() && !score.items.empty();
  if (!is_scored) return;
  const auto aggregation = make_aggregation(task.metrics[score.headline / task.filters.size()]);
  if (!aggregation->is_mean()) return;
  const std::map<Digest, Seen> seen = seen_in(rounds, t);
  Tally tally;
  for (ItemValue& item : score.items) {
    const Seen& of = seen.at(item.item_digest);
    item.value = of.sum / of.rounds;
    tally.add({item.value, item.predicted, item.gold, item.weight});
  }
  MetricScore& headline = score.metrics[score.headline];
  const Series series = tally.series();
  headline.value = aggregation->value(series.sample());
  headline.exact = exact_mean(rounds, t, seen);
  headline.standard_error.reset();
  headline.bootstrap_error.reset();
}

}  // namespace

bool is_asked_again(const Suite& suite, const Task& task) {
  const auto generates = [](const Task& one) {
    return one.output_type == OutputType::generate_until;
  };
  return generates(task) || std::none_of(suite.tasks.begin(), suite.tasks.end(), generates);
}

Scorecard mean_of_rounds(const Suite& suite, std::span<const Scorecard* const> rounds) {
  Scorecard mean = *rounds[0];
  if (rounds.size() == 1) return mean;
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    // A round has no items of a task that it did not ask.
    std::vector<const Scorecard*> asked;
    for (const Scorecard* const card : rounds) {
      if (!card->tasks[t].items.empty()) asked.push_back(card);
    }
    if (asked.size() > 1 && asked[0] == rounds[0]) {
      average_rounds(suite.tasks[t], asked, t, mean.tasks[t]);
    }
  }
  mean.axes = axis_scores(suite, mean.tasks);
  const bool has_total = mean.total.has_value();
  mean.total.reset();
  mean.total_exact.reset();
  const std::optional<Total> total = total_score(suite, mean.tasks);
  if (!has_total || !total) return mean;
  mean.total = total->value;
  if (total->exact) mean.total_exact = total->exact->to_fraction();
  return mean;
}

double confidence_of_a_look(const Target& target) {
  if (!target.settle) return target.confidence;
  return 1 - (1 - target.confidence) / (target.settle->rounds + 1);
}

}  // namespace gwageo
