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
  /// The run of `victim` on the block was asked, for so many of its GPUs. REQUIRES: it was not yet.
  void add(const Yield& yield, TeamNumber victim, std::uint32_t gpus);
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

  /// Calls `visit` with each yield, by place.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [place, asked] : by_place_) visit(asked.yield);
  }

 private:
  struct Asked {
    Yield yield;
    TeamNumber victim = 0;
    std::uint32_t gpus = 0;
  };
  void count_promised();

  std::map<std::pair<NodeNumber, std::uint32_t>, Asked> by_place_;
  Promised promised_;
};

}  // namespace gwageo
