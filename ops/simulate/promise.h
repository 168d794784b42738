// What our policy promises of fairness and against starving, as figures for one fleet and its work:
// every run is held against them.
//
//   lag         2 q + 2 b      A team's lead over another is borne up to b; what is granted at that
//                              moment adds at most q; either way, so between two instants service
//                              per weight changes by twice that (start-time fair queueing: Goyal
//                              et al. 1996, theorem 1; scheduling research, 5.5).
//                              b = (slack L + sticky) m / W, PolicyKnobs; q = (p + L) g / w.
//                              With many slots it is held against every run, not proved.
//   standstill  A + 2 (slack L + sticky) g + settle L + 2 (r + L)
//                              A class without a slot goes ahead of its team's others after A. Its
//                              team, if it leads by b, is behind by b after the second term, as the
//                              others gain m / W on it; then a slot has settled, and runs out; a
//                              class of several GPUs waits for one reservation more (research 5.6).
//
// L: the longest load, after those that go before it on its node (PolicyKnobs::loads_per_node),
// g: the GPUs of a slot, m: the fleet's, W: all teams' weights, w: the least, p: the longest shard,
// r: the longest run, A: PolicyKnobs::patience.
#pragma once

#include <optional>

#include "coordinator/dispatcher.h"
#include "ops/simulate/generator.h"

namespace gwageo::simulate {

struct Promise {
  /// Recorder::backlogged_lag is at most that: of times when each team's queue is worth loading its
  /// models for, on all GPUs of its share (backlog.h). None where work arrives later: a team that
  /// took more while another had too little to do pays it back as soon as the other has enough.
  std::optional<Duration> lag;
  Duration standstill;  ///< Standstill::longest is at most that, where nodes do not fail.
};

/// REQUIRES: a team, a class.
Promise promise_of(const Fleet& fleet, const Work& work, const PolicyKnobs& knobs);

/// Jain's index of equal teams' service while all of them have enough to do is at least that.
inline constexpr double jain_promised = 0.98;

}  // namespace gwageo::simulate
