// A candidate and what it is compared with on the same items: what each task adds to the ratio, and
// which items count most against the candidate. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/total.h"
#include "coordinator/plan_store.h"
#include "coordinator/store.h"
#include "protocol/json.h"

namespace gwageo {

/// Whether a scorecard is one of the suite: its tasks, and the metrics of each.
bool is_of_suite(const Scorecard& scorecard, const Suite& suite);

/// What stands against a candidate on each task of a suite: the mean of some references there, or a
/// bar, which is what every item of it scores. Borrows the scorecards.
struct Opponent {
  std::vector<std::vector<const Scorecard*>> by_task;  ///< None: the bar.
  double bar = 0;
};

/// Borrows all that it is made of. REQUIRES: all scorecards are of the suite, and the opponent has
/// a list for each of its tasks.
class ItemComparison {
 public:
  ItemComparison(const Suite& suite, const Target& policy, const Scorecard& candidate,
                 const Opponent& opponent);

  /// Every headline is a mean, so the interval is the closed form (ratio_test.h).
  bool is_all_means() const { return is_all_means_; }
  /// [{"task", "axis", "share" (of the total), "candidate", "reference", "n"}] in suite order;
  /// with `counts` also "both_right", "only_candidate", "only_reference" and "both_wrong" of the
  /// paired items, null where some item scores neither 0 nor 1, as of a mean or a bar.
  Json tasks(bool counts) const;
  /// [{"task", "item", "digest", "candidate", "reference", "weight"}]: the items that take most
  /// from candidate - share * reference, `count` at most; of equals the first in plan order.
  /// `weight` is how much of the total. Names are read from the plan.
  Result<Json> against_candidate(std::uint64_t count, const Store& store,
                                 const PlanOnRecord& plan) const;

 private:
  struct Pair {
    std::size_t task = 0;
    const ItemValue* candidate = nullptr;
    double reference = 0;
    double weight = 0;
  };

  /// By digest and repeat: the sum over references, and how many scored it.
  using Values = std::map<std::pair<Digest, std::uint32_t>, std::pair<double, std::size_t>>;
  Values values_of(std::size_t task) const;
  double score_against(std::size_t task) const;

  const Suite& suite_;
  const Scorecard& candidate_;
  const Opponent& opponent_;
  std::vector<double> shares_;            ///< Of the total, by task.
  std::vector<std::vector<Pair>> pairs_;  ///< By task, in plan order.
  bool is_all_means_ = true;
};

}  // namespace gwageo
