#include "benchmarks/pairing.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "benchmarks/total.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

/// One model's items of one task by identity.
std::vector<const ItemValue*> sorted_items(const TaskScore& task) {
  std::vector<const ItemValue*> out;
  for (const ItemValue& item : task.items) out.push_back(&item);
  std::sort(out.begin(), out.end(), [](const ItemValue* a, const ItemValue* b) {
    return std::tie(a->item_digest, a->repeat) < std::tie(b->item_digest, b->repeat);
  });
  return out;
}

bool is_before(const ItemValue& a, const ItemValue& b) {
  return std::tie(a.item_digest, a.repeat) < std::tie(b.item_digest, b.repeat);
}

/// Whether both tasks have the same items in the same order, as examinations on one plan do whose
/// every item is scored.
bool has_same_items(const TaskScore& a, const TaskScore& b) {
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                    [](const ItemValue& x, const ItemValue& y) {
                      return x.repeat == y.repeat && x.item_digest == y.item_digest;
                    });
}

bool task_has_clusters(const TaskScore& task) {
  return std::any_of(task.items.begin(), task.items.end(),
                     [](const ItemValue& item) { return item.cluster != 0; });
}

/// Every model's items of one task. Where all have the same items they go side by side, and only
/// where some are clustered does their order count (clusters are numbered as they come).
struct TaskItems {
  std::vector<std::vector<const ItemValue*>> lists;
  bool is_aligned = true;  ///< The same items in the same order; else each list is sorted.
};

TaskItems items_of(std::span<const Scorecard* const> models, std::size_t task) {
  TaskItems out;
  const TaskScore& first = models[0]->tasks[task];
  for (const Scorecard* model : models) {
    out.is_aligned = out.is_aligned && has_same_items(first, model->tasks[task]);
  }
  std::vector<const ItemValue*> order;
  if (task_has_clusters(first)) {
    order = sorted_items(first);
  } else {
    for (const ItemValue& item : first.items) order.push_back(&item);
  }
  for (const Scorecard* model : models) {
    const TaskScore& own = model->tasks[task];
    if (!out.is_aligned) {
      out.lists.push_back(sorted_items(own));
      continue;
    }
    std::vector<const ItemValue*>& list = out.lists.emplace_back();
    list.reserve(own.items.size());
    for (const ItemValue* item : order) {
      list.push_back(&own.items[static_cast<std::size_t>(item - first.items.data())]);
    }
  }
  return out;
}

Observation observation_of(const ItemValue& item) {
  return {item.value, item.predicted, item.gold, item.weight};
}

/// An item that every model has: what each observed, and its cluster.
struct PairedItem {
  std::vector<Observation> kind;
  std::uint64_t cluster = 0;
};

/// The items that every list has.
std::vector<PairedItem> paired_items(const TaskItems& items) {
  const std::vector<std::vector<const ItemValue*>>& lists = items.lists;
  std::vector<PairedItem> out;
  if (items.is_aligned) {
    out.reserve(lists[0].size());
    for (std::size_t i = 0; i < lists[0].size(); ++i) {
      std::vector<Observation> kind;
      kind.reserve(lists.size());
      for (const auto& list : lists) kind.push_back(observation_of(*list[i]));
      out.push_back({std::move(kind), lists[0][i]->cluster});
    }
    return out;
  }
  std::vector<std::size_t> at(lists.size(), 0);
  for (const ItemValue* first : lists[0]) {
    bool everywhere = true;
    std::vector<Observation> kind;
    for (std::size_t m = 0; m < lists.size(); ++m) {
      while (at[m] < lists[m].size() && is_before(*lists[m][at[m]], *first)) ++at[m];
      if (at[m] == lists[m].size() || is_before(*first, *lists[m][at[m]])) {
        everywhere = false;
        break;
      }
      kind.push_back(observation_of(*lists[m][at[m]]));
    }
    if (everywhere) out.push_back({std::move(kind), first->cluster});
  }
  return out;
}

/// Numbers the kinds, ascending, and counts them; groups the items where some have clusters.
void fill(const std::vector<PairedItem>& items, Stratum& stratum) {
  std::map<std::vector<Observation>, std::uint32_t> numbers;
  bool is_clustered = false;
  for (const PairedItem& item : items) {
    numbers.emplace(item.kind, 0);
    is_clustered = is_clustered || item.cluster != 0;
  }
  std::uint32_t next = 0;
  for (auto& [kind, number] : numbers) {
    number = next++;
    for (std::size_t m = 0; m < kind.size(); ++m) stratum.observed[m].push_back(kind[m]);
  }
  stratum.counts.resize(numbers.size(), 0);
  stratum.size = items.size();
  std::map<std::uint64_t, std::vector<std::uint32_t>> clusters;
  for (const PairedItem& item : items) {
    const std::uint32_t kind = numbers[item.kind];
    ++stratum.counts[kind];
    if (item.cluster != 0) {
      clusters[item.cluster].push_back(kind);
    } else if (is_clustered) {
      stratum.clusters.push_back({kind});
    }
  }
  for (auto& [cluster, kinds] : clusters) stratum.clusters.push_back(std::move(kinds));
}

}  // namespace

std::size_t Pairing::axes() const {
  GWAGEO_CHECK(!strata.empty());
  std::size_t last = 0;
  for (const Stratum& stratum : strata) last = std::max(last, stratum.axis);
  return last + 1;
}

Pairing pair_items(const Suite& suite, std::span<const Scorecard* const> models) {
  GWAGEO_CHECK(!models.empty());
  Pairing out;
  out.unpaired.resize(models.size(), 0);
  const std::vector<double> shares = task_shares(suite);
  for (std::size_t t = 0; t < suite.tasks.size(); ++t) {
    if (!(shares[t] > 0)) continue;
    const TaskItems items = items_of(models, t);
    Stratum& stratum = out.strata.emplace_back();
    stratum.share = shares[t];
    const Task& task = suite.tasks[t];
    stratum.task = task.name;
    const auto axis = std::find_if(suite.axes.begin(), suite.axes.end(),
                                   [&](const Axis& a) { return a.name == task.axis; });
    stratum.axis = static_cast<std::size_t>(axis - suite.axes.begin());
    const std::size_t headline = models[0]->tasks[t].headline;
    stratum.aggregation = make_aggregation(task.metrics[headline / task.filters.size()]);
    stratum.observed.resize(models.size());
    fill(paired_items(items), stratum);
    out.size += stratum.size;
    out.is_all_means = out.is_all_means && stratum.aggregation->is_mean();
    for (std::size_t m = 0; m < models.size(); ++m) {
      out.unpaired[m] += items.lists[m].size() - stratum.size;
    }
  }
  return out;
}

}  // namespace gwageo
