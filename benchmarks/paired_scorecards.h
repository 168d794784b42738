// Scorecards as they would be if the items that not every model has scored had never been asked, so
// that all totals have the same denominators (`missing: paired_items`). Pure.
#pragma once

#include <span>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"

namespace gwageo {

/// One for each scorecard, in their order: items, headline scores, axes and total are those of the
/// paired items; other metrics, counts of outcomes and standard errors of headlines are not kept. A
/// task without a paired item has no score. REQUIRES: every scorecard is one of the suite.
std::vector<Scorecard> on_paired_items(const Suite& suite,
                                       std::span<const Scorecard* const> scorecards);

}  // namespace gwageo
