// A pool of nodes with several GPUs, on simulated time: the dispatcher alone, with teams that have
// limits and classes that need 1 to 8 GPUs. Whole workers have no gangs yet, so the world of
// world.h never meets these rules.
#pragma once

#include <cstdint>
#include <string>

namespace gwageo::sim {

/// Runs what the seed draws to its end. Returns what was violated, or nothing:
///   I12  a team, or its group, never holds more GPUs than its limit
///   I13  what is reserved falls free when it was said to, as everything takes what is expected
///   I14  no GPU runs two things, and nothing runs on a GPU that its class does not get whole
///   I15  everything runs, once
std::string run_gangs(std::uint64_t seed);

}  // namespace gwageo::sim
