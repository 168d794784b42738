// The plans that a journal names, held against what a store has of them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/fact.h"
#include "coordinator/journal.h"
#include "coordinator/plan_check.h"
#include "coordinator/store.h"
#include "protocol/result.h"

namespace gwageo {

/// A value.
class NamedPlans {
 public:
  void see(const Record& record);

  struct Wrong {
    std::uint64_t record = 0;  ///< That names the plan.
    std::string reason;
  };
  /// What is wrong in the store with the first of them: with those of the manifests `only`, where
  /// there are some to choose from.
  Result<std::optional<Wrong>> first_wrong(const Store& store,
                                           const std::optional<std::set<Digest>>& only) const;

 private:
  struct Named {
    std::uint64_t record = 0;
    SuiteAdded plan;
  };
  std::vector<Named> plans_;
};

}  // namespace gwageo
