// The clocks of this machine.
#pragma once

#include <chrono>

#include "protocol/time.h"

namespace gwageo {

/// Thread rule: any thread.
class SystemClock final : public Clock {
 public:
  Duration monotonic() const override {
    return count(std::chrono::steady_clock::now().time_since_epoch());
  }
  WallTime wall() const override {
    return {count(std::chrono::system_clock::now().time_since_epoch()).microseconds};
  }

 private:
  template <class Span>
  static Duration count(Span span) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(span).count()};
  }
};

}  // namespace gwageo
