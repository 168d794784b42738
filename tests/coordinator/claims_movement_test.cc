// How verdicts on claims move: their history, what moved them, any day, and why one is what it is.
#include <gtest/gtest.h>

#include <string>

#include "tests/coordinator/boards_desk.h"

namespace gwageo::testing {
namespace {

/// "2026-03-02 ant: text; text;" a line.
std::string lines(const Json& answer) {
  std::string text;
  for (const Json& verdict : answer.find("verdicts")->as_array()) {
    text += verdict.find("as_of")->as_string() + " " + verdict.find("candidate")->as_string() + ":";
    for (const Json& move : verdict.find("moves")->as_array()) {
      text += " " + move.find("text")->as_string() + ";";
    }
    text += "\n";
  }
  return text;
}

class ClaimsMovement : public ::testing::Test {
 protected:
  ClaimsMovement() {
    desk_.import("b", "", "model,x,y\nant,50,50\nbird,80,80\n");
    desk_.add_target(target_text("t", "b"));
    desk_.begin("2026-03-02");
    desk_.import("b", "", "model,x,y\nant,60,50\nbird,80,80\n", R"(, "reason": "r")");
    desk_.begin("2026-03-03");
    desk_.import("b", "", "model,x,y\nant,60,50\nbird,80,81\ncat,90,90\n", R"(, "reason": "r")");
  }
  Json ask(const std::string& verb, const std::string& body) {
    return parsed(desk_.say(verb, Json::parse(body).value(), {}, "eye"));
  }
  Boards desk_{"2026-03-01"};
};

TEST_F(ClaimsMovement, TheHistorySaysWhichCellMovedWhom) {
  EXPECT_EQ(lines(ask("target.history", R"({"target": "t"})")),
            "2026-03-01 ant: the first verdict;\n"
            "2026-03-01 bird: the first verdict;\n"
            "2026-03-02 ant: board b was imported again (version 2, seen 2026-03-02); cell x "
            "of ant restated: 50 -> 60;\n"
            "2026-03-03 ant: board b was imported again (version 3, seen 2026-03-03); the "
            "best is cat, not bird;\n"
            "2026-03-03 bird: board b was imported again (version 3, seen 2026-03-03); cell y "
            "of bird restated: 80 -> 81; the best is cat, not bird;\n"
            "2026-03-03 cat: the first verdict;\n");
}

TEST_F(ClaimsMovement, AReplayOfTheDaysSaysTheSame) {
  const std::string range = R"({"target": "t", "from": "2026-03-01", "to": "2026-03-04"})";
  const Json replayed = ask("target.replay", range);
  EXPECT_EQ(lines(replayed), lines(ask("target.history", R"({"target": "t"})")));
  EXPECT_TRUE(replayed.find("next")->is_null());
  EXPECT_EQ(*replayed.find("days"), Json(4));
}

TEST_F(ClaimsMovement, PagesOfDaysFollowOneAnother) {
  const std::string range = R"("target": "t", "from": "2026-02-20", "to": "2026-10-01")";
  Json page = ask("target.replay", "{" + range + "}");
  std::string all = lines(page);
  std::int64_t days = page.find("days")->as_integer();
  while (page.find("next")->is_string()) {
    page = ask("target.replay",
               "{" + range + R"(, "next": ")" + page.find("next")->as_string() + "\"}");
    all += lines(page);
    days += page.find("days")->as_integer();
  }
  EXPECT_EQ(days, 224);
  // First seen in March; out of the window of six months in September.
  EXPECT_NE(all.find("2026-09-03 cat: no model of the cohort is the best any more, which left the "
                     "window (dated 2026-03-03);"),
            std::string::npos)
      << all;
}

TEST_F(ClaimsMovement, ADayToComeSaysWhoLeaves) {
  const Json shown = ask("target.show", R"({"target": "t", "as_of": "2026-09-02"})");
  std::string text;
  for (const Json& move : shown.find("moves")->as_array()) {
    text += move.find("text")->as_string() + "\n";
  }
  EXPECT_EQ(text,
            "reference ant left the window (released 2026-03-01, out since 2026-09-01)\n"
            "reference bird left the window (released 2026-03-01, out since 2026-09-01)\n");
  const Json now = ask("target.show", R"({"target": "t"})");
  EXPECT_EQ(*now.find("moves"), Json::array());
}

TEST_F(ClaimsMovement, AVerdictIsExplainedByItsRows) {
  const Json answer = ask("verdict.explain", R"({"verdict": "t/ant@2"})");
  EXPECT_EQ(*answer.find("basis"), Json("claimed"));
  EXPECT_EQ(*answer.find("rule")->find("decide"), Json("point"));
  EXPECT_EQ(*answer.find("ratio_exact"), Json("11/16"));
  EXPECT_EQ(*answer.find("inputs")->find("best")->find("model"), Json("bird"));
  EXPECT_EQ(*answer.find("inputs")->find("candidate")->find("values")->find("x"), Json("60/1"));
  EXPECT_TRUE(answer.find("items")->is_null());
  EXPECT_EQ(*answer.find("before")->find("verdict"), Json("fail"));
}

TEST(ClaimsHistory, IsReadInPages) {
  Boards desk("2026-03-01");
  std::string csv = "model,x\n";
  for (int i = 100; i < 250; ++i) csv += "model-" + std::to_string(i) + "," + "50\n";
  desk.import("b", "", csv);
  desk.add_target(target_text("t", "b"));
  Json body;
  body["target"] = "t";
  const Json first = parsed(desk.say("target.history", body));
  EXPECT_EQ(first.find("verdicts")->as_array().size(), 100u);
  EXPECT_EQ(*first.find("more"), Json(true));
  body["from"] = *first.find("next");
  const Json second = parsed(desk.say("target.history", body));
  EXPECT_EQ(second.find("verdicts")->as_array().size(), 50u);
  EXPECT_EQ(*second.find("more"), Json(false));
  EXPECT_EQ(*second.find("verdicts")->as_array()[0].find("candidate"), Json("model-200"));
}

}  // namespace
}  // namespace gwageo::testing
