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
  explicit Charges(const Fleet& fleet)
      : fleet_(fleet), runs_(fleet.gpus()), looks_(fleet.gpus(), never) {}

  /// A run was charged `charged` of GPU time, and is expected to end then. REQUIRES: none runs
  /// there.
  void begin(const Place& place, TeamIndex team, Instant now, std::int64_t charged,
             Instant expected) {
    runs_[first_gpu(place)] = {team, place.gpus, now, charged, expected + bears};
    look_at(first_gpu(place));
  }
  /// It has ended. Returns what it was charged.
  std::int64_t end(const Place& place) {
    Run& run = runs_[first_gpu(place)];
    const std::int64_t charged = run.charged;
    run = {};
    find_first();
    return charged;
  }
  /// When what runs there began. REQUIRES: something does.
  Instant began(const Place& place) const { return runs_[first_gpu(place)].began; }
  /// Charges what is late.
  void charge(Instant now, Ledger& ledger) {
    while (!due_.empty() && due_.top().first <= now) {
      const std::uint32_t gpu = due_.top().second;
      Run& run = runs_[gpu];
      const Duration took = now - run.began;
      const std::int64_t charged = took.microseconds * run.gpus;
      ledger.charge(now, run.team, charged - run.charged);
      run.charged = charged;
      run.next = now + Duration{took.microseconds / 4};
      find_first();
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
  static constexpr Instant never{INT64_MAX};
  struct Run {
    TeamIndex team = 0;
    std::uint32_t gpus = 1;
    Instant began;
    std::int64_t charged = 0;
    Instant next = never;  ///< When it is charged again.
  };
  using Due = std::pair<Instant, std::uint32_t>;

  std::uint32_t first_gpu(const Place& place) const {
    return fleet_.gpu_begin[place.node] + place.gpu;
  }
  void look_at(std::uint32_t gpu) {
    if (runs_[gpu].next >= looks_[gpu]) return;
    looks_[gpu] = runs_[gpu].next;
    due_.emplace(looks_[gpu], gpu);
  }
  void find_first() {
    while (!due_.empty()) {
      const auto [at, gpu] = due_.top();
      if (runs_[gpu].next == at) return;
      due_.pop();
      if (looks_[gpu] != at) continue;
      looks_[gpu] = never;
      look_at(gpu);
    }
  }

  const Fleet& fleet_;
  std::vector<Run> runs_;       // By first GPU.
  std::vector<Instant> looks_;  // By first GPU: when it is looked at; not after `next`.
  // When which is looked at, at `looks_` and perhaps later again: many short runs come and go
  // before one is late. The first one is the next to be charged.
  std::priority_queue<Due, std::vector<Due>, std::greater<Due>> due_;
};

}  // namespace gwageo::simulate
