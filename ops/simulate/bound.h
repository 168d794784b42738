// How short a run can be at best, whatever the policy: the figure that makespans are held against.
//
// Slots are cold at the beginning, and shards can be cut between batches. The bound is the largest
// of what follows (scheduling research, "lower bounds"):
//
//   area     all work, and one load of each class, over all GPUs
//   longest  a load and one batch of the class where these are longest
//   setup    the smallest T with sum_c [W_c + g_c L_c k_c(T)] <= m T: a slot that loads class c can
//            serve it for at most T - L_c, so k_c = ceil(W_c / (g_c (T - L_c))) loads of it are
//            unavoidable; monotone in T, hence bisected
//   packing  setup over the work of width g and more, with the GPUs that slots of width g can cover
//   release  r plus the bound of the work that arrives at r or later, loads counted only where all
//            of the class arrives then
#pragma once

#include <array>
#include <cstdint>

#include "ops/simulate/workload.h"

namespace gwageo::simulate {

struct Bound {
  Duration area;
  Duration longest;
  Duration setup;
  Duration packing;
  Duration release;
  Duration best() const;
};

/// GPUs that slots of 1, 2, 4, ... 64 can cover, counted in parts of one: a team's share need not
/// be whole GPUs.
struct Capacity {
  std::array<std::int64_t, 7> parts{};
  std::int64_t parts_of_gpu = 1;
};

/// Kinds of GPUs are not looked at: the bound is lower where classes need some.
Capacity capacity_of(const Fleet& fleet, std::uint32_t widest);
/// `share` of `shares` equal parts of so many GPUs, without borders between nodes. It is GPU time:
/// of a share of half a GPU one GPU can be had half of the time, and of a share below a slot's
/// width all of the slot's GPUs for that much less of it. What is not used is not saved up.
Capacity share_of(std::int64_t gpus, std::int64_t share, std::int64_t shares);

/// Of all jobs, or of one team's. 0 in all parts when there are none; 2^62 us where it is longer.
/// REQUIRES: each width that a class has is covered.
Bound lower_bound(const Capacity& capacity, const Workload& workload, const Truth& truth,
                  TeamIndex team = none);

}  // namespace gwageo::simulate
