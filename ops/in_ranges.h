// Work that is the same whoever does a part of it, on several threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace gwageo {

/// Cuts [0, size) into as many ranges as there are threads and calls `work(first, last)` for each,
/// one thread a range. Returns when all have. REQUIRES: threads >= 1.
template <class Work>
void in_ranges(std::uint64_t size, std::uint64_t threads, const Work& work) {
  std::vector<std::thread> others;
  for (std::uint64_t i = 1; i < threads; ++i) {
    others.emplace_back(
        [&work, size, threads, i] { work(size * i / threads, size * (i + 1) / threads); });
  }
  work(std::uint64_t{0}, size / threads);
  for (std::thread& other : others) other.join();
}

}  // namespace gwageo
