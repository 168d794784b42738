// What people see of the pool, and what of it a rival may see.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/forecast.h"
#include "coordinator/state.h"
#include "coordinator/words.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class PoolReport : public SmallPool {
 protected:
  /// Two teams with a job each, on a worker with two slots.
  void SetUp() override {
    submit(of_team("red"), "red-1");
    submit(of_team("blue"), "blue-1");
    worker_ = hello("w1", 2);
  }
  /// Items of the job that wait, each of which is taken to need a second.
  std::string waiting(std::uint64_t id) const { return std::to_string(job(id).pending.size()); }
  static std::vector<std::string> keys(const Json& object) {
    std::vector<std::string> names;
    for (const auto& [key, value] : object.as_object()) names.push_back(key);
    return names;
  }
  WorkerId worker_;
};

TEST_F(PoolReport, StatusOfAnOperator) {
  const Json body = say(op(), "status", "{}").body;
  const Json::Array& teams = body.find("teams")->as_array();
  ASSERT_EQ(teams.size(), 2u);
  EXPECT_EQ(teams[0].dump(),
            R"({"team":"blue","holds":1,"entitled_thousandths":1000,"demands_seconds":)" +
                waiting(2) + R"(,"gpu_microseconds":0,"jobs":1})");
  EXPECT_EQ(*teams[1].find("team"), Json("red"));
  EXPECT_EQ(body.find("others"), nullptr);
  const Json& job = body.find("jobs")->as_array().at(0);
  EXPECT_EQ(job.find("estimate")->dump(),
            R"({"expected_seconds":101,"low_seconds":12,"high_seconds":404,"basis":"prior",)"
            R"("basis_items":0,"item_microseconds":1000000})");
}

TEST_F(PoolReport, ATeamSeesItselfAndHowMuchThereIsOfOthers) {
  const std::string said = say(of_team("red"), "status", "{}").body.dump();
  EXPECT_EQ(said.find("blue"), std::string::npos) << said;
  const Json body = say(of_team("red"), "status", "{}").body;
  ASSERT_EQ(body.find("teams")->as_array().size(), 1u);
  ASSERT_EQ(body.find("jobs")->as_array().size(), 1u);
  EXPECT_EQ(body.find("others")->dump(),
            R"({"teams":1,"jobs":1,"holds":1,"demands_seconds":)" + waiting(2) + "}");
  // What it is told of a rival's job is in rivals_view_test.cc.
  EXPECT_EQ(say(of_team("red"), "status", R"({"job": "2"})").body.find("estimate"), nullptr);
  EXPECT_NE(say(of_team("red"), "status", R"({"job": "1"})").body.find("estimate"), nullptr);
}

TEST_F(PoolReport, MembersOfAGroupAreCountedOnce) {
  team("add", R"("name": "lab")");
  team("add", R"("name": "red", "parent": "lab")");
  team("add", R"("name": "blue", "parent": "lab")");
  EXPECT_EQ(say(of_team("red"), "status", "{}").body.find("others")->dump(),
            R"({"teams":1,"jobs":1,"holds":1,"demands_seconds":)" + waiting(2) + "}");
  const Json all = say(auditor(), "status", "{}").body;
  for (const Json& row : all.find("teams")->as_array()) {
    const bool is_group = *row.find("team") == Json("lab");
    EXPECT_EQ(*row.find("holds"), Json(is_group ? 2 : 1));
    EXPECT_EQ(*row.find("entitled_thousandths"), Json(is_group ? 2000 : 1000));
    const std::uint64_t waiting =
        is_group ? job(1).pending.size() + job(2).pending.size()
                 : job(*row.find("team") == Json("red") ? 1 : 2).pending.size();
    EXPECT_EQ(*row.find("demands_seconds"), Json(waiting));
  }
}

TEST_F(PoolReport, WorkersSayWhatIsWhereAndForWhom) {
  const auto slots = [&](const PrincipalRegistered& who) {
    return say(who, "workers", "{}").body.find("workers")->as_array()[0].find("slots")->as_array();
  };
  const Json::Array all = slots(op());
  ASSERT_EQ(all.size(), 2u);
  for (const Json& slot : all) {
    EXPECT_EQ(*slot.find("busy"), Json(true));
    EXPECT_GT(slot.find("items")->as_integer(), 0);
  }
  EXPECT_NE(*all[0].find("team"), *all[1].find("team"));
  int hidden = 0;
  for (const Json& slot : slots(of_team("red"))) {
    EXPECT_EQ(*slot.find("busy"), Json(true));
    if (slot.find("team")->is_null()) ++hidden;
  }
  EXPECT_EQ(hidden, 1);
}

TEST_F(PoolReport, ExplainOfAnOpenJob) {
  const Json body = say(of_team("red"), "explain", R"({"job": "1"})").body;
  EXPECT_EQ(keys(body), (std::vector<std::string>{"waits", "position", "queued", "estimate",
                                                  "failures", "load_errors"}));
  EXPECT_EQ(*body.find("position"), Json(1));
  EXPECT_EQ(*body.find("queued"), Json(1));
  for (const Json& one : body.find("waits")->as_array()) {
    EXPECT_TRUE(one.find("reason")->is_string());
    EXPECT_TRUE(one.find("text")->is_string());
  }
  EXPECT_EQ(body.dump().find("blue"), std::string::npos) << body.dump();
  EXPECT_EQ(say(of_team("blue"), "explain", R"({"job": "1"})").code, ReplyCode::not_allowed);
}

TEST_F(PoolReport, WhatASubmissionWouldTake) {
  const Said said = say(op(), "plan.estimate", R"({"model": "blue-1", "suite": "s"})");
  ASSERT_EQ(said.code, ReplyCode::done) << said.text;
  EXPECT_EQ(said.body.find("items")->dump(),
            R"({"total":100,"known":0,"coming":100,"coming_out":)" +
                std::to_string(state().leased({2}).size()) + R"(,"equal":0,"to_run":0})");
  EXPECT_EQ(*said.body.find("team"), Json("blue"));
  say(op(), "cancel", R"({"job": "2"})");
  report_loaded(worker_);  // The load was broken off.
  const Json body =
      say(of_team("blue"), "plan.estimate", R"({"model": "blue-1", "suite": "s"})").body;
  EXPECT_EQ(*body.find("items")->find("to_run"), Json(100));
  EXPECT_EQ(*body.find("loads"), Json(1));
  EXPECT_EQ(*body.find("load_microseconds"), Json(1'000'000));
  EXPECT_EQ(*body.find("slot_seconds"), Json(101));
  EXPECT_EQ(*body.find("gpu_microseconds"), Json(101'000'000));
  EXPECT_EQ(*body.find("entitled_thousandths"), Json(1000));
  EXPECT_EQ(*body.find("basis"), Json("prior"));
  // Nobody has it loaded any more.
  EXPECT_EQ(*body.find("estimate")->find("expected_seconds"), Json(101));
  EXPECT_EQ(body.find("warning"), nullptr);
  // It is nobody's to ask what is not his to submit.
  EXPECT_EQ(say(of_team("red"), "plan.estimate", R"({"model": "blue-1", "suite": "s"})").code,
            ReplyCode::not_allowed);
  EXPECT_EQ(say(op(), "plan.estimate", R"({"model": "none", "suite": "s"})").code,
            ReplyCode::bad_input);
  EXPECT_EQ(say(op(), "plan.estimate", R"({"model": "blue-1"})").text, "`suite` is missing");
}

/// A team alone.
class OneTeam : public SmallPool {
 protected:
  void loaded(WorkerId worker, Duration took = seconds(1)) {
    step(LoadedReceived{{worker, 0, sha256("red-1"), true, took, ""}});
  }
  Outlook outlook(std::uint64_t id) const { return *Forecast(scheduler()).outlook(job(id)); }
  std::string reasons(std::uint64_t id) {
    std::string text;
    const Json body = say(op(), "explain", R"({"job": ")" + std::to_string(id) + R"("})").body;
    for (const Json& one : body.find("waits")->as_array()) {
      text += (text.empty() ? "" : " ") + one.find("reason")->as_string();
    }
    return text;
  }
};

// 100 items of a second and loads of 25 s: what four slots were given leaves less than 100 s, which
// would pay for a fifth.
TEST_F(OneTeam, ItsPlanHasTheLoadsThatThePoolMakes) {
  submit(of_team("red"), "red-1");
  const WorkerId first = hello("w1", 1, 10);
  loaded(first, seconds(25));
  pass(seconds(10));
  hand_in_all(leases(first).at(0));
  say(op(), "cancel", R"({"job": "1"})");
  step(GoodbyeReceived{first});
  const WorkerId worker = hello("w2", 8, 1);
  const Json plan = say(op(), "plan.estimate", R"({"model": "red-1", "suite": "s"})").body;
  const std::int64_t known = plan.find("items")->find("known")->as_integer();
  submit(op(), "red-1", R"(, "skip_lookup": true)");
  EXPECT_EQ(leases(worker).size(), 4u);
  EXPECT_EQ(*plan.find("loads"), Json(4)) << known;
}

// Its job has nothing that waits, so that no queue has it.
TEST_F(OneTeam, WhatItHasOutComesBeforeWhatItPlans) {
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 1, 1);
  loaded(worker);
  while (!job(1).pending.empty()) hand_in_all(leases(worker).at(0));
  for (int i = 0; i < 360; ++i) {
    pass(seconds(10));
    heartbeat(worker);
  }
  // Out for an hour, it needs about another one.
  EXPECT_GT(outlook(1).expected, seconds(3500));
  EXPECT_LE(outlook(1).expected, seconds(3600));
  const auto planned = [&] {
    return Forecast(scheduler()).plan("red", *state().model("red-2"), "s", 1, {}).outlook->expected;
  };
  EXPECT_GT(planned(), seconds(3500));
  submit(op(), "red-2");
  EXPECT_GT(outlook(2).expected, seconds(3500));
  hand_in_all(leases(worker).at(0));
  EXPECT_LT(outlook(2).low, seconds(3500));
}

TEST_F(OneTeam, HearsOfALoadWhileAllIsOut) {
  submit(of_team("red"), "red-1");
  const WorkerId first = hello("w1", 1, 100);
  loaded(first, seconds(40));
  pass(milliseconds(10));
  hand_in(leases(first).at(0), 1);
  step(GoodbyeReceived{first});
  const WorkerId worker = hello("w2", 1, 100);
  ASSERT_TRUE(job(1).pending.empty());
  EXPECT_EQ(reasons(1), "loading");
  loaded(worker, seconds(40));
  EXPECT_EQ(reasons(1), "");
}

TEST_F(OneTeam, IsDueNothingOnceItsGpuHoursAreSpent) {
  team("add", R"("name": "lab", "gpu_hours": 1)");
  team("add", R"("name": "red", "parent": "lab")");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1");
  for (int i = 0; i < 400; ++i) {
    pass(seconds(10));
    heartbeat(worker);
  }
  submit(of_team("blue"), "blue-1");
  const Json teams = *say(op(), "status", "{}").body.find("teams");
  for (const Json& row : teams.as_array()) {
    EXPECT_EQ(*row.find("entitled_thousandths"), Json(*row.find("team") == Json("blue") ? 1000 : 0))
        << row.dump();
  }
  const Json plan = say(op(), "plan.estimate", R"({"model": "red-2", "suite": "s"})").body;
  EXPECT_NE(plan.find("refused")->as_string().find("group lab"), std::string::npos);
  EXPECT_EQ(*plan.find("entitled_thousandths"), Json(0));
  EXPECT_TRUE(plan.find("estimate")->is_null());
}

TEST_F(PoolReport, APlanSaysWhetherTheQuotasHaveIt) {
  team("add", R"("name": "lab", "items": 150, "gpu_hours": 2)");
  team("add", R"("name": "red", "parent": "lab", "jobs": 1)");
  const std::string asked = R"({"model": "red-1", "suite": "s"})";
  const Json body = say(of_team("red"), "plan.estimate", asked).body;
  EXPECT_EQ(body.find("quotas")->dump(),
            R"([{"team":"red","quota":"jobs","most":1,"used":1,"left":0,"needs":1},)"
            R"({"team":"lab","quota":"items","most":150,"used":100,"left":50,"needs":100},)"
            R"({"team":"lab","quota":"gpu_microseconds","most":7200000000,"used":0,)"
            R"("left":7200000000,"needs":0}])");
  // In the words of the submission.
  EXPECT_EQ(*body.find("refused"), Json(submit(of_team("red"), "red-1").text));
  team("set", R"("name": "red", "jobs": 0)");
  EXPECT_EQ(*say(of_team("red"), "plan.estimate", asked).body.find("refused"),
            Json(submit(of_team("red"), "red-1").text));
  team("set", R"("name": "lab", "items": 200)");
  EXPECT_EQ(say(of_team("red"), "plan.estimate", asked).body.find("refused"), nullptr);
  EXPECT_EQ(submit(of_team("red"), "red-1").code, ReplyCode::done);
}

TEST_F(PoolReport, AJobThatNobodyHereCouldRunIsAcceptedWithAWarning) {
  EXPECT_EQ(submit(of_team("red"), "red-1").warning, "");
  restart();
  hello("w2", 1, 10, "paced");
  say(op(), "cancel", R"({"job": "1"})");
  say(op(), "cancel", R"({"job": "3"})");
  const Said said = submit(of_team("red"), "red-1");
  EXPECT_EQ(said.code, ReplyCode::done);
  EXPECT_EQ(said.warning,
            "no worker that is here has the engine recorded: the job waits until one comes "
            "(gwageo worker)");
}

// Whoever starts workers asks this often, and needs no more.
TEST_F(PoolReport, WhatWaitsForASlotAndWhatItNeeds) {
  const auto waits = [&] {
    return say(op(), "health", "{}").body.find("items_pending")->as_integer();
  };
  const auto pending = static_cast<std::int64_t>(job(1).pending.size() + job(2).pending.size());
  EXPECT_GT(pending, 0);
  EXPECT_EQ(waits(), pending);
  say(op(), "pause", R"({"job": "2"})");
  EXPECT_EQ(waits(), static_cast<std::int64_t>(job(1).pending.size()));
  const Json body = say(op(), "status", "{}").body;
  EXPECT_EQ(body.find("jobs")->as_array().at(0).find("needs")->dump(),
            R"({"engine":"recorded","gpus":1,"nodes":1,"gpu_kind":"","gpu_memory_mib":0,)"
            R"("item_microseconds":1000000})");
}

TEST_F(PoolReport, OpenJobsOnlyWhereThatIsAsked) {
  say(op(), "cancel", R"({"job": "1"})");
  EXPECT_EQ(say(op(), "status", "{}").body.find("jobs")->as_array().size(), 2u);
  const Json open = say(op(), "status", R"({"open": true})").body;
  ASSERT_EQ(open.find("jobs")->as_array().size(), 1u);
  EXPECT_EQ(*open.find("jobs")->as_array()[0].find("job"), Json("2"));
  EXPECT_EQ(say(op(), "status", R"({"open": "yes"})").code, ReplyCode::bad_input);
}

// It would give the same back again, until it has left.
TEST_F(PoolReport, AWorkerThatSaysThatItLeavesGetsNoMore) {
  const WorkerId leaver = hello("w2", 1);
  ASSERT_EQ(leases(leaver).size(), 1u);
  step(HeartbeatReceived{{leaver, leases(leaver), {}, {}, true}});
  step(GiveBackReceived{{leaver, leases(leaver)[0], GiveBackReason::draining, ""}});
  EXPECT_TRUE(leases(leaver).empty());
  const Json workers = say(op(), "workers", "{}").body;
  EXPECT_EQ(*workers.find("workers")->as_array().at(1).find("state"), Json("leaving"));
  // A new life of that name is another worker.
  EXPECT_EQ(leases(hello("w2", 1)).size(), 1u);
}

TEST(InWords, NeverLess) {
  EXPECT_EQ(in_words({1}), "1 s");
  EXPECT_EQ(in_words(seconds(119)), "119 s");
  EXPECT_EQ(in_words(seconds(121)), "3 min");
  EXPECT_EQ(in_words(seconds(7200)), "2 h");
  EXPECT_EQ(in_words(seconds(3 * 86400)), "3 d");
}

}  // namespace
}  // namespace gwageo::testing
