// Replay: a target judged on every day of a range from what is stored, without a fact. It goes in
// pages of days, so that neither the loop that gathers nor the thread that judges is held up for
// long; what the pages share (scorecards, verdicts) is in the Judging that is given to each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/embargo.h"
#include "coordinator/judging.h"
#include "coordinator/verdict_moves.h"

namespace gwageo {

/// Days of one page, and bounds of a range.
inline constexpr std::size_t days_of_page = 16;
inline constexpr std::int64_t replay_days_max = 4000;

/// What a replay asks for. `next` is where the page after this one begins.
struct ReplayPage {
  std::vector<JudgementInput> days;  ///< In order, one a day.
  bool has_day_before = false;       ///< The first of them is there to compare with.
  std::optional<std::string> next;
  RowSight sight = {};  ///< Of whoever asks.
};

/// Gathers a page: from `from` (YYYY-MM-DD) to `to` at most. `is_first`: nothing is compared with
/// the day before. REQUIRES: from <= to.
Result<ReplayPage> gather_page(const State& state, const TargetAdded& target, const Date& from,
                               const Date& to, bool is_first);

/// {"next", "days": judged, "verdicts": [...], "withheld" where some are under embargo}: of each
/// day the verdicts whose inputs moved since the day before (verdict_json), and, with the verdict
/// null, candidates that are none any more.
Result<Json> replay(const ReplayPage& page, Judging& judging);

/// Which references enter or leave the cohort from one day to another of the same target. Of a
/// target on claims its board is read for both.
Result<std::vector<Move>> cohort_moves(const JudgementInput& before, const JudgementInput& after,
                                       Judging& judging);

}  // namespace gwageo
