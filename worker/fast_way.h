// FastWay: a FastPath with the answers that came by it and are not handed in yet. A server that was
// right sixteen times may be wrong from then on; so an answer waits until a comparison that was
// drawn after it came is good. A comparison that is not sends all that wait the slow way.
//
//     fast answers   a b c d | e f g | h ...
//     drawn, compared    ^   |   ^   |          good: a to d are handed in; then e to g
//
// Comparisons are those that FastPath draws, and one of the waiting answers whenever none is under
// way and many wait, or nothing else does. What a server was wrong about in answers that were
// handed in after a comparison of others of them was good stays: a liar is caught by a share of its
// lies, not at the first. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "worker/engine.h"
#include "worker/fast_path.h"

namespace gwageo {

struct HeldAnswer {
  Call call;
  Response response;
  Duration waited;           ///< The call's pauses so far.
  std::uint64_t number = 0;  ///< In the order in which they came.
};

/// What a comparison brings.
struct HeldAnswers {
  std::vector<HeldAnswer> handed_in;
  std::vector<HeldAnswer> asked_again;  ///< The slow way.
};

/// One thread.
class FastWay {
 public:
  /// Answers that wait while calls do.
  static constexpr std::size_t held_max = 32;

  FastPath path;

  /// REQUIRES: the path is open.
  void hold(Call call, Response response, Duration waited);
  /// One of the answers that wait, to be compared now; nothing: it is not time. REQUIRES: no
  /// comparison is under way.
  std::optional<HeldAnswer> draw(bool is_any_call_waiting);
  /// Of the answer that came last. A comparison that begins now is good for those up to it.
  std::uint64_t last() const { return held_last_; }
  /// A comparison has ended that is good for the answers up to a number.
  HeldAnswers end_comparison(std::uint64_t good_for,
                             const std::vector<std::optional<Response>>& fast,
                             const std::vector<Response>& slow);
  /// Closes the path for another reason; what waited.
  std::vector<HeldAnswer> close(std::string reason);
  /// What waits is the caller's again.
  std::vector<HeldAnswer> take_all();
  /// Answers that came by it and were handed in.
  std::uint64_t handed_in() const { return handed_in_; }

 private:
  std::deque<HeldAnswer> held_;  // By number.
  std::uint64_t held_last_ = 0;
  std::uint64_t handed_in_ = 0;
};

}  // namespace gwageo
