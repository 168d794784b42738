// What runs were charged: what they are expected to take when they begin, and what they took when
// they end. One that is late is charged what it has taken, and again each time that this has grown
// by a quarter: a coordinator hears of every batch, and what is under way for hours must not look
// as if it cost what it was taken for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "coordinator/ledger.h"
#include "ops/simulate/policy.h"

namespace gwageo::simulate {

/// One owner, one thread.
class Charges {
 public:
  /// REQUIRES: the fleet outlives it.
  explicit Charges(const Fleet& fleet) : fleet_(fleet), runs_(fleet.gpus()) {}

  /// A run was charged `charged` of GPU time, and is expected to end then. REQUIRES: none runs
  /// there.
  void begin(const Place& place, TeamIndex team, Instant now, std::int64_t charged,
             Instant expected) {
    runs_[first_gpu(place)] = {team, place.gpus, now, charged, expected + bears};
    due_.emplace(expected + bears, first_gpu(place));
  }
  /// It has ended. Returns what it was charged.
  std::int64_t end(const Place& place) {
    Run& run = runs_[first_gpu(place)];
    const std::int64_t charged = run.charged;
    run = {};
    drop_over();
    return charged;
  }
  /// When what runs there began. REQUIRES: something does.
  Instant began(const Place& place) const { return runs_[first_gpu(place)].began; }
  /// Charges what is late.
  void charge(Instant now, Ledger& ledger) {
    while (!due_.empty() && due_.top().first <= now) {
      const std::uint32_t gpu = due_.top().second;
      due_.pop();
      Run& run = runs_[gpu];
      const Duration took = now - run.began;
      const std::int64_t charged = took.microseconds * run.gpus;
      ledger.charge(now, run.team, charged - run.charged);
      run.charged = charged;
      run.next = now + Duration{took.microseconds / 4};
      due_.emplace(run.next, gpu);
      drop_over();
    }
  }
  /// When the next one is late.
  std::optional<Instant> wake() const {
    if (due_.empty()) return std::nullopt;
    return due_.top().first;
  }

 private:
  /// So late is late.
  static constexpr Duration bears = seconds(60);
  struct Run {
    TeamIndex team = 0;
    std::uint32_t gpus = 1;
    Instant began;
    std::int64_t charged = 0;
    Instant next{-1};  ///< When it is charged again; before all time where nothing runs.
  };
  using Due = std::pair<Instant, std::uint32_t>;

  std::uint32_t first_gpu(const Place& place) const {
    return fleet_.gpu_begin[place.node] + place.gpu;
  }
  void drop_over() {
    while (!due_.empty() && runs_[due_.top().second].next != due_.top().first) due_.pop();
  }

  const Fleet& fleet_;
  std::vector<Run> runs_;  // By first GPU.
  // When which is charged again. Behind the first one, which does run, are some that have ended.
  std::priority_queue<Due, std::vector<Due>, std::greater<Due>> due_;
};

}  // namespace gwageo::simulate
