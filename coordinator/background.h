// Background: one thread that does pieces of work in the order in which they were given.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace gwageo {

/// Any thread may post. Destruction finishes the piece at hand and drops the rest.
class Background {
 public:
  /// `begin` runs on the thread first.
  explicit Background(std::function<void()> begin = [] {})
      : thread_([this, begin = std::move(begin)] {
          begin();
          run();
        }) {}
  ~Background() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void post(std::function<void()> piece) {
    {
      const std::lock_guard lock(mutex_);
      pieces_.push_back(std::move(piece));
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !pieces_.empty(); });
      if (ending_) return;
      const std::function<void()> piece = std::move(pieces_.front());
      pieces_.pop_front();
      lock.unlock();
      piece();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> pieces_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace gwageo
