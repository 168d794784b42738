// What a suite's version may change of those before it, and what it leaves out that somebody may
// miss.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "benchmarks/plan.h"
#include "benchmarks/suite.h"
#include "coordinator/fact.h"
#include "coordinator/store.h"
#include "protocol/result.h"

namespace gwageo {

/// A new version may change items only where it says so (design.md section 4). An item id means
/// what it meant in the last version that had it, be it the one before or an earlier one: what was
/// left out in between does not come back as something else. By default nothing is compared.
class SuiteChanges {
 public:
  SuiteChanges() = default;

  /// `known` are versions of any suite, whose plans are in `store`. Fails as PlanReader does.
  static Result<SuiteChanges> create(const Store& store, std::span<const SuiteAdded> known,
                                     const Suite& suite);

  /// Each item of the new version in turn. bad_input where it is another and `changed` does not
  /// list it.
  Status see(const std::string& task, const PlanEntry& entry);

  /// After the last item: bad_input where one is gone from a task that is still there and is not
  /// listed, or where what is listed is as it was.
  Status finish();

  /// After finish: "task a, task b of version 3", as far as the version before had tasks that this
  /// one has not; empty: it has them all.
  std::string tasks_left_out() const;

 private:
  struct Last {
    Digest digest;
    std::uint32_t version = 0;
  };
  using ItemName = std::pair<std::string, std::string>;  ///< Task and item.

  std::map<ItemName, Last> before_;  ///< Less what was seen: the last version that had the item.
  std::set<std::string> tasks_;      ///< Of the new version.
  std::map<ItemName, std::uint64_t> listed_;
  std::uint32_t version_ = 0;  ///< The one before.
};

/// What the operator should know who adds `suite`: that tasks of before are gone, and which of
/// `targets` (the newest version of each) name an axis that it has not, or leave one without a
/// weight. Empty: nothing.
std::string warning_on(const Suite& suite, const SuiteChanges& changes,
                       std::span<const TargetAdded> targets);

}  // namespace gwageo
