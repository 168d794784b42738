// An exam hall with a target and two teams: what is said of its stages, in one call each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {

class ProgrammeHall : public ExamHall {
 public:
  ProgrammeHall();
  ~ProgrammeHall() override;

  /// A target "t" on the suite, with these lines more.
  Json target(const std::string& lines = "");
  /// Everything that is missing is examined.
  void examine();

  /// "done", "known", or what was wrong.
  std::string tell(const std::string& verb, const Json& body, const std::string& who = "op");
  Json ask(const std::string& verb, const Json& body, const std::string& who = "op");
  std::string open(const std::string& stage, const std::string& target = "t");
  std::string close(const std::string& stage, const std::string& reason = "");
  Json stage(const std::string& name, const std::string& who = "op");
  Json shown(const std::string& who = "op", const std::string& as_of = "");
  /// The row of a candidate, null where there is none.
  static Json row(const Json& document, const std::string& candidate);
  /// "good-150 pass, weak-20 fail"
  static std::string verdicts(const Json& document);
  static Json parsed(const Reply& reply);
  std::size_t records() const;
  const std::vector<std::string>& rows() const { return rows_; }

  /// The coordinator judges a stage that is to be closed, and dies before it hears of it.
  void crash_while_closing(const std::string& stage);
  /// Somebody adds a model after the next stage that is to be closed was judged.
  void add_while_closing(const Json& added);

 protected:
  bool finishes(ErrandKind errand) override;

 private:
  /// Nobody waits for the answer.
  void command(const std::string& verb, const Json& body);

  bool dies_ = false;
  std::optional<Json> added_;
  std::vector<std::string> rows_;
};

}  // namespace gwageo::testing
