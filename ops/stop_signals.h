// SIGTERM and SIGINT: both ask a daemon to end in order.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace gwageo {

/// Keeps both signals from this thread and from those that it begins later; until a StopWatch
/// takes them, they wait. A broken pipe is an error of the write, no signal, from here on.
void block_stop_signals();

/// Takes the signals, on a thread of its own. REQUIRES: block_stop_signals() came first.
class StopWatch {
 public:
  /// From now on a signal makes `requested` true and calls `wake`.
  explicit StopWatch(std::function<void()> wake);
  ~StopWatch();
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

  const std::atomic<bool>& requested() const { return requested_; }

 private:
  void run();
  std::function<void()> wake_;
  std::atomic<bool> requested_{false};
  std::atomic<bool> is_ending_{false};
  std::thread thread_;
};

}  // namespace gwageo
