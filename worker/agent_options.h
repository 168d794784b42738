// What a worker's agent is told when it starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/gpus.h"
#include "protocol/ids.h"
#include "protocol/limits.h"
#include "worker/batch_signer.h"
#include "worker/health.h"

namespace gwageo {

/// A value.
struct AgentOptions {
  WorkerId worker;
  std::string name;
  std::string version;
  std::vector<std::string> engines;
  std::uint32_t slots = 1;
  std::uint32_t credit_items = 32;  ///< Items that each slot wants in flight.
  Gpus gpus = {};                   ///< What each slot is; empty: no GPU.
  /// Models that are loaded at the same time at most: the coordinator asks for no more.
  std::uint32_t loads = limits::loads_at_once;
  BatchSigning signing = {};
  /// How long after StopRequested it has left at the latest. With more than limits::stop_grace what
  /// runs goes on until so much is left; what has not begun is given back at once.
  Duration stop_grace = limits::stop_grace;
  HealthOptions health = {};  ///< As many slots as the worker has, or none.
};

}  // namespace gwageo
