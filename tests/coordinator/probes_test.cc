// Who is to blame: workers under suspicion are asked what is known, and a model that takes workers
// with it gets no more of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

class Probes : public testing::SmallPool {
 protected:
  bool is_probed(WorkerId worker) const {
    return leases(worker).size() == 1 && state().lease(leases(worker)[0])->granted.probe;
  }
  /// `good` has answered; `bad` has failed often enough to be asked.
  void fail_three_times() {
    good = hello("good");
    ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
    pass(seconds(5));
    hand_in(leases(good)[0], 5);
    bad = hello("bad");
    ASSERT_FALSE(leases(bad).empty());
    for (int i = 0; i < 3; ++i) hand_in(leases(bad)[0], 1, Outcome::engine_failed);
    while (!leases(bad).empty() && !is_probed(bad)) hand_in_all(leases(bad)[0]);
    ASSERT_TRUE(is_probed(bad));
  }
  /// The worker answers the item that it is asked.
  void answer(WorkerId worker, const std::string& leaf, Outcome outcome = Outcome::answered) {
    const Lease lease = *state().lease(leases(worker)[0]);
    const std::uint64_t index = lease.rest.ranges()[0].begin;
    step(ResultsReceived{worker, lease.granted.lease, 0, {{index, outcome, sha256(leaf)}}});
  }
  std::string reason(const std::string& worker) const {
    const auto it = state().quarantine().find(worker);
    return it == state().quarantine().end() ? "" : it->second.reason;
  }

  WorkerId good;
  WorkerId bad;
};

TEST_F(Probes, AWorkerThatAnswersAlikeIsClearedAndWorksOn) {
  fail_three_times();
  const std::uint64_t done = job(1).done.size();
  const Duration before = state().gpu_time("red");
  pass(seconds(2));
  answer(bad, "leaf");
  EXPECT_EQ(job(1).done.size(), done);
  EXPECT_EQ(state().gpu_time("red"), before);
  EXPECT_TRUE(state().quarantine().empty());
  ASSERT_FALSE(leases(bad).empty());
  EXPECT_FALSE(is_probed(bad));
}

TEST_F(Probes, WorkersSayWhatWentWrongAndNotOfWhom) {
  const auto suspicion = [&](std::size_t i) {
    const Json body = say(of_team("blue"), "workers", "{}").body;
    return body.find("workers")->as_array().at(i).find("suspicion")->dump();
  };
  hello("w1");
  EXPECT_EQ(suspicion(0), R"({"points":0,"last":null})");
  fail_three_times();
  EXPECT_EQ(suspicion(1), R"({"points":0,"last":null})");
  EXPECT_EQ(suspicion(2), R"({"points":3,"last":"its engine failed"})");
  answer(bad, "leaf");
  EXPECT_EQ(suspicion(2), R"({"points":0,"last":null})");
}

TEST_F(Probes, WhoeverCannotLoadIsSuspectOnlyWhereAnotherOneHas) {
  good = hello("good");
  bad = hello("bad");
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  const Digest model = job(1).accepted.class_key;
  const auto fails_to_load = [&](WorkerId worker) {
    ASSERT_FALSE(leases(worker).empty());
    step(GiveBackReceived{{worker, leases(worker)[0], GiveBackReason::load_failed, "no file"}});
  };
  const auto points = [&] { return scheduler().suspicion().points("bad").size(); };
  fails_to_load(bad);  // The other one is still loading it.
  EXPECT_EQ(points(), 0u);
  step(LoadedReceived{{good, 0, model, true, seconds(1), ""}});
  pass(seconds(60));
  heartbeat(good);
  heartbeat(bad);
  ASSERT_FALSE(leases(bad).empty());
  fails_to_load(bad);
  EXPECT_EQ(points(), 1u);
}

// What was missing may be there again, and the others may be busy for hours.
TEST_F(Probes, WhoeverCouldNotLoadTriesAgainWhileTheOthersAreBusy) {
  good = hello("good");
  ASSERT_EQ(submit(op(), "blue-1").code, ReplyCode::done);
  ASSERT_FALSE(leases(good).empty());
  bad = hello("bad");
  step(GiveBackReceived{{bad, leases(bad).at(0), GiveBackReason::load_failed, "no server"}});
  const auto live = [&](Duration time) {
    for (Duration left = time; left.microseconds > 0; left = left - seconds(1)) {
      heartbeat(good);
      heartbeat(bad);
      pass(seconds(1));
    }
  };
  for (const int wait : {30, 60, 120, 240}) {
    live(seconds(wait - 2));
    EXPECT_TRUE(leases(bad).empty()) << wait;
    live(seconds(4));
    ASSERT_FALSE(leases(bad).empty()) << wait;
    step(GiveBackReceived{{bad, leases(bad)[0], GiveBackReason::load_failed, "no server"}});
  }
  EXPECT_TRUE(job(1).open());  // Somebody has not tried it.
}

TEST_F(Probes, AWorkerThatAnswersOtherwiseIsQuarantinedAndTheIncidentRecorded) {
  fail_three_times();
  answer(bad, "another leaf");
  EXPECT_EQ(job(1).differed, 1u);
  EXPECT_TRUE(leases(bad).empty());
  EXPECT_NE(reason("bad").find("otherwise than worker good"), std::string::npos) << reason("bad");
  EXPECT_NE(reason("bad").find("its engine failed"), std::string::npos) << reason("bad");
  EXPECT_EQ(*say(op(), "workers", "{}").body.find("quarantined")->as_array()[0].find("by"),
            Json("the coordinator"));
  // In its next life it gets nothing either, until somebody says so.
  bad = hello("bad");
  EXPECT_TRUE(leases(bad).empty());
  EXPECT_EQ(say(op(), "drain", R"({"worker": "bad", "undo": true})").code, ReplyCode::done);
  EXPECT_FALSE(leases(bad).empty());
}

TEST_F(Probes, AProbeWithoutAnAnswerIsRepeatedThreeTimes) {
  fail_three_times();
  answer(bad, "", Outcome::engine_failed);
  ASSERT_TRUE(is_probed(bad));
  answer(bad, "", Outcome::timed_out);
  ASSERT_TRUE(is_probed(bad));
  EXPECT_EQ(reason("bad"), "");
  answer(bad, "", Outcome::engine_failed);
  EXPECT_NE(reason("bad").find("3 times"), std::string::npos) << reason("bad");
}

TEST_F(Probes, WhatAWorkerHasAnsweredItselfIsNoProbe) {
  good = hello("good");
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  hand_in(leases(good)[0], 5);
  for (int i = 0; i < 4; ++i) hand_in(leases(good)[0], 1, Outcome::engine_failed);
  ASSERT_FALSE(leases(good).empty());
  EXPECT_FALSE(is_probed(good));
}

TEST_F(Probes, ALateAnswerUnlikeTheOneThatCountsIsAnIncident) {
  good = hello("good", 1, 50);
  bad = hello("bad", 1, 50);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  pass(seconds(1));
  while (!leases(good).empty()) hand_in_all(leases(good)[0]);
  pass(seconds(3));
  heartbeat(good);
  pass(limits::look_every);
  step(Tick{});
  ASSERT_FALSE(leases(good).empty());
  const Lease copy = *state().lease(leases(good)[0]);
  ASSERT_TRUE(copy.granted.copy);
  const LeaseId original = leases(bad)[0];
  const std::uint64_t index = copy.rest.ranges()[0].begin;
  hand_in(copy.granted.lease, 1);
  EXPECT_EQ(job(1).differed, 0u);
  step(ResultsReceived{bad, original, 0, {{index, Outcome::answered, sha256("other")}}});
  EXPECT_EQ(job(1).differed, 1u);
  step(ResultsReceived{bad, original, 0, {{index, Outcome::answered, sha256("other")}}});
  EXPECT_EQ(job(1).differed, 1u);
}

TEST_F(Probes, AWorkerIsNotAskedWhatItCannotRun) {
  const testing::Said added =
      say(op(), "model.add",
          R"({"name": "wide", "role": "candidate", "released": "2026-10-01", )"
          R"("engine": "recorded", "team": "red", "gpus": 2, "digest": ")" +
              to_hex(sha256("files")) + "\"}");
  ASSERT_EQ(added.code, ReplyCode::done) << added.text;
  good = hello("good", 2, 10, "recorded", {"H100", 81920, "", ""});
  ASSERT_EQ(submit(op(), "wide").code, ReplyCode::done);
  pass(seconds(5));
  hand_in(leases(good)[0], 5);
  bad = hello("bad");
  ASSERT_EQ(submit(of_team("blue"), "blue-1").code, ReplyCode::done);
  for (int i = 0; i < 4; ++i) {
    ASSERT_FALSE(leases(bad).empty());
    hand_in(leases(bad)[0], 1, Outcome::engine_failed);
  }
  // So it works on.
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(leases(bad).empty());
    EXPECT_FALSE(state().lease(leases(bad)[0])->granted.probe);
    hand_in_all(leases(bad)[0]);
  }
}

// A team's bad endpoint fails wherever it is asked, and says nothing of who asks it.
TEST_F(Probes, AnEndpointThatFailsIsNotItsWorkersFault) {
  const testing::Said added =
      say(op(), "model.add",
          R"({"name": "far", "role": "candidate", "released": "2026-10-01", "engine": "openai", )"
          R"("path": "http://far/v1", "team": "red", "digest": ")" +
              to_hex(sha256("far")) + "\"}");
  ASSERT_EQ(added.code, ReplyCode::done) << added.text;
  const WorkerId asks = hello("asks", 1, 10, "openai");
  ASSERT_EQ(submit(op(), "far", R"(, "skip_lookup": true)").code, ReplyCode::done);
  for (int i = 0; i < 4; ++i) {
    ASSERT_FALSE(leases(asks).empty());
    hand_in(leases(asks)[0], 1, Outcome::engine_failed);
  }
  EXPECT_TRUE(scheduler().suspicion().points("asks").empty());
  const testing::Said process =
      say(op(), "model.add",
          R"({"name": "own", "role": "candidate", "released": "2026-10-01", "engine": "process", )"
          R"("path": "/m", "team": "red", "digest": ")" +
              to_hex(sha256("own")) + "\"}");
  ASSERT_EQ(process.code, ReplyCode::done) << process.text;
  const WorkerId starts = hello("starts", 1, 10, "process");
  ASSERT_EQ(submit(op(), "own", R"(, "skip_lookup": true)").code, ReplyCode::done);
  ASSERT_FALSE(leases(starts).empty());
  hand_in(leases(starts)[0], 1, Outcome::engine_failed);
  EXPECT_EQ(scheduler().suspicion().points("starts").size(), 1u);
}

class Poison : public testing::SmallPool {
 protected:
  void lose_one(const std::string& name) {
    const WorkerId worker = hello(name);
    ASSERT_FALSE(leases(worker).empty()) << name;
    pass(seconds(1));
    step(GoodbyeReceived{worker});
    pass(seconds(1));
  }
};

TEST_F(Poison, AModelThatTakesThreeWorkersWithItIsPausedAndSaysWhy) {
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  lose_one("a");
  lose_one("b");
  EXPECT_FALSE(job(1).paused);
  lose_one("c");
  EXPECT_TRUE(job(1).paused);
  EXPECT_NE(job(1).paused_because.find("took 3 workers with it"), std::string::npos);
  EXPECT_NE(job(1).paused_because.find("(a, b, c)"), std::string::npos);
  const WorkerId next = hello("d");
  EXPECT_TRUE(leases(next).empty());
  // Another job of the same model has one more try only.
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  ASSERT_FALSE(leases(next).empty());
  pass(seconds(1));
  step(GoodbyeReceived{next});
  EXPECT_TRUE(job(2).paused);
  // Other models go on, and the job itself does when somebody says so.
  ASSERT_EQ(submit(op(), "blue-1").code, ReplyCode::done);
  const WorkerId last = hello("e");
  EXPECT_FALSE(leases(last).empty());
  EXPECT_EQ(say(op(), "resume", R"({"job": "1"})").code, ReplyCode::done);
  EXPECT_FALSE(job(1).paused);
  EXPECT_EQ(job(1).paused_because, "");
}

TEST_F(Poison, AnItemThatWasLostTwiceIsLentAloneAndLast) {
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  for (const char* name : {"a", "b"}) {
    const WorkerId worker = hello(name);
    ASSERT_EQ(job(1).done.size() + 10, state().lease(leases(worker)[0])->rest.ranges()[0].end);
    pass(seconds(1));
    step(GoodbyeReceived{worker});
  }
  // The first ten items were lost twice; all others go before them, as many as ever.
  const WorkerId c = hello("c");
  std::uint64_t most = 0;
  while (job(1).done.size() < 90) {
    ASSERT_FALSE(leases(c).empty());
    most = std::max(most, scheduler().items_held(c));
    EXPECT_GE(state().lease(leases(c)[0])->rest.ranges()[0].begin, 10u);
    pass(seconds(1));
    hand_in_all(leases(c)[0]);
  }
  EXPECT_EQ(most, 10u);
  while (!leases(c).empty()) {
    EXPECT_EQ(scheduler().items_held(c), 1u);
    hand_in_all(leases(c)[0]);
  }
  EXPECT_EQ(job(1).phase(), JobPhase::complete);
}

TEST_F(Poison, AnAnswerInBetweenClearsIt) {
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  lose_one("a");
  lose_one("b");
  const WorkerId c = hello("c");
  hand_in(leases(c)[0], 1);
  pass(seconds(1));
  step(GoodbyeReceived{c});
  EXPECT_FALSE(job(1).paused);
}

TEST_F(Poison, WorkersThatAreLostTogetherAreNoPattern) {
  std::vector<WorkerId> rack;
  for (const char* name : {"a", "b", "c", "d", "e"}) rack.push_back(hello(name));
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  for (const WorkerId worker : rack) ASSERT_FALSE(leases(worker).empty());
  pass(seconds(1));
  for (const WorkerId worker : rack) {
    step(GoodbyeReceived{worker});
    pass(milliseconds(10));
  }
  EXPECT_FALSE(job(1).paused);
}

}  // namespace
}  // namespace gwageo
