// Responses to scores: one pass over a job's items in plan order.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "protocol/json.h"

namespace gwageo {

/// What one filter and the metrics made of an item.
struct FilteredItem {
  /// One element a request, as the harness logs `filtered_resps`: what the filters made of the
  /// texts (null where they found no answer), [log-probability, greedy], or for
  /// loglikelihood_rolling the log-probability.
  Json responses;
  /// An object: of each metric what the harness logs for the item, in its order (`reported_order`).
  Json metrics;
};

/// One item, for those who write results. Borrowed for the call.
struct ItemScores {
  std::uint32_t task = 0;  ///< Index into the suite's tasks.
  std::string_view item;
  const Digest& item_digest;
  const Reference& reference;
  Outcome outcome = Outcome::answered;  ///< The worst of all requests and repeats.
  /// Why an answered or truncated item has no score all the same (`Scorecard::unscored`); else
  /// empty.
  std::string_view unscored;
  /// Of each repeat, those of its requests in choice order.
  std::span<const std::vector<Response>> repeats;
  /// In the task's filter order; empty where the item has no score.
  std::span<const FilteredItem> filters;

  bool has_score() const { return is_scored(outcome) && unscored.empty(); }
};
/// Sees every item once, in plan order, when its last repeat is in.
using ItemSink = std::function<void(const ItemScores& item)>;

/// Items of one task whose answers no filter or metric could read.
struct UnscoredItems {
  std::uint32_t task = 0;  ///< Index into the suite's tasks.
  std::uint64_t items = 0;
  std::string item;    ///< The first of them in plan order,
  std::string reason;  ///< and what could not read it.
};

/// Folds a job's items into a scorecard. Pure: the same entries and responses give the same
/// scorecard, bit for bit, on every machine. Memory grows by about 64 bytes an item, 4 more for
/// each metric and filter, and 80 for each distinct value. One thread.
class Evaluator {
 public:
  /// bad_input when a filter or metric is unknown or its arguments are wrong, by name.
  static Result<std::unique_ptr<Evaluator>> create(const Suite& suite, ItemSink sink = {});
  virtual ~Evaluator() = default;
  /// Adds the next entry of the plan. `responses` are those of `entry.requests`, in that order; an
  /// item that never ran comes with responses whose outcome says so. The repeats of an item follow
  /// each other, from 0; it is scored once, when they are all in. The item's outcome is the worst
  /// of their responses'; only `answered` and `truncated` items are scored. Where a filter or
  /// metric cannot read a text (a pattern meets its bound), the item counts as unscored, under
  /// every metric of its task: a limit of ours is no wrong answer. REQUIRES: as many responses as
  /// requests, >= 1.
  virtual void add(const PlanEntry& entry, std::span<const Response> responses) = 0;
  /// The scorecard of what was added. Call it last, and once.
  virtual Scorecard finish() = 0;
  /// What counts as unscored, in suite order, of the items scored so far; all after `finish`.
  virtual std::vector<UnscoredItems> unscored() const = 0;
};

/// Digest of the scorers' and filters' rule versions, part of every `Scored` fact.
Digest scorer_digest();

}  // namespace gwageo
