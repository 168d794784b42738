// Teams as operators set them, and what the scheduler makes of their bounds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/report.h"
#include "coordinator/state.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

using Teams = SmallPool;

TEST_F(Teams, AreAddedOnceAndChangedInPart) {
  EXPECT_EQ(team("set", R"("name": "red", "share": 2)").text,
            "nobody added a team red (gwageo team add red)");
  EXPECT_EQ(team("add", R"("name": "lab")").code, ReplyCode::done);
  EXPECT_EQ(team("add", R"("name": "red", "parent": "lab", "share": 3, "limit": 4)").code,
            ReplyCode::done);
  EXPECT_TRUE(team("add", R"("name": "red", "parent": "lab", "share": 3, "limit": 4)").known);
  EXPECT_EQ(team("add", R"("name": "red")").text,
            "team red was added already, with other values: change them (gwageo team set red ...)");
  EXPECT_EQ(team("set", R"("name": "red", "jobs": 2)").code, ReplyCode::done);
  EXPECT_TRUE(team("set", R"("name": "red", "jobs": 2)").known);
  const TeamSet red = state().teams().at("red");
  EXPECT_EQ(red, (TeamSet{"red", "lab", 3, 0, 4, 2, 0, 0, "op"}));
  EXPECT_EQ(team("set", R"("name": "red", "limit": 0, "parent": "")").code, ReplyCode::done);
  EXPECT_EQ(state().teams().at("red"), (TeamSet{"red", "", 3, 0, 0, 2, 0, 0, "op"}));
  EXPECT_EQ(team("set", R"("name": "red", "share": 0)").code, ReplyCode::bad_input);
  EXPECT_EQ(team("set", R"("name": "red", "share": -1)").text, "`share`: -1 is out of bounds");
  EXPECT_EQ(team("set", R"("name": "red", "share": 4294967296)").code, ReplyCode::bad_input);
  EXPECT_EQ(team("set", R"("name": "red", "shares": 1)").text, "`shares` is not known here");
  EXPECT_EQ(team("set", R"("name": "lab", "parent": "lab")").text,
            "`parent`: lab -> lab is a cycle: no team may be above itself");
  restart();
  EXPECT_EQ(state().teams().at("red").weight, 3u);
}

TEST_F(Teams, AJobOverAQuotaIsRefused) {
  team("add", R"("name": "lab", "items": 150)");
  team("add", R"("name": "red", "parent": "lab", "jobs": 1)");
  const std::string once = R"({"request": "x", "suite": "s", "model": "red-1"})";
  EXPECT_EQ(say(of_team("red"), "submit", once).code, ReplyCode::done);
  EXPECT_TRUE(say(of_team("red"), "submit", once).known);  // It is no second one.
  const Said second = submit(of_team("red"), "red-1", R"(, "tier": "refresh")");
  EXPECT_EQ(second.code, ReplyCode::bad_input);
  EXPECT_NE(second.text.find("team red has a quota of 1 open job, and 1 is open"),
            std::string::npos)
      << second.text;
  EXPECT_EQ(state().jobs().size(), 1u);
  team("set", R"("name": "red", "jobs": 0)");
  const Said third = submit(of_team("red"), "red-1");
  EXPECT_NE(third.text.find("group lab, which team red is in, has a quota of 150 unsettled items"),
            std::string::npos)
      << third.text;
  say(op(), "cancel", R"({"job": "1"})");
  EXPECT_EQ(submit(of_team("red"), "red-1").code, ReplyCode::done);
}

TEST_F(Teams, WhoeverSubmitsForANameThatNobodyKnowsIsToldWhatToDo) {
  EXPECT_EQ(submit(op(), "red-1", R"(, "team": "green")").text,
            "no team is named green (gwageo team show lists them); add it first (gwageo team add "
            "green)");
  EXPECT_EQ(submit(of_team("red"), "red-1", R"(, "team": "green")").text,
            "a team submits for itself only, not for green");
  team("add", R"("name": "green")");
  EXPECT_EQ(submit(op(), "red-1", R"(, "team": "green")").code, ReplyCode::done);
}

TEST_F(Teams, MoreGuaranteedThanThereIsIsWarnedOf) {
  EXPECT_EQ(team("add", R"("name": "red", "guarantee": 3)").warning, "");  // Nobody is here yet.
  hello("w1", 4);
  EXPECT_EQ(team("add", R"("name": "lab", "guarantee": 1)").warning, "");
  EXPECT_EQ(team("add", R"("name": "blue", "parent": "lab", "guarantee": 1)").warning, "");
  EXPECT_EQ(team("set", R"("name": "red", "guarantee": 5)").warning,
            "all teams together are guaranteed 6 GPUs (slots, where there are none), and the "
            "workers that are here have 4: until more come, not everybody gets what is "
            "guaranteed");
  EXPECT_EQ(team("set", R"("name": "red", "share": 2, "guarantee": 0)").warning, "");
}

TEST_F(Teams, WhatIsKnownCostsNothing) {
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 1, 200);
  while (!leases(worker).empty()) hand_in_all(leases(worker).at(0));
  ASSERT_TRUE(job(1).settled());
  team("add", R"("name": "red", "items": 1)");
  EXPECT_EQ(submit(of_team("red"), "red-1").code, ReplyCode::done);
  EXPECT_TRUE(job(2).settled());
  EXPECT_EQ(state().team_tree().use("red").jobs, 0);
}

TEST_F(Teams, TheTimeOfSlotsIsChargedToTheMicrosecond) {
  team("add", R"("name": "lab")");
  team("add", R"("name": "red", "parent": "lab")");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 2);
  submit(of_team("blue"), "blue-1");
  // Both slots serve red, which was alone.
  pass(microseconds(7));
  hand_in(leases(worker).at(0), 3);
  EXPECT_EQ(state().gpu_time("red"), microseconds(7));
  pass(microseconds(5));
  hand_in(leases(worker).at(1), 1, Outcome::engine_failed);
  EXPECT_EQ(state().gpu_time("red"), microseconds(7 + 12));
  EXPECT_EQ(state().gpu_time("lab"), microseconds(7 + 12));
  pass(seconds(1));
  step(GoodbyeReceived{worker});
  EXPECT_EQ(state().gpu_time("red"), seconds(2) + microseconds(24));
  EXPECT_EQ(state().gpu_time("blue"), Duration{});
  EXPECT_TRUE(state().slot_time().busy().empty());
  pass(seconds(100));
  hello("w2");
  EXPECT_EQ(state().gpu_time("red"), seconds(2) + microseconds(24));
}

TEST_F(Teams, UsedUpHoursEndTheLeases) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1");
  submit(of_team("blue"), "blue-1");
  for (int i = 0; i < 361; ++i) {  // As a worker that lives, and is slow.
    pass(seconds(10));
    heartbeat(worker);
  }
  EXPECT_FALSE(state().spent("red"));  // Nothing is charged before it comes.
  hand_in_all(leases(worker).at(0));
  EXPECT_TRUE(state().spent("red"));
  EXPECT_TRUE(state().held(job(1)));
  ASSERT_EQ(leases(worker).size(), 1u);
  EXPECT_EQ(state().lease(leases(worker).at(0))->granted.job, JobId{2});
  const Json seen = report::job(state(), job(1));
  EXPECT_EQ(*seen.find("quota_used_up"), Json("red"));
  EXPECT_EQ(*seen.find("state"), Json("running"));
  EXPECT_NE(submit(of_team("red"), "red-1")
                .text.find("has a quota of 1 GPU-hours, and has used "
                           "1.00 of them"),
            std::string::npos);
  say(op(), "cancel", R"({"job": "2"})");
  EXPECT_TRUE(leases(worker).empty());
  report_loaded(worker);
  team("set", R"("name": "red", "gpu_hours": 0)");
  EXPECT_EQ(leases(worker).size(), 1u);
}

// Two teams examine one reference; the one that came first can go on no more.
TEST_F(Teams, NobodyWaitsForATeamWithoutHours) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  team("add", R"("name": "blue")");
  submit(op(), "shared", R"(, "team": "red")");
  submit(op(), "shared", R"(, "team": "blue")");
  const WorkerId worker = hello("w1");
  ASSERT_EQ(job(2).waiting.size(), suite_items);
  for (int i = 0; i < 361; ++i) {
    pass(seconds(10));
    heartbeat(worker);
  }
  hand_in_all(leases(worker).at(0));
  EXPECT_TRUE(state().spent("red"));
  EXPECT_EQ(job(2).done.size(), 10u);
  EXPECT_TRUE(job(2).waiting.empty());
  ASSERT_EQ(leases(worker).size(), 1u);
  EXPECT_EQ(state().lease(leases(worker).at(0))->granted.job, JobId{2});
}

TEST_F(Teams, AreShownWithWhatTheyUse) {
  team("add", R"("name": "lab", "limit": 8)");
  team("add", R"("name": "red", "parent": "lab", "jobs": 5)");
  submit(of_team("red"), "red-1");
  hello("w1", 2);
  const Said all = say(auditor(), "team.show", "{}");
  std::vector<std::string> names;
  for (const Json& one : all.body.find("teams")->as_array()) {
    names.push_back(one.find("team")->as_string());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"blue", "default", "lab", "red"}));
  const Json lab =
      say(op(), "team.show", R"({"name": "lab"})").body.find("teams")->as_array().at(0);
  EXPECT_EQ(lab.dump(),
            R"({"team":"lab","added":true,"parent":null,"children":["red"],"share":1,)"
            R"("guarantee":0,"limit":8,"jobs_max":null,"items_max":null,"gpu_hours_max":null,)"
            R"("jobs":1,"items":100,"gpu_microseconds":0,"slots":2,"quota_used_up":null})");
  EXPECT_EQ(say(of_team("red"), "team.show", "{}").body.find("teams")->as_array().size(), 1u);
  EXPECT_EQ(say(op(), "team.show", R"({"name": "nobody"})").text,
            "no team is named nobody (gwageo team show)");
}

}  // namespace
}  // namespace gwageo::testing
