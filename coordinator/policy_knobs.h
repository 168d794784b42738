// The knobs of the policy that dispatcher.h describes.
#pragma once

#include <cstdint>

#include "protocol/time.h"

namespace gwageo {

struct PolicyKnobs {
  /// Thousandths: how many times over waiting work must pay for a further load.
  std::int64_t theta = 1000;
  /// The knob between fairness and loads. For so long, as `slack` thousandths of the class's load
  /// and `sticky` beside, a slot may go on serving a team that is ahead; its part of the pool of
  /// that long is the lead that is borne.
  std::int64_t slack = 1000;
  Duration sticky = seconds(20);
  /// Thousandths of that time: the lead must be too large then, too.
  std::int64_t horizon = 2000;
  /// Models that are loaded on a node at the same time, at most.
  std::uint32_t loads_per_node = 8;
  /// A load that has gone on for longer is not counted any more.
  Duration load_counts = seconds(600);
  /// Thousandths of its load that a slot serves a class at least.
  std::int64_t settle = 2000;
  /// The longest and the shortest run of items given at once.
  Duration run_max = seconds(60);
  Duration run_min = seconds(1);
  /// Thousandths of the work that waits for each slot of the class: a run is no longer.
  std::int64_t run_share = 10;
  /// A class without a slot goes ahead of its team's others after this, or after as long as it
  /// takes to load every class with work once in so many thousandths of the pool's time.
  Duration patience = seconds(1800);
  std::int64_t aged_loads = 100;
  /// A run is asked to yield where it is expected to go on for longer than this, on a slot that was
  /// loaded `yield_settle` ago or longer (or as long as `settle` says, where that is more).
  Duration yield_after = seconds(15);
  Duration yield_settle = seconds(60);
  /// A run can be cut at the end of the item in progress. Else what was given runs to its end, and
  /// a slot that yields is only given no more.
  bool cuts_runs = true;
};

}  // namespace gwageo
