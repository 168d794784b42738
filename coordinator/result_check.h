// A stored block of results, compared with the record that vouches for it.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "coordinator/fact.h"
#include "coordinator/plan_store.h"
#include "coordinator/result_block.h"
#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/messages.h"
#include "protocol/result.h"

namespace gwageo {

/// One owner, one thread.
class ResultCheck {
 public:
  /// `store` has the plans, and outlives it.
  explicit ResultCheck(const Store& store) : plans_(store) {}

  /// How `bytes` are not the block that the record speaks of, as the end of a sentence about its
  /// results; empty: they are. `plan` is that of the record's job, and `worker` had the
  /// record's lease: by whom is in no root, so it has to be what the lease says.
  std::string difference(const ResultsRecorded& recorded, WorkerId worker, const PlanOnRecord& plan,
                         std::string_view bytes);
  std::string difference(const ResultsRecorded& recorded, WorkerId worker, const PlanOnRecord& plan,
                         const ResultBlock& block);

  /// The root that such a block comes to as answers of this plan, and its items by outcome. corrupt
  /// where a response does not decode, or the plan has no such item.
  Result<Digest> root_of(const PlanOnRecord& plan, const ResultBlock& block,
                         std::array<std::uint64_t, outcome_count>& outcomes);

 private:
  Result<Digest> leaf_of(const PlanOnRecord& plan, const ItemResult& item,
                         std::array<std::uint64_t, outcome_count>& outcomes);

  PlanReader plans_;
};

}  // namespace gwageo
