// OutstandingYields: the runs that were asked to yield and have not ended yet, and what is promised
// by them. Until they end the ledger still counts the GPUs as their teams'; who asks next must not.
#pragma once

#include <map>
#include <utility>

#include "coordinator/dispatch_orders.h"
#include "coordinator/preemption.h"

namespace gwageo {

/// A value; one thread.
class OutstandingYields {
 public:
  struct Asked {
    Yield yield;
    TeamNumber victim = 0;   ///< Whose run is to yield.
    std::uint32_t gpus = 0;  ///< So many of its GPUs go to the other.
    Instant since;
  };
  /// REQUIRES: none was asked on the block yet.
  void add(const Asked& asked);
  /// What ran on the block has ended, or need not yield any more. Nothing happens when none was
  /// asked there.
  void remove(const Block& block);

  /// None was asked on the block: null.
  const Yield* find(const Block& block) const;
  /// The slots on their way to the class.
  std::int64_t coming(ClassNumber number) const;
  /// What the teams will hold more, or less, once all have ended.
  const Promised& promised() const { return promised_; }
  std::size_t size() const { return by_place_.size(); }

  /// Calls `visit` with each `Asked`, by place.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [place, asked] : by_place_) visit(asked);
  }

 private:
  void count_promised();

  std::map<std::pair<NodeNumber, std::uint32_t>, Asked> by_place_;
  Promised promised_;
};

}  // namespace gwageo
