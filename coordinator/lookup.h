// What is known already: which items of a submission have their responses in the store, or on their
// way, because some job of the same library asked the same.
#pragma once

#include <vector>

#include "coordinator/plan_store.h"
#include "coordinator/state.h"

namespace gwageo {

/// Whether an answer of the job is one of its item, as with recorded outputs, and not of whatever
/// asks the same.
bool is_by_item(const State& state, const JobAccepted& job);

/// The adoptions for `submission` (its `job` not yet given), ascending and disjoint; source 0 means
/// the submission itself. Empty when it skips the lookup. Cost: ranges for jobs on the same plan, a
/// pass over both plans' keys for jobs on another one. corrupt where its own plan is not as on
/// record; others that are not are passed over.
Result<std::vector<Adoption>> find_adoptions(const State& state, PlanReader& plans,
                                             const JobAccepted& submission);

}  // namespace gwageo
