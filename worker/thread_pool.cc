#include "worker/thread_pool.h"

namespace gwageo {

ThreadPool::ThreadPool(unsigned threads) {
  for (unsigned i = 1; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(std::size_t parts, const std::function<void(std::size_t)>& work) {
  if (parts == 1 || threads_.empty()) {
    for (std::size_t i = 0; i < parts; ++i) work(i);
    return;
  }
  std::unique_lock lock(mutex_);
  work_ = &work;
  parts_ = parts;
  taken_ = 0;
  done_ = 0;
  changed_.notify_all();
  take_parts(lock);
  changed_.wait(lock, [this] { return done_ == parts_; });
  parts_ = 0;
  taken_ = 0;
}

void ThreadPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || taken_ < parts_; });
    if (stopping_) return;
    take_parts(lock);
  }
}

void ThreadPool::take_parts(std::unique_lock<std::mutex>& lock) {
  while (taken_ < parts_) {
    const std::size_t part = taken_++;
    const auto& work = *work_;
    lock.unlock();
    work(part);
    lock.lock();
    if (++done_ == parts_) changed_.notify_all();
  }
}

}  // namespace gwageo
