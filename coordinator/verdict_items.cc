#include "coordinator/verdict_items.h"

#include <algorithm>
#include <map>

#include "benchmarks/aggregation.h"
#include "benchmarks/metric.h"
#include "coordinator/plan_store.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

double value_of(const TaskScore& task) {
  return task.headline < task.metrics.size() ? task.metrics[task.headline].value : 0;
}

bool is_right(double value) { return value == 1; }
bool is_wrong(double value) { return value == 0; }

}  // namespace

bool is_of_suite(const Scorecard& scorecard, const Suite& suite) {
  return std::equal(scorecard.tasks.begin(), scorecard.tasks.end(), suite.tasks.begin(),
                    suite.tasks.end(), [](const TaskScore& score, const Task& task) {
                      return score.task == task.name && score.headline < score.metrics.size() &&
                             score.metrics.size() == task.metrics.size() * task.filters.size();
                    });
}

ItemComparison::ItemComparison(const Suite& suite, const Target& policy, const Scorecard& candidate,
                               const Opponent& opponent)
    : suite_(suite),
      candidate_(candidate),
      opponent_(opponent),
      shares_(task_shares(suite)),
      pairs_(suite.tasks.size()) {
  GWAGEO_CHECK(is_of_suite(candidate, suite));
  GWAGEO_CHECK(opponent.by_task.size() == suite.tasks.size());
  const double share = to_double(policy.share);
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    const Task& task = suite.tasks[t];
    const std::size_t metric = candidate.tasks[t].headline / task.filters.size();
    if (shares_[t] > 0) {
      is_all_means_ = is_all_means_ && make_aggregation(task.metrics[metric])->is_mean();
    }
    const Values others = values_of(t);
    const auto n = static_cast<double>(candidate.tasks[t].items.size());
    for (const ItemValue& item : candidate.tasks[t].items) {
      double against = opponent.bar;
      if (const std::size_t references = opponent.by_task[t].size(); references > 0) {
        const auto other = others.find({item.item_digest, item.repeat});
        if (other == others.end() || other->second.second < references) continue;
        against = other->second.first / static_cast<double>(references);
      }
      pairs_[t].push_back({t, &item, against, shares_[t] * (share * against - item.value) / n});
    }
  }
}

ItemComparison::Values ItemComparison::values_of(std::size_t task) const {
  Values values;
  for (const Scorecard* const reference : opponent_.by_task[task]) {
    GWAGEO_CHECK(is_of_suite(*reference, suite_));
    for (const ItemValue& item : reference->tasks[task].items) {
      auto& [sum, scored] = values[{item.item_digest, item.repeat}];
      sum += item.value;
      ++scored;
    }
  }
  return values;
}

double ItemComparison::score_against(std::size_t task) const {
  const std::vector<const Scorecard*>& references = opponent_.by_task[task];
  if (references.empty()) return opponent_.bar;
  double sum = 0;
  for (const Scorecard* const reference : references) sum += value_of(reference->tasks[task]);
  return sum / static_cast<double>(references.size());
}

Json ItemComparison::tasks(bool counts) const {
  Json list = Json::array();
  for (std::size_t t = 0; t < suite_.tasks.size(); ++t) {
    Json row;
    row["task"] = suite_.tasks[t].name;
    row["axis"] = suite_.tasks[t].axis;
    row["share"] = shares_[t];
    row["candidate"] = value_of(candidate_.tasks[t]);
    row["reference"] = score_against(t);
    row["n"] = pairs_[t].size();
    if (counts) {
      std::uint64_t both = 0;
      std::uint64_t candidate = 0;
      std::uint64_t reference = 0;
      std::uint64_t none = 0;
      for (const Pair& pair : pairs_[t]) {
        both += is_right(pair.candidate->value) && is_right(pair.reference) ? 1 : 0;
        candidate += is_right(pair.candidate->value) && is_wrong(pair.reference) ? 1 : 0;
        reference += is_wrong(pair.candidate->value) && is_right(pair.reference) ? 1 : 0;
        none += is_wrong(pair.candidate->value) && is_wrong(pair.reference) ? 1 : 0;
      }
      const bool is_whole = both + candidate + reference + none == pairs_[t].size();
      row["both_right"] = is_whole ? Json(both) : Json(nullptr);
      row["only_candidate"] = is_whole ? Json(candidate) : Json(nullptr);
      row["only_reference"] = is_whole ? Json(reference) : Json(nullptr);
      row["both_wrong"] = is_whole ? Json(none) : Json(nullptr);
    }
    list.push_back(std::move(row));
  }
  return list;
}

Result<Json> ItemComparison::against_candidate(std::uint64_t count, const Store& store,
                                               const PlanOnRecord& plan) const {
  std::vector<Pair> worst;
  for (const std::vector<Pair>& task : pairs_) {
    for (const Pair& pair : task) {
      if (pair.weight > 0) worst.push_back(pair);
    }
  }
  std::stable_sort(worst.begin(), worst.end(),
                   [](const Pair& a, const Pair& b) { return a.weight > b.weight; });
  if (worst.size() > count) worst.resize(count);
  std::map<std::pair<std::size_t, Digest>, std::string> names;
  for (const Pair& pair : worst) names[{pair.task, pair.candidate->item_digest}];
  PlanReader plans(store);
  GWAGEO_ASSIGN(header, plans.header(plan));
  for (std::uint64_t index = 0; !names.empty() && index < header->items;
       index += entries_of_block) {
    GWAGEO_ASSIGN(block, plans.block_of(plan, index));
    for (std::size_t i = 0; i < block->size(); ++i) {
      GWAGEO_ASSIGN(entry, block->view(i));
      const auto wanted = names.find({entry.task, entry.item_digest});
      if (wanted != names.end()) wanted->second = std::string(entry.item);
    }
  }
  Json list = Json::array();
  for (const Pair& pair : worst) {
    Json row;
    row["task"] = suite_.tasks[pair.task].name;
    row["item"] = names[{pair.task, pair.candidate->item_digest}];
    row["digest"] = to_hex(pair.candidate->item_digest);
    row["candidate"] = pair.candidate->value;
    row["reference"] = pair.reference;
    row["weight"] = pair.weight;
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace gwageo
