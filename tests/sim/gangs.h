// A pool of nodes with several GPUs, on simulated time: the dispatcher alone, with teams that have
// limits, guarantees and tiers, and classes that need 1 to 8 GPUs. Whole workers have no gangs yet,
// so the world of world.h never meets these rules.
#pragma once

#include <cstdint>
#include <string>

namespace gwageo::sim {

/// Runs what the seed draws to its end. Returns what was violated, or nothing:
///   I1   everything runs, once, and it ends
///   I13  a gang that waits gets its block by the time that was said, as everything takes what is
///        expected
///   I14  a team, or its group, never holds more GPUs than its limit
///   I15  each run that is asked to yield lowers the potential of preemption.h, beside all that
///   were
///        asked before, and none that was loaded lately is asked
/// and no GPU runs two things, and no class gets its GPUs in part.
std::string run_gangs(std::uint64_t seed);

}  // namespace gwageo::sim
