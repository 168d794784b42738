// FastWay: a FastPath with the answers that came by it and are not handed in yet. A server that was
// right sixteen times may be wrong from then on; so an answer waits until a comparison of a later
// one is good. A comparison that is not sends all that wait the slow way.
//
//     fast answers   a b c | d e f | g h ...
//     drawn              ^     ^                good: a, b and c; then d, e and f
//
// An answer is what one request brought: for the choices of a question, all their numbers. One that
// is drawn is asked the fast way once more, after all that it vouches for had come, and the slow
// way, in full; both fast answers have to be right, and what counts is the slow one. A comparison
// that FastPath draws before its question is asked vouches for what had come by then.
//
// Guarantee. A server that is wrong in every fast answer that it gives from some moment on has none
// of them handed in, and is caught by the first comparison that begins to be asked after that
// moment and has an answer both ways. For what is handed in came before the vouching answer was
// asked, so the server was right still when it gave that one, or is wrong about it too. This does
// not rest on the order in which answers come that are under way together. Where somebody on the
// way repeats earlier answers it does: what is drawn vouches for nothing that came after it did.
//
// Wrong is what `disagreement` (fast_path.h) tells; of answers that are right now and then, those
// that came before a right one that was drawn are handed in: who lies rarely is caught by a share
// of the lies, not at the first. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "worker/engine.h"
#include "worker/fast_path.h"

namespace gwageo {

/// What one request brought.
struct HeldAnswer {
  std::vector<Call> calls;  ///< All that it has an answer to, and these, in the same order.
  std::vector<Response> responses;
  Duration waited;           ///< The calls' pauses so far.
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
  /// Answers that wait while calls do, and no comparison is under way.
  static constexpr std::size_t held_max = 32;

  FastPath path;

  /// REQUIRES: the path is open; as many responses as calls, one at least.
  void hold(std::vector<Call> calls, std::vector<Response> responses, Duration waited);
  /// One of the answers that wait, to be compared now; nothing: it is not time. The one that came
  /// last, or where calls wait as well any of the later half. REQUIRES: no comparison is under way.
  std::optional<HeldAnswer> draw(bool is_any_call_waiting);
  /// Whether any waits.
  bool holds_any() const { return !held_.empty(); }
  /// Of the answer that came last. What is asked from now on vouches for those up to it.
  std::uint64_t last() const { return held_last_; }
  /// A comparison has ended that vouches for the answers up to a number. `before`: what the fast
  /// way had said of the same, where it was asked once more; it has to be right, too.
  HeldAnswers end_comparison(std::uint64_t good_for,
                             const std::vector<std::optional<Response>>& fast,
                             const std::vector<Response>& slow,
                             const std::vector<std::optional<Response>>& before = {});
  /// Closes the path for another reason; what waited.
  std::vector<HeldAnswer> close(std::string reason);
  /// What waits is the caller's again.
  std::vector<HeldAnswer> take_all();
  /// Calls whose answers came by it and were handed in.
  std::uint64_t handed_in() const { return handed_in_; }

 private:
  std::deque<HeldAnswer> held_;  // By number.
  std::uint64_t held_last_ = 0;
  std::uint64_t handed_in_ = 0;
};

/// How many calls those are.
std::size_t calls_in(const std::vector<HeldAnswer>& answers);

}  // namespace gwageo
