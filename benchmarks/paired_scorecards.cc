#include "benchmarks/paired_scorecards.h"

#include <algorithm>
#include <utility>

#include "benchmarks/aggregation.h"
#include "benchmarks/metric.h"
#include "benchmarks/total.h"

namespace gwageo {
namespace {

using ItemKey = std::pair<Digest, std::uint32_t>;

ItemKey item_key_of(const ItemValue& item) { return {item.item_digest, item.repeat}; }

std::vector<ItemKey> keys_of(const TaskScore& task) {
  std::vector<ItemKey> out;
  for (const ItemValue& item : task.items) out.push_back(item_key_of(item));
  std::sort(out.begin(), out.end());
  return out;
}

/// Sorted.
std::vector<ItemKey> keys_of_all(std::span<const Scorecard* const> scorecards, std::size_t task) {
  std::vector<ItemKey> out = keys_of(scorecards[0]->tasks[task]);
  for (const Scorecard* card : scorecards.subspan(1)) {
    const std::vector<ItemKey> keys = keys_of(card->tasks[task]);
    std::vector<ItemKey> both;
    std::set_intersection(out.begin(), out.end(), keys.begin(), keys.end(),
                          std::back_inserter(both));
    out = std::move(both);
  }
  return out;
}

TaskScore on_items(const Task& task, const TaskScore& score, const std::vector<ItemKey>& keys) {
  TaskScore out = score;
  out.items.clear();
  Tally tally;
  for (const ItemValue& item : score.items) {
    if (!std::binary_search(keys.begin(), keys.end(), item_key_of(item))) continue;
    tally.add({item.value, item.predicted, item.gold, item.weight});
    out.items.push_back(item);
  }
  MetricScore& headline = out.metrics[out.headline];
  headline.n = out.items.size();
  headline.value = 0;
  headline.exact.reset();
  headline.standard_error.reset();
  headline.bootstrap_error.reset();
  if (out.items.empty()) return out;
  const auto aggregation = make_aggregation(task.metrics[out.headline / task.filters.size()]);
  const Series series = tally.series();
  headline.value = aggregation->value(series.sample());
  headline.exact = aggregation->exact(series.sample());
  return out;
}

}  // namespace

std::vector<Scorecard> on_paired_items(const Suite& suite,
                                       std::span<const Scorecard* const> scorecards) {
  std::vector<Scorecard> out(scorecards.size());
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    const std::vector<ItemKey> keys = keys_of_all(scorecards, t);
    for (std::size_t m = 0; m < scorecards.size(); ++m) {
      out[m].tasks.push_back(on_items(suite.tasks[t], scorecards[m]->tasks[t], keys));
    }
  }
  for (Scorecard& card : out) {
    card.axes = axis_scores(suite, card.tasks);
    const std::optional<Total> total = total_score(suite, card.tasks);
    if (!total) continue;
    card.total = total->value;
    if (total->exact) card.total_exact = total->exact->to_fraction();
  }
  return out;
}

}  // namespace gwageo
