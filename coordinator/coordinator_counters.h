// What a coordinator has handled since its start.
#pragma once

#include <cstdint>

namespace gwageo {

struct CoordinatorCounters {
  std::uint64_t frames = 0;
  std::uint64_t refused_frames = 0;  ///< Malformed, or from a key without the right.
  std::uint64_t turns = 0;           ///< Commits that wrote something.
  std::uint64_t facts = 0;
  std::uint64_t records = 0;  ///< Items recorded.
  std::uint64_t stale_results = 0;
};

}  // namespace gwageo
