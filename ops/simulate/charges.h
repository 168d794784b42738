// What runs were charged: what they are expected to take when they begin, and what they took when
// they end. One that is late is charged what it has taken, and again each time that this has grown
// by a quarter: a coordinator hears of every batch, and what is under way for hours must not look
// as if it cost what it was taken for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "coordinator/ledger.h"
#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// One owner, one thread. A value.
class Charges {
 public:
  /// A run was charged `charged` of GPU time, and is expected to end then. REQUIRES: none runs
  /// there.
  void begin(const Place& place, TeamIndex team, Instant now, std::int64_t charged,
             Instant expected) {
    const Key key{place.node, place.gpu};
    runs_[key] = {team, place.gpus, now, charged, expected + bears};
    by_time_.emplace(expected + bears, key);
  }
  /// It has ended. Returns what it was charged.
  std::int64_t end(const Place& place) {
    const auto run = runs_.find({place.node, place.gpu});
    by_time_.erase({run->second.next, run->first});
    const std::int64_t charged = run->second.charged;
    runs_.erase(run);
    return charged;
  }
  /// When what runs there began. REQUIRES: something does.
  Instant began(const Place& place) const { return runs_.at({place.node, place.gpu}).began; }
  /// Charges what is late.
  void charge(Instant now, Ledger& ledger) {
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      const Key key = by_time_.begin()->second;
      by_time_.erase(by_time_.begin());
      Run& run = runs_[key];
      const Duration took = now - run.began;
      const std::int64_t charged = took.microseconds * run.gpus;
      ledger.charge(now, run.team, charged - run.charged);
      run.charged = charged;
      run.next = now + Duration{took.microseconds / 4};
      by_time_.emplace(run.next, key);
    }
  }
  /// When the next one is late.
  std::optional<Instant> wake() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }

 private:
  /// So late is late.
  static constexpr Duration bears = seconds(60);
  using Key = std::pair<NodeIndex, std::uint32_t>;
  struct Run {
    TeamIndex team = 0;
    std::uint32_t gpus = 1;
    Instant began;
    std::int64_t charged = 0;
    Instant next;  ///< When it is charged again.
  };
  std::map<Key, Run> runs_;
  std::set<std::pair<Instant, Key>> by_time_;
};

}  // namespace gwageo::simulate
