// ConcurrencyLimit: how many requests a server is asked at a time. More are tried while that makes
// the answers come faster, and half as many once the server has no room for them; then one more at
// a time (additive increase, multiplicative decrease: Chiu and Jain, "Analysis of the Increase and
// Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989).
#pragma once

#include <cstdint>

#include "protocol/time.h"

namespace gwageo {

/// A value; one thread, no clock. `now` never decreases.
class ConcurrencyLimit {
 public:
  /// REQUIRES: 1 <= first <= most.
  ConcurrencyLimit(std::uint32_t first, std::uint32_t most);

  std::uint32_t limit() const { return limit_; }
  /// An answer has come. `is_full`: more requests waited than the limit let go. What a server
  /// does that has less to do than it could says nothing about the limit.
  void answered(Duration now, bool is_full);
  /// The server had no room: it said so, closed a connection, or did not answer in time. Counts
  /// once a second: what was on its way together fails together.
  void overloaded(Duration now);

 private:
  void begin_window();
  void judge(double rate);
  void grow();

  std::uint32_t most_;
  std::uint32_t limit_;
  std::uint32_t careful_above_;  ///< From here on one more at a time.
  bool settled_;                 ///< More was tried and was no faster.
  std::uint32_t best_limit_;
  double best_rate_ = 0;       ///< Answers a second at `best_limit_`.
  std::uint32_t windows_ = 0;  ///< Since it is settled.
  std::uint32_t to_skip_ = 0;  ///< Answers to requests from before the window.
  std::uint32_t counted_ = 0;  ///< Answers of the window.
  Duration window_began_;
  bool has_cut_ = false;
  Duration cut_at_;
};

}  // namespace gwageo
