// Collective: what the ranks of a group do together with their numbers. Every rank calls the same
// operation with the same sizes; a call returns when this rank's part of it is over. The twin
// (collective_threads.cc) is the definition: ranks are threads of one process. Broadcast and gather
// move bits; a sum is added in the order of the ranks there, and NCCL's order elsewhere, so it is
// compared within a bound: n - 1 roundings of partial sums, |error| <= (n - 1) * 2^-24 * sum of
// |x|.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "protocol/result.h"

namespace gwageo {

/// One rank of a group. Used by one thread, another for each rank. Failures are `unavailable` and
/// final: the group is of no further use.
class Collective {
 public:
  virtual ~Collective() = default;
  virtual int rank() const = 0;
  virtual int ranks() const = 0;
  /// Every rank's numbers become those of rank `root`.
  virtual Status broadcast(std::span<float> numbers, int root) = 0;
  /// out = the numbers of all ranks, one after another. REQUIRES: out.size() == numbers.size() *
  /// ranks().
  virtual Status all_gather(std::span<const float> numbers, std::span<float> out) = 0;
  /// Every rank's numbers become the sums over all ranks.
  virtual Status all_reduce(std::span<float> numbers) = 0;
  /// Seconds that one all_reduce of so many bytes takes in the ranks' own memory, the best of some.
  virtual Result<double> time_all_reduce(std::size_t bytes) = 0;
};

/// A group of `ranks` threads. REQUIRES: ranks > 0.
std::vector<std::unique_ptr<Collective>> make_thread_collectives(int ranks);

}  // namespace gwageo
