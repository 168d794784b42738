// A stage: its rules are frozen while it is open, and its verdicts once it is closed.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/keys.h"
#include "coordinator/state.h"
#include "tests/coordinator/programme_hall.h"

namespace gwageo::testing {
namespace {

class Stages : public ::testing::Test {
 protected:
  ProgrammeHall hall_;
};

TEST_F(Stages, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  EXPECT_EQ(hall_.open("s-1"), "no target is named t (gwageo target list)");
  hall_.target();
  EXPECT_EQ(hall_.open("s 1").substr(0, 14), "`stage`: \"s 1\"");
  EXPECT_EQ(hall_.close("s-1"), "no stage is named s-1 (gwageo stage list)");
  EXPECT_EQ(hall_.records(), 0u);
  EXPECT_EQ(hall_.open("s-1"), "done");
  EXPECT_EQ(hall_.open("s-1"),
            "stage s-1 was opened on 2026-06-30 for target t: a stage is opened once; give this "
            "one another name");
  EXPECT_EQ(hall_.open("s-2"),
            "stage s-1 of target t is open since 2026-06-30: close it first (gwageo stage close "
            "s-1)");
  EXPECT_EQ(hall_.records(), 1u);
  for (const char* const who : {"red", "eye"}) {
    EXPECT_EQ(
        hall_.say("stage.open", Json::Object{{"stage", "s-3"}, {"target", "t"}}, {}, who).code,
        ReplyCode::not_allowed);
    EXPECT_EQ(hall_.say("stage.close", Json::Object{{"stage", "s-1"}}, {}, who).code,
              ReplyCode::not_allowed);
  }
  hall_.examine();
  EXPECT_EQ(hall_.close("s-1"), "done");
  EXPECT_EQ(hall_.close("s-1"),
            "stage s-1 was closed on 2026-06-30: its verdicts are fixed (gwageo stage show s-1)");
  EXPECT_EQ(hall_.open("s-1").substr(0, 20), "stage s-1 was opened");
  EXPECT_EQ(hall_.open("s-2"), "done");  // One after the other.
}

TEST_F(Stages, AnOpenOneIsJudgedByItsVersionWhateverIsAdded) {
  hall_.target();
  hall_.examine();
  EXPECT_EQ(*hall_.shown().find("stage"), Json(nullptr));
  ASSERT_EQ(hall_.open("s-1"), "done");
  const Json changed = hall_.target("confidence: 0.9\n");
  EXPECT_EQ(*changed.find("warning"),
            Json("stage s-1 is open under version 1; this version holds from its closing on"));
  ASSERT_EQ(hall_
                .add_suite(2, hall_.rows(), "",
                           "    metric_list: [{metric: exact_match, ignore_case: true}]\n")
                .code,
            ReplyCode::done);
  hall_.take_asked();
  hall_.examine();
  EXPECT_TRUE(hall_.take_asked().empty());
  const Json open = hall_.shown();
  EXPECT_EQ(*open.find("stage"), Json("s-1"));
  EXPECT_EQ(*open.find("version"), Json(1));
  EXPECT_EQ(*open.find("suite"), Json("s@1"));
  hall_.restart();
  EXPECT_EQ(hall_.shown(), open);
  ASSERT_EQ(hall_.close("s-1"), "done");
  EXPECT_EQ(*hall_.shown().find("stage"), Json(nullptr));
  EXPECT_EQ(*hall_.shown().find("version"), Json(2));
  EXPECT_EQ(*hall_.shown().find("suite"), Json("s@2"));
  EXPECT_EQ(*hall_.stage("s-1").find("version"), Json(1));
  EXPECT_EQ(*hall_.stage("s-1").find("suite"), Json("s@1"));
}

TEST_F(Stages, AClosedOneIsWhatItWas) {
  hall_.target();
  hall_.examine();
  ASSERT_EQ(hall_.open("s-1"), "done");
  hall_.begin("2026-07-03");
  const Json before = hall_.stage("s-1");
  EXPECT_EQ(*before.find("state"), Json("open"));
  EXPECT_EQ(*before.find("closed"), Json(nullptr));
  ASSERT_EQ(hall_.close("s-1"), "done");
  const Json closed = hall_.stage("s-1");
  EXPECT_EQ(*closed.find("state"), Json("closed"));
  EXPECT_EQ(*closed.find("closed")->find("date"), Json("2026-07-03"));
  EXPECT_EQ(*closed.find("closed")->find("by"), Json("op"));
  EXPECT_EQ(*closed.find("opened")->find("date"), Json("2026-06-30"));
  EXPECT_EQ(*closed.find("as_of"), Json("2026-07-03"));
  EXPECT_EQ(ProgrammeHall::verdicts(closed), "good-150 pass, weak-20 fail");
  EXPECT_EQ(*closed.find("verdicts"), *before.find("verdicts"));
  const StageClosed fact = *hall_.state().programme().stages().at("s-1").closed;
  EXPECT_EQ(fact.document, sha256(closed.dump()));

  // A better reference, a retirement, a policy and days: the live verdict moves, and nothing else.
  hall_.add_model("best-190", "reference", "2026-06-29");
  hall_.say("model.retire", Json::Object{{"name", "weak-20"}});
  hall_.target("compare: {model: best-190}\n");
  hall_.begin("2026-09-30");
  hall_.examine();
  EXPECT_EQ(ProgrammeHall::verdicts(hall_.shown()), "good-150 fail");
  EXPECT_EQ(hall_.stage("s-1"), closed);
  hall_.restart();
  EXPECT_EQ(hall_.stage("s-1"), closed);
}

// Whoever cleans somebody out of a stage before it closes is seen to.
TEST_F(Stages, WhoLeavesWhileOneIsOpenIsInItsDocument) {
  hall_.target();
  hall_.examine();
  ASSERT_EQ(hall_.open("s-1"), "done");
  EXPECT_EQ(*hall_.stage("s-1").find("left"), Json(Json::Array{}));
  hall_.begin("2026-07-03");
  hall_.say("model.retire", Json::Object{{"name", "weak-20"}});
  hall_.examine();
  ASSERT_EQ(hall_.close("s-1"), "done");
  const Json closed = hall_.stage("s-1");
  EXPECT_EQ(ProgrammeHall::verdicts(closed), "good-150 pass");
  EXPECT_EQ(closed.find("left")->dump(),
            R"([{"candidate":"weak-20","on":"2026-07-03","how":"was retired"}])");
}

TEST_F(Stages, WhoIsPendingKeepsItOpenUnlessSomebodySaysWhy) {
  hall_.target();
  hall_.examine();
  ASSERT_EQ(hall_.open("s-1"), "done");
  hall_.answers = false;
  hall_.add_model("late-160", "candidate", "2026-06-20");
  hall_.examine();
  EXPECT_EQ(hall_.close("s-1"),
            "stage s-1 has no answer yet on late-160 (gwageo stage show s-1): wait for it, or say "
            "why it is closed all the same (--reason TEXT)");
  EXPECT_FALSE(hall_.state().programme().stages().at("s-1").closed);
  ASSERT_EQ(hall_.close("s-1", "its team withdrew it"), "done");
  const Json closed = hall_.stage("s-1");
  EXPECT_EQ(*closed.find("closed")->find("reason"), Json("its team withdrew it"));
  EXPECT_EQ(*closed.find("pending"), Json(Json::Array{"late-160"}));
  EXPECT_EQ(*ProgrammeHall::row(closed, "late-160").find("verdict"), Json("pending"));
}

TEST_F(Stages, AreListedWithWhoOpenedAndClosedThem) {
  hall_.target();
  hall_.examine();
  hall_.open("s-1");
  hall_.close("s-1", "for a reason");
  hall_.open("s-2");
  const Json list = hall_.ask("stage.list", Json::object(), "red");
  const Json::Array& stages = list.find("stages")->as_array();
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[1].dump(),
            R"({"stage":"s-2","target":"t","state":"open","version":1,"suite_version":1,)"
            R"("opened":"2026-06-30","opened_by":"op","closed":null,"closed_by":null,)"
            R"("reason":null,"document":null})");
  EXPECT_EQ(*stages[0].find("state"), Json("closed"));
  EXPECT_EQ(*stages[0].find("reason"), Json("for a reason"));
  const Digest document = hall_.state().programme().stages().at("s-1").closed->document;
  EXPECT_EQ(*stages[0].find("document"), Json(to_hex(document)));
  EXPECT_EQ(hall_.say("stage.show", Json::Object{{"stage", "s-1"}}, {}, "eye").code,
            ReplyCode::done);
  EXPECT_EQ(hall_.tell("stage.show", Json::Object{{"stage", "s-9"}}),
            "no stage is named s-9 (gwageo stage list)");
}

TEST_F(Stages, ACrashWhileOneIsJudgedLeavesItOpen) {
  hall_.target();
  hall_.examine();
  ASSERT_EQ(hall_.open("s-1"), "done");
  hall_.crash_while_closing("s-1");
  EXPECT_EQ(*hall_.stage("s-1").find("state"), Json("open"));
  EXPECT_EQ(hall_.close("s-1"), "done");
}

// The errand judged a state that is gone by the time it ends.
TEST_F(Stages, WhatMovesWhileOneIsJudgedIsInItsDocument) {
  hall_.target();
  hall_.examine();
  ASSERT_EQ(hall_.open("s-1"), "done");
  hall_.add_while_closing(ExamHall::model("best-190", "reference", "2026-06-29"));
  EXPECT_EQ(hall_.close("s-1", "whatever is missing"), "done");
  const Json closed = hall_.stage("s-1");
  EXPECT_EQ(closed.find("cohort")->as_array().size(), 2u);
  EXPECT_EQ(ProgrammeHall::verdicts(closed), "good-150 pending, weak-20 pending");
}

TEST(StagesOnClaims, AreFixedAsTheOthers) {
  ProgrammeHall hall;
  const std::string csv = "model,x\nant,50\nbird,80\n";
  const auto import = [&](const std::string& table, const std::string& reason) {
    hall.say("put", Json::object(), {table});
    return hall.tell("reference.import", Json::Object{{"board", "b"},
                                                      {"format", "livebench"},
                                                      {"source", "t.csv"},
                                                      {"file", to_hex(sha256(table))},
                                                      {"reason", reason}});
  };
  ASSERT_EQ(import(csv, ""), "done");
  hall.add_target("target: c\nbasis: claimed\nboard: b\nwindow: {months: 6}\n");
  ASSERT_EQ(hall.open("s-1", "c"), "done");
  EXPECT_EQ(hall.state().programme().stages().at("s-1").opened.suite_version, 0u);
  ASSERT_EQ(hall.close("s-1"), "done");
  const Json closed = hall.stage("s-1");
  EXPECT_EQ(ProgrammeHall::verdicts(closed), "ant fail, bird pass");
  ASSERT_EQ(import("model,x\nant,90\nbird,80\n", "a typo"), "done");
  EXPECT_EQ(hall.stage("s-1"), closed);
}

}  // namespace
}  // namespace gwageo::testing
