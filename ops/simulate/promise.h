// What our policy promises of fairness and against starving, as figures for one fleet and its work:
// every run is held against them.
//
//   lag         (2 + ln 2 T / H) (q + b)
//                              A team's lead over another is borne up to b; what is granted at that
//                              moment adds at most q; either way, so between two instants service
//                              per weight changes by twice that (start-time fair queueing: Goyal
//                              et al. 1996, theorem 1; scheduling research, 5.5).
//                              b = (slack L + sticky) m / W, PolicyKnobs; q = (p + L) g / w, or
//                              (settle L + r) g / w where that is more: whoever has a slot serves
//                              on until it has settled and its run is out, whatever he leads by.
//                              That is the lead as the ledger has it, which forgets: of a lead of
//                              at most q + b it forgets ln 2 in a half-life, and what is forgotten
//                              can be had once more. Little in hours, most of it in weeks.
//                              With many slots it is held against every run, not proved.
//   standstill  A + Q + 2 (slack L + sticky) g + 2 d + settle L + 2 (r + L)
//                              A class without a slot goes ahead of its team's others after A, but
//                              for those that have waited longer: each of them has a slot first,
//                              until that has settled and its run is out, which is D = (settle L +
//                              r) g of GPU time. What serves them is the team's share, s = m w / W,
//                              so they take Q = sum of D over the team's classes / s. Nothing where
//                              slots are many, and most of it where classes are more than slots.
//                              The team's turn: it may lead by b and by a D that it was just
//                              granted, and another by as much when the turn would be its own.
//                              Others gain m / W on it, so that takes twice slack L + sticky and
//                              twice d = D / s, of the least share. Then a slot has settled, and
//                              runs out; a class of several GPUs waits for one reservation more
//                              (research 5.6, where Q and d are "its team's grant").
//   ... with gangs             That reservation, and one in the turn of each class of several GPUs,
//                              takes until all of the block is free: what runs or loads there ends,
//                              r + L, and then what was begun before it was expected to end, r. So
//                              D of such a class has (2 r + L) g more, and the sum r more.
//                              It rests on the team getting its share, as `lag` says that it does:
//                              held against every run, and not promised where nodes fail.
//
// L: the longest load, after those that go before it on its node (PolicyKnobs::loads_per_node),
// g: the GPUs of a slot, m: the fleet's, w: a team's weight, in q and d the least, W: all weights,
// p: the longest shard, r: the longest run, A: PolicyKnobs::patience, or as long as it takes to
// load every class in PolicyKnobs::aged_loads of the fleet's time, T: for how long all teams had
// enough to do, H: Ledger::default_half_life.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/dispatcher.h"
#include "ops/simulate/generator.h"

namespace gwageo::simulate {

struct Promise {
  /// Recorder::backlogged_lag is at most that: of times when each team's queue is worth loading its
  /// models for, on all GPUs of its share (backlog.h). None where work arrives later: a team that
  /// took more while another had too little to do pays it back as soon as the other has enough.
  /// Here without what the ledger forgets.
  std::optional<Duration> lag;
  /// With what it forgets in that time.
  std::optional<Duration> lag_over(Duration backlogged) const;
  /// Standstill::longest is at most that. None where nodes fail.
  std::optional<Duration> standstill;
};

/// REQUIRES: a team, a class.
Promise promise_of(const Fleet& fleet, const Work& work, const PolicyKnobs& knobs);

/// Jain's index of equal teams' service while all of them have enough to do is at least that, where
/// that is long enough for the promised lag to be little: service that differs by at most l around
/// a mean of s has a variance of l^2 / 4 or less, and s^2 / (s^2 + l^2 / 4) is 0.98 where s is 3.5
/// l.
inline constexpr double jain_promised = 0.98;
inline constexpr std::int64_t jain_from_lags = 3500;  ///< Thousandths: s / l

}  // namespace gwageo::simulate
