// What the pool keeps of each class and of each worker.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/estimates.h"
#include "coordinator/placement.h"
#include "coordinator/requirement.h"
#include "coordinator/waiting_work.h"
#include "protocol/digest.h"
#include "protocol/gpus.h"
#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// A value.
struct PoolClass {
  ClassNumber number = 0;  ///< The dispatcher's.
  std::uint32_t gpus = 1;
  Requirement requirement;
  Digest model = {};       ///< Of its files.
  bool elsewhere = false;  ///< Somebody else's server has it, which may be away.
};

/// A class would not load on a worker, or one of its slots looks whether it does.
struct PoolLoadFailure {
  std::string why;
  bool is_away = false;     ///< Its server is, or room for its weights, for now.
  std::uint32_t times = 0;  ///< In a row; 0: it is tried for the first time.
  Instant until;            ///< When it may be tried again, though others are there who are busy.
  bool has_failed() const { return times > 0; }
};

/// By class and worker.
using PoolLoadFailures = std::map<Digest, std::map<WorkerId, PoolLoadFailure>>;

/// How a job goes.
struct PoolUrgency {
  Tier tier = Tier::campaign;
  std::int32_t priority = 0;
};

/// A value.
struct PoolNode {
  NodeNumber number = 0;  ///< The dispatcher's.
  std::vector<std::string> engines;
  Gpus gpus;
  bool is_open = true;
  std::vector<Instant> loaded_at;  ///< Of each slot; 0 while none was seen.
  Pace pace;
  Answerer worker = {};
  std::set<Digest> cached = {};  ///< Models whose files lie there.
  Instant joined_at = {};
  std::set<std::uint32_t> broken_off = {};  ///< Slots that load what nobody waits for any more.

  bool meets(const Requirement& requirement) const {
    return gwageo::meets(worker, engines, gpus, loaded_at.size(), requirement);
  }
};

}  // namespace gwageo
