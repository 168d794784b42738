// How fast the pool's policy decides: `gwageo bench decide`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gwageo {

struct DecideLoad {
  std::uint32_t gpus = 10000;  ///< In nodes of 8.
  std::uint64_t shards = 1000000;
  std::uint32_t teams = 64;
  std::uint32_t models = 300;  ///< Every team has work for each.
  bool gangs = false;          ///< Half of the models need 2, 4 or 8 GPUs; else all need 1.
  std::uint64_t decisions = 1000000;
};

struct DecideSpeed {
  std::uint64_t starts = 0;
  std::uint64_t loads = 0;
  double seconds = 0;  ///< Processor time of all decisions together, one thread.
  double mean_us = 0;  ///< Processor time; what follows is by the clock, one by one.
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
};

/// Keeps the pool busy and the queue full: a run ends, the team is charged what it took, the policy
/// says what starts next and is told what waits now. All of that is one decision.
DecideSpeed measure_decisions(const DecideLoad& load);

/// What a decision costs with so many shards queued.
struct DecidePoint {
  std::uint64_t queued = 0;
  DecideSpeed speed;
  double memory_mb = 0;  ///< The most that the process had until then.
};
/// The same load with 1,000 to 10,000,000 shards queued, ten times as many each time.
std::vector<DecidePoint> measure_decision_curve(DecideLoad load);
/// Mean and 99th percentile over the number of queued shards: an SVG document.
std::string draw_decision_curve(const DecideLoad& load, const std::vector<DecidePoint>& points);

}  // namespace gwageo
