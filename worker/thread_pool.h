// ThreadPool: a few threads that share out the parts of one piece of work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gwageo {

/// Owned and used by one thread, which works too.
class ThreadPool {
 public:
  /// `threads` in all, the caller's included; 0 counts as 1.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t size() const { return threads_.size() + 1; }

  /// Calls work(0), ..., work(parts - 1), each once, on any of the threads at the same time;
  /// returns when all have returned. `work` must not throw.
  void run(std::size_t parts, const std::function<void(std::size_t)>& work);

 private:
  void serve();
  void take_parts(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t parts_ = 0;
  std::size_t taken_ = 0;
  std::size_t done_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace gwageo
