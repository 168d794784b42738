// Time that moves when a test moves it.
#pragma once

#include "protocol/time.h"

namespace gwageo::testing {

class TestClock final : public Clock {
 public:
  Duration monotonic() const override { return now; }
  WallTime wall() const override { return wall_now; }
  Duration now;
  WallTime wall_now;
};

}  // namespace gwageo::testing
