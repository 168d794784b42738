// What an earlier life of the coordinator drew for a check and did not get to ask, of a second
// worker or of a third. Who answered what is in the store, so a crash spares nobody a check.
#pragma once

#include <vector>

#include "coordinator/check_draws.h"
#include "coordinator/cross_checks.h"
#include "coordinator/plan_store.h"
#include "coordinator/state.h"
#include "coordinator/store.h"

namespace gwageo {

/// The items that `draws` holds as drawn and not asked, and as disputed, where equal answers have
/// equal leaves (of other engines the journal does not say what the second one's answer comes to):
/// the disputed ones first, then oldest first, and as if they were drawn now:
/// of those that nobody has waited for in vain for too long (CrossChecks::dropped_after before
/// `now`, in log time) the newest, as many as one class may have waiting. An answer that cannot be
/// read is left out; an audit finds it.
std::vector<CheckItem> unasked_checks(const Store& store, PlanReader& plans, const State& state,
                                      const CheckDraws& draws, Instant now);

}  // namespace gwageo
