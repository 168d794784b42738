// Whether all that the store has of a plan is what follows from it: also the rows beside it, by
// which known answers are looked up and which no root is over.
#pragma once

#include "coordinator/fact.h"
#include "coordinator/store.h"
#include "protocol/result.h"

namespace gwageo {

/// corrupt, saying which row, unless it is: of a suite's plan or of a sample's, whose files are in
/// the store, too. Costs a pass over the plan, and 40 bytes an item.
Status check_plan(const Store& store, const SuiteAdded& plan);

}  // namespace gwageo
