// A worker whose answers are disowned: what it had answered is asked again, and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/answers.h"
#include "coordinator/state.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

using Asked = std::map<std::string, std::uint64_t>;

constexpr std::size_t item_count = 200;

std::vector<std::string> rows() {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < item_count; ++i) all.push_back(std::to_string(1000 + i));
  return all;
}

class Hall : public ExamHall {
 public:
  Hall() : ExamHall("2026-06-30") {
    add_suite(1, rows());
    add_model("ref-180", "reference", "2026-03-01");
    add_model("good-179", "candidate", "2026-06-01");
  }
  void add_target() {
    const Reply reply = ExamHall::add_target("target: t\nsuite: s\nshare: 0.95\n");
    ASSERT_EQ(reply.code, ReplyCode::done) << reply.body;
  }
  JobId submit(const std::string& model) {
    const Reply reply = say("submit", Json::Object{{"request", model + std::to_string(++requests_)},
                                                   {"model", model},
                                                   {"suite", "s"}});
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
    return state().jobs().rbegin()->first;
  }
  /// What is asked once nothing moves any more.
  Asked asked() {
    pass(seconds(6));
    return take_asked();
  }
  std::uint64_t answers_of(const std::string& worker) const {
    const auto all = answers_that_count(state());
    const auto found = all.find(worker);
    return found == all.end() ? 0 : found->second;
  }
  Reply disown(const std::string& worker, const std::string& reason = "it lies") {
    return say("disown", Json::Object{{"worker", worker}, {"reason", reason}});
  }
  void quarantine(const std::string& worker) {
    const Json body = Json::Object{{"worker", worker}, {"reason", "convicted"}};
    ASSERT_EQ(say("quarantine", body).code, ReplyCode::done);
  }
  static std::string error_of(const Reply& reply) {
    const Json body = Json::parse(reply.body).value();
    return body.find("error") == nullptr ? "done" : body.find("error")->as_string();
  }
  std::vector<std::string> moves_of(const std::string& candidate) {
    const Reply reply =
        say("target.history", Json::Object{{"target", "t"}, {"candidate", candidate}});
    std::vector<std::string> texts;
    const Json answer = Json::parse(reply.body).value();
    for (const Json& verdict : answer.find("verdicts")->as_array()) {
      for (const Json& move : verdict.find("moves")->as_array()) {
        texts.push_back(move.find("text")->as_string());
      }
    }
    return texts;
  }

 private:
  int requests_ = 0;
};

// w1 answers a part of the candidate's items and is gone; w2 answers the rest.
std::uint64_t examine_in_two_parts(Hall& hall) {
  hall.answers_left = 2;
  hall.submit("good-179");
  hall.pass(seconds(2));
  const std::uint64_t first = hall.answers_of("w1");
  hall.answers = true;
  hall.replace_worker(8, "w2");
  hall.pass(seconds(120));
  hall.submit("ref-180");
  hall.pass(seconds(6));
  return first;
}

TEST(Disowned, WhatTheWorkerAnsweredIsAskedAgainAndNothingElse) {
  Hall hall;
  const std::uint64_t first = examine_in_two_parts(hall);
  ASSERT_GT(first, 0u);
  ASSERT_LT(first, item_count);
  hall.add_target();
  hall.take_asked();
  EXPECT_EQ(hall.asked(), Asked{});
  EXPECT_EQ(hall.verdict("t", "good-179"), "pass");

  hall.quarantine("w1");
  ASSERT_EQ(hall.error_of(hall.disown("w1")), "done");
  EXPECT_EQ(hall.answers_of("w1"), 0u);
  EXPECT_EQ(hall.asked(), (Asked{{"good-179", first}}));
  EXPECT_EQ(hall.verdict("t", "good-179"), "pass");
  const auto moves = hall.moves_of("good-179");
  const bool is_said = std::any_of(moves.begin(), moves.end(), [](const std::string& text) {
    return text.find("answers of worker w1 are disowned: it lies") != std::string::npos;
  });
  EXPECT_TRUE(is_said) << ::testing::PrintToString(moves);
  const Json shown =
      Json::parse(hall.say("target.show", Json::Object{{"target", "t"}}).body).value();
  EXPECT_EQ(*shown.find("verdicts")->as_array().at(0).find("voided"), Json(1));
  // Told twice it changes nothing, and all of it is in the journal.
  EXPECT_EQ(*Json::parse(hall.disown("w1").body).value().find("known"), Json(true));
  const State before = hall.state();
  hall.restart();
  EXPECT_EQ(hall.state().jobs(), before.jobs());
}

TEST(Disowned, JobsThatTookTheAnswersOverCountForNothingEither) {
  Hall hall;
  const std::uint64_t first = examine_in_two_parts(hall);
  std::vector<std::string> changed = rows();
  changed.back() += "0";
  const std::string last = std::to_string(item_count - 1);
  hall.add_suite(2, changed, "changed: [{task: t, item: '" + last + "', reason: typo}]\n");
  hall.add_target();
  hall.take_asked();
  EXPECT_EQ(hall.asked(), (Asked{{"good-179", 1}, {"ref-180", 1}}));
  hall.quarantine("w1");
  ASSERT_EQ(hall.error_of(hall.disown("w1")), "done");
  EXPECT_EQ(hall.asked(), (Asked{{"good-179", first}}));
  const auto& jobs = hall.state().jobs();
  EXPECT_EQ(std::count_if(jobs.begin(), jobs.end(),
                          [&](const auto& job) { return job.second.disowned.size() == first; }),
            2);
  EXPECT_TRUE(jobs.rbegin()->second.disowned.empty());
  EXPECT_TRUE(jobs.rbegin()->second.settled());
}

TEST(Disowned, AnOpenJobIsCalledOffAndSaysWhy) {
  Hall hall;
  hall.answers_left = 2;
  const JobId job = hall.submit("good-179");
  hall.pass(seconds(2));
  hall.quarantine("w1");
  ASSERT_EQ(hall.error_of(hall.disown("w1", "its GPU is broken")), "done");
  const Job& open = *hall.state().job(job);
  EXPECT_TRUE(open.cancelled);
  EXPECT_EQ(open.reason, "answers of worker w1 are disowned: its GPU is broken");
  EXPECT_TRUE(hall.state().leases().empty());
  // What comes from it afterwards is too late.
  hall.answers = true;
  hall.pass(seconds(6));
  EXPECT_EQ(hall.answers_of("w1"), 0u);
}

// An item that waited for another job's answer has none where its own job ended before.
TEST(Disowned, AJobThatEndedBeforeTheAnswerHoldsNone) {
  Hall hall;
  hall.answers_left = 2;
  const JobId first = hall.submit("good-179");
  hall.pass(seconds(2));
  const JobId follower = hall.submit("good-179");
  ASSERT_FALSE(hall.state().job(follower)->waiting.empty());
  const Json which = Json::Object{{"job", std::to_string(follower.value)}};
  ASSERT_EQ(hall.say("cancel", which).code, ReplyCode::done);
  hall.answers = true;
  hall.pass(seconds(6));
  ASSERT_TRUE(hall.state().job(first)->settled());
  hall.quarantine("w1");
  ASSERT_EQ(hall.error_of(hall.disown("w1")), "done");
  EXPECT_EQ(hall.state().job(first)->disowned.size(), item_count);
  EXPECT_EQ(hall.state().job(follower)->disowned, hall.state().job(follower)->done);
  hall.state().check();
}

TEST(Disowned, WhatDoesNotFitIsRefusedAndRecordedNowhere) {
  Hall hall;
  hall.submit("good-179");
  hall.pass(seconds(6));
  const std::uint64_t before = hall.state().records();
  EXPECT_EQ(hall.error_of(hall.disown("nobody")), "no worker is named \"nobody\"");
  EXPECT_EQ(hall.error_of(hall.disown("w1")),
            "worker w1 still works: quarantine it first (gwageo quarantine w1 --reason TEXT)");
  EXPECT_EQ(hall.error_of(hall.disown("w1", "")), "`reason`: say in words why");
  EXPECT_EQ(hall.state().records(), before);
}

TEST(Disowned, ACoordinatorThatDiesAtAnyTurnComesToTheSame) {
  const auto verdict_after = [](std::uint64_t turn, Desk::Crash how) {
    Hall hall;
    examine_in_two_parts(hall);
    hall.add_target();
    hall.asked();
    hall.quarantine("w1");
    hall.crash_in(turn, how);
    hall.disown("w1");
    hall.pass(seconds(60));
    const VerdictReached& last = hall.state().verdicts().at({"t", "good-179"});
    EXPECT_EQ(hall.answers_of("w1"), 0u);
    return std::pair(last.inputs, last.verdict);
  };
  const auto undisturbed = verdict_after(0, Desk::Crash::before_it_is_durable);
  EXPECT_EQ(undisturbed.second, "pass");
  for (std::uint64_t turn = 1; turn <= 21; turn += 2) {
    for (const auto how : {Desk::Crash::before_it_is_durable, Desk::Crash::before_it_is_sent}) {
      EXPECT_EQ(verdict_after(turn, how), undisturbed) << turn;
    }
  }
}

}  // namespace
}  // namespace gwageo::testing
