// AuditBudget: how much of the pool audit replays may take before everything else. A token bucket:
// it fills with a share of the pool's GPU time, and holds what an hour brings at most. Integers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "protocol/time.h"
#include "protocol/wide.h"

namespace gwageo {

/// A value; one thread. REQUIRES: `now` never decreases.
class AuditBudget {
 public:
  /// Thousandths of the pool's GPU time.
  static constexpr std::int64_t share = 20;
  /// What it holds at most: what the pool brings in so long.
  static constexpr Duration burst = seconds(3600);

  /// The pool has had so many GPUs since the last call, and no less than one. A new budget is full.
  void pass(Instant now, std::uint64_t gpus) {
    const auto size = static_cast<Wide>(std::max<std::uint64_t>(1, gpus)) * share;
    const Wide most = burst.microseconds * size / 1000;
    left_ = is_new_ ? most : std::min(most, left_ + (now - at_).microseconds * size / 1000);
    is_new_ = false;
    at_ = now;
  }
  /// An audit was served so much: microseconds times GPUs.
  void spend(std::int64_t gpu_time) { left_ -= gpu_time; }
  /// Whether audits go before everything else; else they go as interactive work does.
  bool is_left() const { return is_new_ || left_ > 0; }

 private:
  Wide left_ = 0;
  Instant at_;
  bool is_new_ = true;
};

}  // namespace gwageo
