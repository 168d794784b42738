// A verdict derived step by step: the rule, the cohort and why each is in it, totals and axes with
// their weights, the ratio, the interval, and down to the items that count most. Everything is read
// from what the verdict's document says it rests on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/verdict_moves.h"

namespace gwageo {

inline constexpr std::uint64_t explained_items_max = 1000;

/// Which verdict, and what is needed beside the store to explain it. A value.
struct VerdictQuestion {
  VerdictReached verdict;
  std::optional<VerdictReached> before;  ///< The one before on the same candidate.
  TargetAdded target;                    ///< In the version that it was reached by.
  std::optional<TargetAdded> replaced;   ///< That of the verdict before.
  std::optional<SuiteAdded> suite;
  bool is_superseded = false;  ///< A later one took its place.
  MoveSources sources;
  std::uint64_t items = 10;  ///< So many of those that count most against the candidate.
  std::string withheld;      ///< Why whoever asks sees no items; empty: they may.
};

/// The verdict that TARGET/CANDIDATE names, the newest, or TARGET/CANDIDATE@GENERATION. not_found,
/// with advice, when there is none.
Result<VerdictQuestion> find_verdict(const State& state, const Store& store,
                                     const std::string& text);

/// Whether a team's key may see, item by item, who was right: only where the candidate and all that
/// it is compared with were examined by jobs of its own. The reason why not; empty: it may.
Result<std::string> why_withheld(const State& state, const Store& store,
                                 const VerdictQuestion& question, const std::string& team);

/// The answer of `verdict.explain`, whose keys ops/README.md lists. corrupt when something that the
/// verdict rests on is not in the store; of a superseded one its document may be away, which is
/// said
/// ("document_at_hand") and leaves what the record and the policy say.
Result<Json> explain(const VerdictQuestion& question, const Store& store);

}  // namespace gwageo
