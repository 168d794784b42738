// Waker: the part of an engine that sleeps until there is something to do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "protocol/time.h"

namespace gwageo {

/// `wait` belongs to one thread, `wake` to any.
class Waker {
 public:
  /// Blocks until `wake` was called or `at_most` has passed.
  void wait(Duration at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::microseconds(at_most.microseconds),
                      [this] { return is_woken_; });
    is_woken_ = false;
  }
  /// Ends a wait in progress, or the next one.
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      is_woken_ = true;
    }
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_woken_ = false;  // Guarded by mutex_.
};

}  // namespace gwageo
