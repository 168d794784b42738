// A candidate and the best reference on the same items: what each task adds to the ratio, and which
// items count most against the candidate. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/total.h"
#include "coordinator/store.h"
#include "protocol/json.h"

namespace gwageo {

/// Whether a scorecard is one of the suite: its tasks, and the metrics of each.
bool is_of_suite(const Scorecard& scorecard, const Suite& suite);

/// Borrows all that it is made of. REQUIRES: both scorecards are of the suite.
class ItemComparison {
 public:
  ItemComparison(const Suite& suite, const Target& policy, const Scorecard& candidate,
                 const Scorecard& reference);

  /// Every headline is a mean, so the interval is the closed form (ratio_test.h).
  bool is_all_means() const { return is_all_means_; }
  /// [{"axis", "weight", "candidate", "reference", "ratio"}] in suite order.
  Json axes() const;
  /// [{"task", "axis", "share" (of the total), "candidate", "reference", "n"}] in suite order;
  /// with `counts` also "both_right", "only_candidate", "only_reference" and "both_wrong" of the
  /// paired items, null where some item scores neither 0 nor 1.
  Json tasks(bool counts) const;
  /// [{"task", "item", "digest", "candidate", "reference", "weight"}]: the items that take most
  /// from candidate - share * reference, `count` at most; of equals the first in plan order.
  /// `weight` is how much of the total. Names are read from the plan.
  Result<Json> against_candidate(std::uint64_t count, const Store& store,
                                 const Digest& manifest) const;

 private:
  struct Pair {
    std::size_t task = 0;
    const ItemValue* candidate = nullptr;
    const ItemValue* reference = nullptr;
    double weight = 0;
  };

  const Suite& suite_;
  const Scorecard& candidate_;
  const Scorecard& reference_;
  std::vector<double> shares_;            ///< Of the total, by task.
  std::vector<std::vector<Pair>> pairs_;  ///< By task, in plan order.
  bool is_all_means_ = true;
};

}  // namespace gwageo
