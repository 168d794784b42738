// FastPath: whether a quicker way to the same numbers is used, as a matter of trust. The slow way
// is the definition. The first requests are asked both ways and the slow answers count; when all
// agree the fast way is used, and now and then, when the server cannot know, one is asked both ways
// again. A disagreement closes it for good, and so do answers that miss what was asked for; tasks
// that it does not suit are not tried for long. Pure.
//
// Its answers wait for a comparison that is good and asked after they came (fast_way.h): those that
// a server gave before it was caught are asked again, but for what it was right about in between.
//
// There are two: the choices of a question in one request (openai_choices.h), and the numbers of a
// continuation without those of its context (ScoredPart in openai_call.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/json.h"
#include "protocol/request.h"

namespace gwageo {

/// A value; one thread.
class FastPath {
 public:
  enum class Use : std::uint8_t { both, fast };

  /// Requests, or questions, that are asked both ways before it is used,
  static constexpr std::uint32_t compared_first = 16;
  /// one in so many after that,
  static constexpr std::uint32_t compared_again = 32;
  /// and how many of a task may not suit, one after another, before the task is left alone.
  static constexpr std::uint32_t unsuited_max = 4;

  FastPath() = default;  ///< Closed, without a reason.
  /// Open. `secret` draws which are asked both ways again.
  explicit FastPath(std::uint64_t secret) : is_open_(true), secret_(secret) {}

  /// Closed from the start, for a reason that is known already.
  explicit FastPath(std::string reason) : reason_(std::move(reason)) {}

  /// Whether requests of `task` are tried at all.
  bool tries(const std::string& task) const;
  /// How to ask the next. REQUIRES: open.
  Use next();
  /// Which of `count` answers is asked the slow way as well, where the server cannot know.
  /// REQUIRES: count > 0.
  std::size_t draw(std::size_t count);
  /// It suited a question of `task`, or did not.
  void note(const std::string& task, bool suits);
  /// What was asked both ways. `fast`: nothing where it was left to the slow way. Where the slow
  /// way has no answer either there is nothing to compare, and nothing that makes it trusted.
  /// Whether something was compared, all that has a fast answer, and the same.
  bool compared(const std::vector<std::optional<Response>>& fast,
                const std::vector<Response>& slow);
  void close(std::string reason);

  bool is_open() const { return is_open_; }
  /// Why it was closed; empty: it is open, or never was.
  const std::string& closed_because() const { return reason_; }
  Json to_json() const;

 private:
  bool is_open_ = false;
  std::uint64_t secret_ = 0;
  std::string reason_;
  std::uint64_t asked_ = 0;          ///< Since it opened.
  std::uint64_t drawn_ = 0;          ///< Of answers.
  std::uint64_t agreed_ = 0;         ///< Compared, and the same.
  std::uint64_t greedy_ = 0;         ///< Requests compared that were the most probable token,
  std::uint64_t greedy_differ_ = 0;  ///< and those that were so in one way only.
  std::map<std::string, std::uint32_t> unsuited_;  ///< By task; one that suits is not here.
};

/// How the fast answer to a request differs from the slow one, which is scored; empty: in nothing
/// but roundings.
std::string disagreement(const Response& fast, const Response& slow);

}  // namespace gwageo
