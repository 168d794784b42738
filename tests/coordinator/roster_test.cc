// Who is examined when: dated facts, and a late entrant judged as any other.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/state.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

class Roster : public ::testing::Test {
 protected:
  std::string enter(const std::string& model, const std::string& on = "") {
    Json body = Json::Object{{"target", "t"}, {"model", model}};
    if (!on.empty()) body["on"] = on;
    return hall_.tell("roster.enter", body);
  }
  std::string leave(const std::string& model, const std::string& on = "",
                    const std::string& reason = "merged with another team") {
    Json body = Json::Object{{"target", "t"}, {"model", model}};
    if (!on.empty()) body["on"] = on;
    if (!reason.empty()) body["reason"] = reason;
    return hall_.tell("roster.leave", body);
  }
  /// "good-150, weak-20": those who are judged on the day.
  std::string judged(const std::string& as_of) {
    std::string names;
    const Json shown = hall_.shown("op", as_of);
    for (const Json& row : shown.find("verdicts")->as_array()) {
      names += (names.empty() ? "" : ", ") + row.find("candidate")->as_string();
    }
    return names;
  }
  ProgrammeHall hall_;
};

TEST_F(Roster, EntriesAndExitsHoldFromTheirDays) {
  hall_.target("candidates: roster\n");
  EXPECT_EQ(judged("2026-06-30"), "");
  EXPECT_EQ(enter("good-150", "2026-06-10"), "done");
  EXPECT_EQ(enter("weak-20", "2026-07-15"), "done");
  EXPECT_EQ(leave("good-150", "2026-08-01"), "done");
  EXPECT_EQ(judged("2026-06-09"), "");
  EXPECT_EQ(judged("2026-06-10"), "good-150");
  EXPECT_EQ(judged("2026-07-14"), "good-150");
  EXPECT_EQ(judged("2026-07-15"), "good-150, weak-20");
  EXPECT_EQ(judged("2026-08-01"), "weak-20");
  EXPECT_EQ(enter("good-150", "2026-08-02"), "done");
  EXPECT_EQ(judged("2026-08-02"), "good-150, weak-20");
  const Json body = Json::Object{{"target", "t"}, {"as_of", "2026-08-01"}};
  const Json shown = hall_.ask("roster.show", body, "red");
  EXPECT_EQ(*shown.find("roster"),
            Json(Json::Array{Json::Object{
                {"candidate", "weak-20"}, {"entered", "2026-07-15"}, {"retired", nullptr}}}));
  EXPECT_EQ(shown.find("changes")->as_array().size(), 4u);
  EXPECT_EQ(shown.find("changes")->as_array()[2].dump(),
            R"({"candidate":"good-150","change":"left","date":"2026-08-01",)"
            R"("recorded":"2026-06-30","reason":"merged with another team","by":"op"})");
  hall_.restart();
  EXPECT_EQ(hall_.ask("roster.show", body, "red"), shown);
}

TEST_F(Roster, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  EXPECT_EQ(enter("good-150"), "no target is named t (gwageo target list)");
  hall_.target("candidates: roster\n");
  EXPECT_EQ(enter("nobody"), "no model is named nobody; add it first (gwageo model add)");
  EXPECT_EQ(enter("ref-100"), "model ref-100 is a reference: only candidates are on a roster");
  EXPECT_EQ(enter("good-150", "2026-05-31"),
            "`on`: 2026-05-31 is before the release of good-150 (2026-06-01): nobody enters with "
            "a model that is not there");
  EXPECT_EQ(enter("good-150", "2027-07-01"),
            "`on`: 2027-07-01 is more than a year from today (2026-06-30); the last day that may "
            "be named is 2027-06-30");
  EXPECT_EQ(enter("good-150", "2026-06-31"),
            "`on`: \"2026-06-31\" is no date: YYYY-MM-DD, and a day that exists");
  EXPECT_EQ(leave("good-150"),
            "good-150 is not on the roster of t on 2026-06-30, so it cannot leave (gwageo roster "
            "show t)");
  EXPECT_EQ(
      hall_.say("roster.enter", Json::Object{{"target", "t"}, {"model", "good-150"}}, {}, "red")
          .code,
      ReplyCode::not_allowed);
  EXPECT_TRUE(hall_.state().programme().roster("t").empty());
  EXPECT_EQ(enter("good-150", "2027-06-30"), "done");
  EXPECT_EQ(enter("good-150"), "done");
  EXPECT_EQ(enter("good-150"),
            "good-150 is on the roster of t on 2026-06-30 already (gwageo roster show t)");
  EXPECT_EQ(leave("good-150", "", ""),
            "`reason`: say in words why good-150 leaves (--reason TEXT)");
  hall_.say("model.retire", Json::Object{{"name", "weak-20"}});
  EXPECT_EQ(enter("weak-20"), "model weak-20 is retired");
  EXPECT_EQ(hall_.state().programme().roster("t").size(), 2u);
}

TEST_F(Roster, OfATargetThatGoesByNoneIsSaidToChangeNothing) {
  hall_.target();
  const Json answer =
      hall_.ask("roster.enter", Json::Object{{"target", "t"}, {"model", "good-150"}});
  EXPECT_EQ(*answer.find("warning"),
            Json("target t does not go by its roster (it has no `candidates: roster`), so this "
                 "changes no verdict"));
}

TEST_F(Roster, WhoIsCorrectedToALaterReleaseThanItsEntryIsSaid) {
  hall_.target("candidates: roster\n");
  ASSERT_EQ(enter("good-150"), "done");
  const Json answer = hall_.ask(
      "model.correct",
      Json::Object{{"name", "good-150"}, {"released", "2026-07-05"}, {"reason", "a typo"}});
  ASSERT_NE(answer.find("warning"), nullptr) << answer.dump();
  EXPECT_EQ(*answer.find("warning"),
            Json("it is released on 2026-07-05, and on rosters from an earlier day on: t "
                 "(2026-06-30); gwageo roster leave and enter put that right"));
}

TEST_F(Roster, TheSameFilesUnderTwoNamesOfReferencesAreSaid) {
  const auto warned = [&](const std::string& name, const std::string& role) {
    Json body = ExamHall::model(name, role, "2026-03-31");
    body["digest"] = to_hex(sha256("the same"));
    const Json answer = hall_.ask("model.add", body);
    return answer.find("warning") == nullptr ? "" : answer.find("warning")->as_string();
  };
  EXPECT_EQ(warned("one", "reference"), "");
  EXPECT_EQ(warned("two", "reference"),
            "it is the same files by the same engine as reference one: a cohort has it once under "
            "each name, and a mean of the best counts it as often");
  EXPECT_EQ(warned("three", "candidate"), "");  // It is compared with them.
}

TEST_F(Roster, WhoEntersAsOfADayThatIsOverSaysWhy) {
  hall_.target("candidates: roster\n");
  const auto warned = [&](const Json& body) {
    const Json answer = hall_.ask("roster.enter", body);
    return answer.find("warning") == nullptr ? "" : answer.find("warning")->as_string();
  };
  EXPECT_EQ(warned(Json::Object{{"target", "t"}, {"model", "good-150"}, {"on", "2026-06-10"}}),
            "2026-06-10 is over, and nothing says why it is recorded only now (--reason TEXT)");
  EXPECT_EQ(warned(Json::Object{{"target", "t"},
                                {"model", "weak-20"},
                                {"on", "2026-06-10"},
                                {"reason", "the form was lost"}}),
            "");
}

TEST_F(Roster, ShowsWhoIsRetired) {
  hall_.target("candidates: roster\n");
  enter("good-150");
  hall_.say("model.retire", Json::Object{{"name", "good-150"}});
  const Json shown = hall_.ask("roster.show", Json::Object{{"target", "t"}});
  const Json& entry = shown.find("roster")->as_array().at(0);
  EXPECT_EQ(*entry.find("retired"), Json("2026-06-30"));
}

// Only that it came late shows: the same models in time have the same verdicts.
TEST_F(Roster, ALateEntrantIsJudgedByTheSameRules) {
  hall_.target("candidates: roster\n");
  enter("good-150");
  enter("weak-20");
  hall_.examine();
  const Json in_time = hall_.shown("op", "2026-07-12");
  leave("good-150");
  ASSERT_EQ(hall_.open("s-1"), "done");
  hall_.begin("2026-07-12");
  ASSERT_EQ(enter("good-150"), "done");
  hall_.examine();
  Json late = ProgrammeHall::row(hall_.stage("s-1"), "good-150");
  EXPECT_EQ(*late.find("entered"), Json("2026-07-12"));
  EXPECT_EQ(*late.find("days_after_opening"), Json(12));
  const Json early = ProgrammeHall::row(hall_.stage("s-1"), "weak-20");
  EXPECT_EQ(*early.find("days_after_opening"), Json(0));
  Json same = ProgrammeHall::row(in_time, "good-150");
  EXPECT_EQ(*same.find("days_after_opening"), Json(nullptr));
  for (const char* const key : {"entered", "days_after_opening"}) {
    late[key] = nullptr;
    same[key] = nullptr;
  }
  EXPECT_EQ(late, same);
  ASSERT_EQ(hall_.close("s-1"), "done");
  EXPECT_EQ(*ProgrammeHall::row(hall_.stage("s-1"), "good-150").find("days_after_opening"),
            Json(12));
}

}  // namespace
}  // namespace gwageo::testing
