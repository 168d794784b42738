// Where an item of a job was answered, and the lower half of its proof: from its responses, as they
// are stored, up to the record of the journal that vouches for them.
#pragma once

#include <cstdint>

#include "coordinator/item_proof.h"
#include "coordinator/plan_store.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// An item of a job, by its plan index.
struct ItemPlace {
  JobId job;
  std::uint64_t index = 0;
};

/// Where the item was really answered: a job may have found it known at another one. not_found,
/// saying why, when there is no such job or item, or when it has no result that could be proved.
Result<ItemPlace> place_of_answer(const State& state, ItemPlace asked);

/// The block that has the item's responses. not_found when there is none.
Result<ResultBlock> block_of(const Store& store, const ItemPlace& place);

/// All of the proof but its `log`, of which only the record's number is filled in. `place` is where
/// the item was answered, `of` its job's plan. not_found when its responses are not
/// in the store; corrupt when they are not those that the record vouches for.
Result<ItemProof> prove_in_record(const Store& store, const PlanOnRecord& of,
                                  const ItemPlace& place);

}  // namespace gwageo
