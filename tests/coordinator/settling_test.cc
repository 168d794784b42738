// Inconclusive verdicts, and a target that has its suite asked again until they are settled.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/suite_files.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

using Asked = std::map<std::string, std::uint64_t>;

constexpr std::size_t settled_item_count = 200;

class Settling : public ::testing::Test {
 protected:
  Settling() : hall_("2026-06-30") {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < settled_item_count; ++i) rows.push_back(std::to_string(1000 + i));
    hall_.add_suite(1, rows);
    hall_.add_model("ref-100", "reference", "2026-03-01");
  }
  void add_target(const std::string& settle) {
    const Reply reply = hall_.add_target("target: t\nsuite: s\nshare: 0.95\n" + settle);
    ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
  /// What is asked until nothing moves any more.
  Asked asked() {
    hall_.pass(seconds(60));
    return hall_.take_asked();
  }
  Json row(const std::string& candidate) {
    const Reply reply = hall_.say("target.show", Json::Object{{"target", "t"}});
    shown_ = Json::parse(reply.body).value();
    for (const Json& one : shown_.find("verdicts")->as_array()) {
      if (*one.find("candidate") == Json(candidate)) return one;
    }
    return {};
  }
  static bool says(const Json& row, const std::string& words) {
    for (const Json& reason : row.find("reasons")->as_array()) {
      if (reason.as_string().find(words) != std::string::npos) return true;
    }
    return false;
  }

  ExamHall hall_;
  Json shown_;
};

TEST_F(Settling, WhoDoesNotSettleAsksOnce) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("");
  EXPECT_EQ(asked(), (Asked{{"ref-100", 200}, {"near-95", 200}}));
  EXPECT_EQ(hall_.verdict("t", "near-95"), "inconclusive");
  EXPECT_TRUE(row("near-95").find("rounds") == nullptr);
  EXPECT_TRUE(shown_.find("settle")->is_null());
}

TEST_F(Settling, ItIsAskedAgainUntilTheVerdictIsAnother) {
  hall_.add_model("near-95-20", "candidate", "2026-06-01");
  hall_.add_model("weak-20", "candidate", "2026-06-01");
  add_target("settle: {rounds: 5, requests: 100000}\n");
  const Asked all = asked();
  EXPECT_EQ(hall_.verdict("t", "near-95-20"), "pass");
  EXPECT_EQ(all.at("weak-20"), 200U);  // Settled at once.
  const Json shown = row("near-95-20");
  const std::int64_t rounds = shown.find("rounds")->as_integer();
  EXPECT_GT(rounds, 0);
  EXPECT_LT(rounds, 5);
  const std::uint64_t each = 200 * static_cast<std::uint64_t>(1 + rounds);
  EXPECT_EQ(all.at("near-95-20"), each);
  EXPECT_EQ(all.at("ref-100"), each);
  EXPECT_EQ(shown_.find("settle")->find("asked")->as_integer(), 400 * rounds);
  EXPECT_TRUE(says(shown, "up to 6 looks are allowed, each at confidence 0.991667"))
      << shown.dump();
  EXPECT_TRUE(says(shown, "this is look " + std::to_string(rounds + 1)));
  // 1 - 0.05 / 6 at each end.
  EXPECT_NEAR(shown_.find("confidence")->as_double(), 1 - 0.05 / 6, 1e-12);
  // Every look is on record, beside the one before.
  std::vector<std::string> looks;
  for (const VerdictReached& verdict : hall_.state().verdict_history()) {
    if (verdict.candidate == "near-95-20") looks.push_back(verdict.verdict);
  }
  EXPECT_EQ(looks.back(), "pass");
  EXPECT_GE(std::count(looks.begin(), looks.end(), "inconclusive"), rounds);
  EXPECT_EQ(asked(), Asked{});
}

// The verdict comes long after everything that was missing had been submitted.
TEST_F(Settling, WhoAnswersLateIsAskedAgainToo) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("quiet_seconds: 0\nsettle: {rounds: 2, requests: 100000}\n");
  hall_.answers = false;
  hall_.pass(seconds(20));
  hall_.answers = true;
  EXPECT_EQ(asked(), (Asked{{"ref-100", 600}, {"near-95", 600}}));
}

TEST_F(Settling, TheRoundsThatAreAllowedAreTheEnd) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("settle: {rounds: 2, requests: 100000}\n");
  EXPECT_EQ(asked(), (Asked{{"ref-100", 600}, {"near-95", 600}}));
  EXPECT_EQ(hall_.verdict("t", "near-95"), "inconclusive");
  EXPECT_EQ(*row("near-95").find("ratio_exact"), Json("19/20"));
}

TEST_F(Settling, TheRequestsThatAreAllowedAreTheEnd) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("settle: {rounds: 5, requests: 799}\n");  // A round asks both models 200.
  EXPECT_EQ(asked(), (Asked{{"ref-100", 400}, {"near-95", 400}}));
  // Another candidate could still be carried on alone, and finds the reference asked already.
  hall_.add_model("next-96", "candidate", "2026-06-01");
  EXPECT_EQ(asked(), (Asked{{"next-96", 400}}));
}

TEST_F(Settling, ASecondCandidateRestsOnAsManyRoundsAsItHasItself) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("settle: {rounds: 2, requests: 100000}\n");
  asked();
  hall_.add_model("weak-20", "candidate", "2026-06-01");
  EXPECT_EQ(asked(), (Asked{{"weak-20", 200}}));
  const auto& reached = hall_.state().verdicts().at({"t", "weak-20"});
  const Json document = Json::parse(**hall_.store().read(keys::blob(reached.document))).value();
  EXPECT_EQ(document.find("inputs")->dump().find("rounds"), std::string::npos);
}

TEST_F(Settling, AReferenceThatEntersIsAskedAsOften) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("settle: {rounds: 2, requests: 100000}\n");
  asked();
  hall_.add_model("other-99", "reference", "2026-04-01");
  EXPECT_EQ(asked(), (Asked{{"other-99", 600}}));
}

TEST_F(Settling, WhatNoVerdictNeedsAnyMoreIsCalledOff) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  add_target("settle: {rounds: 2, requests: 100000}\n");
  hall_.pass(seconds(7));
  hall_.answers = false;
  hall_.pass(seconds(20));
  const Job& again = hall_.state().jobs().rbegin()->second;
  ASSERT_EQ(again.accepted.round, 1U);
  EXPECT_EQ(again.accepted.tier, Tier::refresh);
  EXPECT_NE(again.accepted.cause.find("on suite s@1, round 1 of repeats"), std::string::npos);
  ASSERT_TRUE(again.open());
  ASSERT_EQ(hall_.say("model.retire", Json::Object{{"name", "near-95"}}).code, ReplyCode::done);
  hall_.pass(seconds(7));
  for (const auto& [id, job] : hall_.state().jobs()) {
    EXPECT_EQ(job.superseded, job.accepted.round > 0) << id.value;
  }
}

// It tells nothing, so it is no look; a person says whether it is asked once more.
TEST_F(Settling, ARoundWithoutAnAnswerIsNone) {
  hall_.add_model("near-95", "candidate", "2026-06-01");
  hall_.refused_round = 1;
  add_target("settle: {rounds: 2, requests: 100000}\n");
  EXPECT_EQ(asked(), (Asked{{"ref-100", 400}, {"near-95", 400}}));
  const Json before = row("near-95");
  EXPECT_EQ(*before.find("rounds"), Json(0));
  EXPECT_FALSE(says(before, "this is look 2")) << before.dump();
  EXPECT_FALSE(before.find("ended")->is_null());
  hall_.refused_round.reset();
  EXPECT_EQ(asked(), Asked{});
  const auto again = [&](const std::string& model, int round) {
    return hall_.say("submit", Json::Object{{"request", model + std::to_string(round)},
                                            {"model", model},
                                            {"suite", "s"},
                                            {"round", round},
                                            {"skip_lookup", true}});
  };
  EXPECT_NE(again("near-95", 3).body.find("suite s@1 has no round 3 of repeats"),
            std::string::npos);
  for (const std::string model : {"ref-100", "near-95"}) {
    const Reply reply = again(model, 1);
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
  EXPECT_EQ(asked(), (Asked{{"ref-100", 400}, {"near-95", 400}}));  // Both of what is allowed.
  const Json after = row("near-95");
  EXPECT_EQ(*after.find("rounds"), Json(2));
  EXPECT_TRUE(after.find("ended")->is_null());
}

TEST_F(Settling, ACoordinatorThatDiesAtAnyTurnSettlesTheSame) {
  const auto settled = [](std::uint64_t turn, Desk::Crash how) {
    ExamHall hall("2026-06-30");
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < 40; ++i) rows.push_back(std::to_string(1000 + i));
    hall.add_suite(1, rows);
    hall.add_model("ref-20", "reference", "2026-03-01");
    hall.add_model("near-19-5", "candidate", "2026-06-01");
    hall.crash_in(turn, how);
    hall.add_target("target: t\nsuite: s\nshare: 0.95\nsettle: {rounds: 3, requests: 9999}\n");
    hall.pass(seconds(90));
    const VerdictReached& last = hall.state().verdicts().at({"t", "near-19-5"});
    return std::pair(last.inputs, last.document);
  };
  const auto undisturbed = settled(0, Desk::Crash::before_it_is_durable);
  for (std::uint64_t turn = 1; turn <= 60; turn += 3) {
    for (const auto how : {Desk::Crash::before_it_is_durable, Desk::Crash::before_it_is_sent}) {
      EXPECT_EQ(settled(turn, how), undisturbed) << turn;
    }
  }
}

TEST_F(Settling, OperatorsCannotAddARound) {
  Json manifest = to_json(Manifest{"s.yaml", {}, 1});
  const Reply reply = hall_.say("suite.add", manifest);
  EXPECT_EQ(reply.code, ReplyCode::bad_input);
  EXPECT_NE(reply.body.find("rounds and samples are what the coordinator adds"), std::string::npos);
}

}  // namespace
}  // namespace gwageo::testing
