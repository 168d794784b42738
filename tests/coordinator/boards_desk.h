// An operator with leaderboards, for the tests of claims.
#pragma once

#include <cstddef>
#include <string>

#include "tests/coordinator/desk.h"

namespace gwageo::testing {

Json parsed(const Reply& reply);
/// "done", or what was wrong.
std::string error_of(const Reply& reply);
std::string target_text(const std::string& name, const std::string& board,
                        const std::string& months = "6");

/// An operator with boards.
class Boards : public Desk {
 public:
  using Desk::Desk;

  /// Imports a table of LiveBench's kind.
  Reply import(const std::string& board, const std::string& release, const std::string& csv,
               const std::string& more = "", const std::string& who = "op",
               const std::string& categories = "");
  Reply add_target(const std::string& text);
  Json show(const std::string& target, const std::string& as_of = "");
  /// "pass 1/1, fail 1/2": the verdicts in the order of names.
  std::string verdicts(const std::string& target, const std::string& as_of = "");
  std::size_t verdicts_on_record() const;
};

}  // namespace gwageo::testing
