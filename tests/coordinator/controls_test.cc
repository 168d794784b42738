// What operators and teams may ask of jobs and workers that are there, and what comes of it.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

using Controls = SmallPool;

std::uint64_t leased(const State& state, JobId job) {
  std::uint64_t items = 0;
  for (const LeaseId lease : state.leases_of(job)) items += state.lease(lease)->rest.size();
  return items;
}

TEST_F(Controls, APausedJobGetsNoLeaseAndLosesNone) {
  const JobId one = submit(of_team("red"), "red-1").job;
  const WorkerId worker = hello("w1");
  report_loaded(worker);
  ASSERT_EQ(leased(state(), one), 10u);
  EXPECT_EQ(say(of_team("red"), "pause", R"({"job": "1"})").code, ReplyCode::done);
  EXPECT_TRUE(job(1).paused);
  EXPECT_EQ(job(1).paused_by, "red-key");
  EXPECT_EQ(job(1).phase(), JobPhase::running);
  EXPECT_EQ(leased(state(), one), 10u);
  hand_in_all(leases(worker).at(0));
  heartbeat(worker);
  EXPECT_EQ(leased(state(), one), 0u);
  EXPECT_EQ(job(1).pending.size(), 90u);
  restart();
  hello("w2");
  EXPECT_TRUE(job(1).paused);
  EXPECT_EQ(leased(state(), one), 0u);
  EXPECT_EQ(say(op(), "resume", R"({"job": "1"})").code, ReplyCode::done);
  EXPECT_FALSE(job(1).paused);
  EXPECT_EQ(job(1).paused_by, "");
  EXPECT_EQ(leased(state(), one), 10u);
}

TEST_F(Controls, APausedJobMakesRoomForOthers) {
  submit(of_team("red"), "red-1");
  submit(of_team("blue"), "blue-1");
  say(op(), "pause", R"({"job": "1"})");
  hello("w1");
  EXPECT_EQ(leased(state(), {1}), 0u);
  EXPECT_EQ(leased(state(), {2}), 10u);
}

// A slow lease is cut for slots that idle; those of a paused job have nobody to go to.
TEST_F(Controls, ASlowLeaseOfAPausedJobIsNotCut) {
  submit(of_team("red"), "red-1");
  const WorkerId slow = hello("w1", 1, 200);
  report_loaded(slow);
  const LeaseId lease = leases(slow).at(0);
  const std::uint64_t held = state().lease(lease)->rest.size();
  say(op(), "pause", R"({"job": "1"})");
  const WorkerId idle = hello("w2", 1, 200);
  pass(limits::split_after + seconds(1));
  step(Tick{});
  EXPECT_EQ(state().lease(lease)->rest.size(), held);
  EXPECT_TRUE(leases(idle).empty());
}

TEST_F(Controls, SayingItTwiceChangesNothing) {
  submit(of_team("red"), "red-1");
  const std::pair<const char*, const char*> verbs[] = {
      {"pause", R"({"job": "1"})"},
      {"resume", R"({"job": "1"})"},
      {"priority", R"({"job": "1", "priority": 5})"}};
  for (const auto& [verb, body] : verbs) {
    EXPECT_FALSE(say(op(), verb, body).known) << verb;
    const Said again = say(op(), verb, body);
    EXPECT_EQ(again.code, ReplyCode::done) << verb;
    EXPECT_TRUE(again.known) << verb;
  }
  say(op(), "cancel", R"({"job": "1"})");
  for (const auto& [verb, body] : verbs) {
    const Said late = say(op(), verb, body);
    EXPECT_EQ(late.code, ReplyCode::no) << verb;
    EXPECT_EQ(late.text, "the job is cancelled already") << verb;
  }
  EXPECT_EQ(say(op(), "pause", R"({"job": "9"})").code, ReplyCode::bad_input);
}

TEST_F(Controls, NobodyWaitsForAPausedJob) {
  submit(op(), "shared");
  const WorkerId worker = hello("w1");
  report_loaded(worker);
  submit(op(), "shared");
  ASSERT_EQ(job(2).waiting.size(), suite_items);
  say(op(), "pause", R"({"job": "1"})");
  // What is under a lease still comes; the rest is the follower's own now.
  EXPECT_EQ(job(2).waiting.size(), 10u);
  EXPECT_EQ(job(2).pending.size(), 90u);
  hand_in(leases(worker).at(0), 4);
  EXPECT_EQ(job(2).done.size(), 4u);
  step(GoodbyeReceived{worker});
  EXPECT_TRUE(job(2).waiting.empty());
  EXPECT_EQ(job(2).pending.size(), 96u);
  EXPECT_EQ(job(1).pending.size(), 96u);
  // A new one follows whoever will run it.
  submit(op(), "shared");
  EXPECT_EQ(job(3).done.size(), 4u);
  EXPECT_EQ(job(3).waiting.size(), 96u);
  ASSERT_EQ(job(3).adoptions.size(), 2u);
  EXPECT_EQ(job(3).adoptions.at(1).source, JobId{2});
  // Its turn to be paused: job 3 takes over.
  say(op(), "pause", R"({"job": "2"})");
  EXPECT_EQ(job(3).pending.size(), 96u);
  say(op(), "resume", R"({"job": "1"})");
  say(op(), "resume", R"({"job": "2"})");
  EXPECT_EQ(job(1).pending.size() + job(2).pending.size() + job(3).pending.size(), 3 * 96u);
}

TEST_F(Controls, APausedFollowerPassesItsItemsOn) {
  submit(op(), "shared");
  submit(op(), "shared");
  say(op(), "pause", R"({"job": "2"})");
  EXPECT_EQ(job(2).waiting.size(), suite_items);  // It waits for others without a slot.
  say(op(), "cancel", R"({"job": "1"})");
  EXPECT_EQ(job(2).pending.size(), suite_items);
  submit(op(), "shared");
  EXPECT_EQ(job(3).pending.size(), suite_items);
}

TEST_F(Controls, APriorityMovesAJobWithinItsTeam) {
  submit(of_team("red"), "red-1");
  submit(of_team("red"), "red-2");
  submit(of_team("blue"), "blue-1", R"(, "priority": 1000)");
  EXPECT_EQ(say(of_team("red"), "priority", R"({"job": "2", "priority": 1})").code,
            ReplyCode::done);
  EXPECT_EQ(job(2).priority, 1);
  EXPECT_EQ(job(2).accepted.priority, 0);
  restart();
  hello("w1");
  // Both teams are owed the same, and the older name goes first, whatever blue says.
  EXPECT_EQ(leased(state(), {2}), 10u);
  EXPECT_EQ(leased(state(), {1}), 0u);
  EXPECT_EQ(leased(state(), {3}), 0u);
  EXPECT_EQ(say(op(), "priority", R"({"job": "1", "priority": 1001})").text,
            "`priority` must be from -1000 to 1000");
  EXPECT_EQ(say(op(), "priority", R"({"job": "1"})").text, "`priority` is missing");
  EXPECT_EQ(submit(op(), "red-1", R"(, "priority": -1001)").text,
            "`priority` must be from -1000 to 1000");
}

// Job 3 waits for the items of job 2: its priority must not be lost there.
TEST_F(Controls, APriorityReachesTheItemsThatAJobWaitsFor) {
  submit(of_team("red"), "red-1");
  submit(of_team("red"), "red-2");
  submit(of_team("red"), "red-2", R"(, "priority": 7)");
  ASSERT_EQ(job(3).waiting.size(), suite_items);
  hello("w1");
  EXPECT_EQ(leased(state(), {2}), 10u);
  EXPECT_EQ(leased(state(), {1}), 0u);
}

// What was known of followers must not hold up what somebody sets later.
TEST_F(Controls, APriorityGoesDownAgainAfterARestart) {
  submit(of_team("red"), "red-1", R"(, "priority": 5)");
  submit(of_team("red"), "red-2");
  restart();
  say(of_team("red"), "priority", R"({"job": "1", "priority": -5})");
  hello("w1");
  EXPECT_EQ(leased(state(), {1}), 0u);
  EXPECT_EQ(leased(state(), {2}), 10u);
}

TEST_F(Controls, AQuarantineIsOfTheName) {
  submit(of_team("red"), "red-1");
  const WorkerId first = hello("w1");
  ASSERT_EQ(leases(first).size(), 1u);
  EXPECT_EQ(say(op(), "quarantine", R"({"worker": "w1", "reason": "ECC errors"})").code,
            ReplyCode::done);
  EXPECT_EQ(leases(first).size(), 1u);  // It is let run out,
  hand_in_all(leases(first).at(0));
  EXPECT_TRUE(leases(first).empty());  // and none follows.
  restart();
  const WorkerId again = hello("w1");
  EXPECT_TRUE(leases(again).empty());
  const WorkerId other = hello("w2");
  EXPECT_EQ(leases(other).size(), 1u);
  const Json seen = *say(auditor(), "workers", "{}").body.find("quarantined");
  EXPECT_EQ(seen.dump(),
            R"([{"worker":"w1","reason":"ECC errors","by":"op","here":true,"answers":10}])");
  EXPECT_EQ(say(op(), "drain", R"({"worker": "w1", "undo": true})").code, ReplyCode::done);
  EXPECT_EQ(leases(again).size(), 1u);
  EXPECT_TRUE(state().quarantine().empty());
  EXPECT_EQ(say(op(), "quarantine", R"({"worker": "w9", "reason": "x"})").text,
            "no worker is named \"w9\"");
  EXPECT_EQ(say(op(), "quarantine", R"({"worker": "w1", "reason": ""})").code,
            ReplyCode::bad_input);
}

TEST_F(Controls, TiersAndDeadlinesComeWithTheSubmission) {
  submit(of_team("red"), "red-1", R"(, "tier": "refresh", "within_seconds": 7200)");
  EXPECT_EQ(job(1).accepted.tier, Tier::refresh);
  EXPECT_EQ(job(1).accepted.within, seconds(7200));
  EXPECT_EQ(job(1).accepted_at, Instant{1000});
  EXPECT_EQ(submit(of_team("red"), "red-1").code, ReplyCode::done);
  EXPECT_EQ(job(2).accepted.tier, Tier::campaign);
  for (const char* tier : {"audit", "interactive"}) {
    const std::string more = std::string(R"(, "tier": ")") + tier + "\"";
    EXPECT_EQ(submit(of_team("red"), "red-1", more).code, ReplyCode::not_allowed) << tier;
    EXPECT_EQ(submit(op(), "red-1", more).code, ReplyCode::done) << tier;
  }
  EXPECT_EQ(submit(op(), "red-1", R"(, "tier": "soon")").text,
            "`tier`: \"soon\" is none of audit, interactive, campaign, refresh");
  EXPECT_EQ(submit(op(), "red-1", R"(, "within_seconds": -1)").code, ReplyCode::bad_input);
  EXPECT_EQ(submit(op(), "red-1", R"(, "within_seconds": 31622400)").code, ReplyCode::done);
  EXPECT_EQ(submit(op(), "red-1", R"(, "within_seconds": 31622401)").code, ReplyCode::bad_input);
}

TEST_F(Controls, WhoMayWhat) {
  submit(of_team("red"), "red-1");
  hello("w1");
  const std::pair<const char*, const char*> verbs[] = {
      {"pause", R"({"job": "1"})"},
      {"resume", R"({"job": "1"})"},
      {"priority", R"({"job": "1", "priority": 1})"},
      {"quarantine", R"({"worker": "w1", "reason": "r"})"},
      {"drain", R"({"worker": "w1", "undo": true})"},
      {"team.add", R"({"name": "red"})"},
      {"team.set", R"({"name": "red", "share": 2})"},
      {"team.show", R"({"name": "red"})"}};
  for (const auto& [name, body] : verbs) {
    const std::string verb = name;
    const bool is_of_job = verb == "pause" || verb == "resume" || verb == "priority";
    const bool looks = verb == "team.show";
    const auto code = [&](const PrincipalRegistered& who) { return say(who, verb, body).code; };
    EXPECT_EQ(code(op()), ReplyCode::done) << verb;
    EXPECT_EQ(code(of_team("red")), is_of_job || looks ? ReplyCode::done : ReplyCode::not_allowed)
        << verb;
    EXPECT_EQ(code(of_team("blue")), ReplyCode::not_allowed) << verb;
    EXPECT_EQ(code(auditor()), looks ? ReplyCode::done : ReplyCode::not_allowed) << verb;
    EXPECT_EQ(code({"w", Role::worker, "", {}, {}}), ReplyCode::not_allowed) << verb;
  }
  EXPECT_EQ(say(of_team("blue"), "pause", R"({"job": "1"})").text,
            "a team pauses its own jobs only");
}

}  // namespace
}  // namespace gwageo::testing
