// A model that cannot be loaded for now: its server is away, or there is no room for its weights.
// Others' work goes on, and one slot at a time looks whether it can.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coordinator/event.h"
#include "coordinator/forecast.h"
#include "coordinator/job.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/messages.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class AwayModels : public SmallPool {
 protected:
  void set_up(std::uint32_t slots) {
    worker_ = hello("w", slots, 10);
    ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
    ASSERT_EQ(leases(worker_).size(), slots);
  }
  /// What the worker has of a job goes back: `why` its model is not loaded.
  void give_back(std::uint64_t job, GiveBackReason why = GiveBackReason::unreachable) {
    for (const LeaseId id : leases(worker_)) {
      const LeaseGranted& granted = state().lease(id)->granted;
      if (granted.job != JobId{job}) continue;
      const Digest model = state().job(granted.job)->accepted.class_key;
      step(LoadedReceived{{worker_, granted.slot, model, false, {}, "no answer"}});
      step(GiveBackReceived{{worker_, id, why, "no answer"}});
    }
  }
  std::uint64_t leases_of(std::uint64_t job) const {
    std::uint64_t count = 0;
    for (const LeaseId id : leases(worker_)) {
      count += state().lease(id)->granted.job == JobId{job} ? 1 : 0;
    }
    return count;
  }
  void wait(Duration time) {
    pass(time);
    heartbeat(worker_);
    step(Tick{});
  }
  WorkerId worker_;
};

TEST_F(AwayModels, LetTheirTeamsOtherWorkGoOn) {
  set_up(1);
  ASSERT_EQ(submit(op(), "red-2").code, ReplyCode::done);
  EXPECT_EQ(leases_of(2), 0U);
  give_back(1);
  EXPECT_EQ(leases_of(1), 0U);
  EXPECT_EQ(leases_of(2), 1U);
  EXPECT_TRUE(job(1).open());
}

TEST_F(AwayModels, AreTriedAgainAfterAWaitThatDoubles) {
  set_up(1);
  for (const std::int64_t wait_for : {5, 10, 20, 40, 40}) {
    give_back(1);
    EXPECT_EQ(leases_of(1), 0U);
    wait(seconds(wait_for) - milliseconds(500));
    EXPECT_EQ(leases_of(1), 0U) << wait_for;
    wait(milliseconds(500));
    EXPECT_EQ(leases_of(1), 1U) << wait_for;
  }
  EXPECT_EQ(job(1).load_failures, 0U);
}

TEST_F(AwayModels, TakeOneSlotAtATime) {
  set_up(3);
  give_back(1);
  EXPECT_EQ(leases_of(1), 0U);
  wait(seconds(30));
  EXPECT_EQ(leases_of(1), 1U);
  ASSERT_EQ(submit(op(), "red-2").code, ReplyCode::done);
  EXPECT_EQ(leases_of(2), 2U);
  // It is there again, for as many as its work pays for.
  const LeaseId tried = leases(worker_)[0];
  const LeaseGranted granted = state().lease(tried)->granted;
  ASSERT_EQ(granted.job, JobId{1});
  step(LoadedReceived{{worker_, granted.slot, job(1).accepted.class_key, true, seconds(1), ""}});
  for (int i = 0; i < 100 && job(2).open(); ++i) {
    for (const LeaseId id : leases(worker_)) {
      if (state().lease(id)->granted.job == JobId{2}) hand_in_all(id);
    }
    wait(milliseconds(100));
  }
  EXPECT_GE(leases_of(1), 2U);
}

// Of many that are away each try is long: with a connection that nobody answers, say.
TEST_F(AwayModels, TakeHalfOfASlotTogether) {
  constexpr std::int64_t seconds_of_try = 14;
  set_up(1);
  for (const std::string model : {"red-2", "red-3", "red-4", "red-5", "red-6"}) {
    ASSERT_EQ(submit(op(), model).code, ReplyCode::done);
  }
  std::int64_t tried_for = 0;  // The try that is under way.
  std::set<std::uint64_t> tried;
  const auto live_a_second = [&] {
    wait(seconds(1));
    const std::vector<LeaseId> held = leases(worker_);
    if (held.empty()) return;
    const std::uint64_t of = state().lease(held[0])->granted.job.value;
    if (of == 6) return hand_in(held[0], 1);
    tried.insert(of);
    if (++tried_for < seconds_of_try) return;
    give_back(of);
    tried_for = 0;
  };
  std::int64_t lived = 0;
  for (; lived < 1000 && job(6).open(); ++lived) live_a_second();
  EXPECT_LE(lived, 5 * seconds_of_try + 2 * static_cast<std::int64_t>(suite_items));
  tried.clear();
  for (int second = 0; second < 300; ++second) live_a_second();
  EXPECT_EQ(tried.size(), 5U);
  for (std::uint64_t id = 1; id <= 5; ++id) EXPECT_EQ(job(id).load_failures, 0U);
}

TEST_F(AwayModels, AreLookedAtByAnotherSlotWhereTheOneThatTriedIsTakenAway) {
  set_up(2);
  give_back(1);
  wait(seconds(30));
  ASSERT_EQ(leases_of(1), 1U);
  say(op(), "pause", R"({"job": "1"})");
  say(op(), "resume", R"({"job": "1"})");
  wait(seconds(1));
  EXPECT_LE(leases_of(1), 1U);
  const Digest model = job(1).accepted.class_key;
  step(LoadedReceived{{worker_, 0, model, false, {}, "no answer"}});
  step(LoadedReceived{{worker_, 1, model, false, {}, "no answer"}});
  wait(seconds(300));
  EXPECT_GE(leases_of(1), 1U);
}

TEST_F(AwayModels, OfAServerOneSlotLooksFirst) {
  worker_ = hello("w", 3, 10, "openai");
  ASSERT_EQ(submit(op(), "red-web", R"(, "skip_lookup": true)").code, ReplyCode::done);
  ASSERT_EQ(leases(worker_).size(), 1U);
  wait(seconds(1));
  EXPECT_EQ(leases(worker_).size(), 1U);
  const LeaseGranted granted = state().lease(leases(worker_)[0])->granted;
  step(LoadedReceived{{worker_, granted.slot, job(1).accepted.class_key, true, seconds(1), ""}});
  step(Tick{});
  EXPECT_EQ(leases(worker_).size(), 3U);
}

TEST_F(AwayModels, AreTriedAnewByOneSlotWhereTheFirstTryWasBrokenOff) {
  worker_ = hello("w", 2, 10, "openai");
  ASSERT_EQ(submit(op(), "red-web", R"(, "skip_lookup": true)").code, ReplyCode::done);
  say(op(), "cancel", R"({"job": "1"})");
  EXPECT_TRUE(leases(worker_).empty());
  step(HeartbeatReceived{{worker_, {}, {{{}, false, ""}, {{}, false, ""}}}});
  ASSERT_EQ(submit(op(), "red-web", R"(, "skip_lookup": true)").code, ReplyCode::done);
  wait(seconds(1));
  EXPECT_EQ(leases(worker_).size(), 1U);
}

// One slot has failed to load it, so it is barred there when the other's load is over.
TEST_F(AwayModels, AreUnloadedOnceWhereTheirLoadIsBrokenOff) {
  set_up(2);
  const LeaseId first = leases(worker_)[0];
  const std::uint32_t slot = state().lease(first)->granted.slot;
  step(LoadedReceived{{worker_, slot, job(1).accepted.class_key, false, {}, "no answer"}});
  step(GiveBackReceived{{worker_, first, GiveBackReason::unreachable, "no answer"}});
  say(op(), "pause", R"({"job": "1"})");
  ASSERT_TRUE(leases(worker_).empty());
  step(HeartbeatReceived{{worker_, {}, {{{}, false, ""}, {{}, false, ""}}}});
  say(op(), "resume", R"({"job": "1"})");
  wait(seconds(60));
  EXPECT_EQ(leases(worker_).size(), 1U);
}

TEST_F(AwayModels, AreSaidWithTheWorkerAndHaveNoEndInSight) {
  set_up(1);
  give_back(1);
  const Json workers = say(op(), "workers", "{}").body;
  const Json& each = workers.find("workers")->as_array()[0].find("not_loaded")->as_array().at(0);
  EXPECT_EQ(each.dump(), R"({"model":"red-1","error":"no answer","again_in_seconds":5})");
  const auto told = [&](const std::string& team) {
    const Json answer = say(of_team(team), "workers", "{}").body;
    return answer.find("workers")->as_array()[0].find("not_loaded")->as_array().size();
  };
  EXPECT_EQ(told("red"), 1U);
  EXPECT_EQ(told("blue"), 0U);
  EXPECT_FALSE(Forecast(scheduler()).outlook(job(1)));
  const std::string said = say(op(), "explain", R"({"job": "1"})").body.dump();
  EXPECT_NE(said.find("Worker w could not load it the last time: no answer; a slot of it looks "
                      "again in 5 s."),
            std::string::npos)
      << said;
  wait(seconds(5));
  step(LoadedReceived{{worker_, 0, job(1).accepted.class_key, true, seconds(1), ""}});
  EXPECT_TRUE(Forecast(scheduler()).outlook(job(1)));
}

// Of a model that is at fault itself nobody waits: it has its tries at once.
TEST_F(AwayModels, AreNotThoseThatFail) {
  set_up(1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(leases_of(1), 1U);
    give_back(1, GiveBackReason::load_failed);
  }
  EXPECT_FALSE(job(1).open());
}

}  // namespace
}  // namespace gwageo::testing
