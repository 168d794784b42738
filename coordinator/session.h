// Session: what a connected worker last said of itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/gpus.h"
#include "protocol/messages.h"
#include "protocol/time.h"

namespace gwageo {

/// One connected worker life. Volatile: after a restart workers say hello again.
struct Session {
  std::string name;
  std::vector<std::string> engines;
  std::uint32_t credit_items = 1;
  std::vector<SlotReport> slots;
  Instant heard_at;
  Gpus gpus = {};        ///< What the slots are.
  bool leaving = false;  ///< It was told to stop: it gets no more.
  std::string key = {};  ///< The principal that it came as.
};

}  // namespace gwageo
