// A model that waits to be loaded where workers load all they may, and GPUs that are taken from a
// team without hours: why a job waits, and when it will be over.
#include "coordinator/full_loads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "coordinator/waiting_reasons.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class FullLoadsOfWorker : public SmallPool {
 protected:
  // Red's model is being loaded, and blue's may not be yet.
  FullLoadsOfWorker() {
    step(HelloReceived{
        {limits::protocol_version, worker_, "w1", "t", {"recorded"}, 2, 10, {}, {}, 1}, "pool"});
    submit(of_team("red"), "red-1");
    submit(of_team("blue"), "blue-1");
  }
  void load_for(int tens_of_seconds) {
    for (int i = 0; i < tens_of_seconds; ++i) {
      pass(seconds(10));
      step(HeartbeatReceived{{worker_, leases(worker_), {{{}, true, ""}, {{}, false, ""}}}});
    }
  }
  std::optional<WaitReason> find(Wait wanted, std::uint64_t id,
                                 const std::optional<std::string>& viewer = {}) const {
    for (WaitReason& one : waiting_reasons(Forecast(scheduler()), job(id), viewer)) {
      if (one.reason == wanted) return std::move(one);
    }
    return std::nullopt;
  }
  WaitReason not_loaded(const std::optional<std::string>& viewer = {}) const {
    return find(Wait::not_loaded, 2, viewer).value_or(WaitReason{});
  }
  Outlook outlook() const { return *Forecast(scheduler()).outlook(job(2)); }

  const WorkerId worker_{99};
};

TEST_F(FullLoadsOfWorker, AreSaidWithWhoLoadsAndForHowLong) {
  load_for(9);
  EXPECT_EQ(not_loaded().text,
            "Its model is loaded nowhere yet; of 2 slots that could load it 1 is at other work. 1 "
            "worker loads as many models as it may at the same time, and the next one follows when "
            "a load is over or has held others up for 10 min: w1 (red 1; for up to 90 s so far, "
            "and one of them for 9 min more at most).");
  EXPECT_EQ(not_loaded().data.dump(),
            R"({"slots":2,"busy":1,"workers_loading":1,"loading":[{"worker":"w1","loads":1,)"
            R"("since_seconds":90,"room_in_seconds":510,"teams":[{"team":"red","loads":1}]}]})");
  step(LoadedReceived{{worker_, 0, sha256("red-1"), true, seconds(60), ""}});
  EXPECT_EQ(leases(worker_).size(), 2U);
}

TEST_F(FullLoadsOfWorker, NameNoOtherTeamToATeam) {
  EXPECT_EQ(not_loaded("blue").text.find("red"), std::string::npos);
  EXPECT_NE(not_loaded("blue").text.find("w1 (others 1;"), std::string::npos);
  EXPECT_EQ(not_loaded("blue").data.dump().find("red"), std::string::npos);
}

// It was said to be over in seconds while nothing could be loaded for minutes.
TEST_F(FullLoadsOfWorker, AreWaitedForByTheEstimate) {
  load_for(9);
  const Outlook said = outlook();
  EXPECT_GE(said.expected, seconds(510));
  EXPECT_GE(said.high, seconds(510));
  EXPECT_LT(said.low, seconds(510));
  load_for(30);
  EXPECT_LE(outlook().expected, said.expected);
  EXPECT_GE(outlook().expected, seconds(210));
  step(LoadedReceived{{worker_, 0, sha256("red-1"), true, seconds(60), ""}});
  EXPECT_LT(outlook().expected, seconds(510));
}

TEST_F(FullLoadsOfWorker, AreNoWaitWhereAnotherWorkerLoads) {
  load_for(9);
  hello("w2");
  EXPECT_LT(outlook().expected, seconds(510));
}

// Nothing said why red's second model was not loaded, though red was served least.
TEST_F(FullLoadsOfWorker, GoByTurns) {
  submit(of_team("red"), "red-2");
  const std::optional<WaitReason> later = find(Wait::others_load_first, 3);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->text,
            "A worker that loads fewer models at the same time than it has slots loads them by "
            "turns, and other teams that wait for that go first: w1 (blue; its own loads 1 of 1, "
            "all that falls to it).");
  EXPECT_EQ(later->data.dump(),
            R"({"workers":[{"worker":"w1","loads":1,"at_once":1,"for_guarantees":false,)"
            R"("rests_seconds":null,"others":1,"teams":["blue"]}]})");
  const std::optional<WaitReason> said = find(Wait::others_load_first, 3, "red");
  ASSERT_TRUE(said);
  EXPECT_NE(said->text.find("w1 (1 team; its own"), std::string::npos) << said->text;
  EXPECT_EQ(said->data.dump().find("blue"), std::string::npos);
  EXPECT_FALSE(find(Wait::others_load_first, 2));
  hello("w2");  // Where it is nobody's turn.
  EXPECT_FALSE(find(Wait::others_load_first, 3));
}

TEST_F(FullLoadsOfWorker, GoFirstToWhomAGuaranteeIsNotMet) {
  team("add", R"("name": "blue", "guarantee": 2)");
  submit(of_team("red"), "red-2");
  const std::optional<WaitReason> later = find(Wait::others_load_first, 3);
  ASSERT_TRUE(later);
  EXPECT_NE(later->text.find("w1 (blue; what is guaranteed to some of them is not met)"),
            std::string::npos)
      << later->text;
  EXPECT_NE(later->data.dump().find(R"("for_guarantees":true,"rests_seconds":null)"),
            std::string::npos);
}

// Three teams: red loaded for two minutes, and blue loads; the third is to have had as much.
TEST_F(FullLoadsOfWorker, AreFollowedByARest) {
  submit(of_team("red"), "red-2");
  submit(op(), "shared");
  load_for(12);
  step(LoadedReceived{{worker_, 0, sha256("red-1"), true, seconds(120), ""}});
  const std::optional<WaitReason> later = find(Wait::others_load_first, 3);
  ASSERT_TRUE(later);
  EXPECT_NE(later->text.find("w1 (default; its own has had its turn, and rests for 2 min more)"),
            std::string::npos)
      << later->text;
  EXPECT_EQ(later->data.dump(),
            R"({"workers":[{"worker":"w1","loads":0,"at_once":1,"for_guarantees":false,)"
            R"("rests_seconds":120,"others":1,"teams":["default"]}]})");
}

class SpentTeam : public SmallPool {};

// What is late was believed to need as long again; it is taken ten minutes after it was lent.
TEST_F(SpentTeam, IsWaitedForUntilWhatItHasIsTaken) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 64, 1);
  submit(of_team("blue"), "blue-1");
  while (!state().spent("red")) {
    pass(seconds(5));
    report_loaded(worker);
    step(Tick{});
  }
  const std::vector<LeaseId> out = leases(worker);
  ASSERT_EQ(out.size(), 64U);
  const Instant lent = state().lease(out[0])->granted_at;
  const Outlook said = *Forecast(scheduler()).outlook(job(2));
  const Duration left = lent + seconds(600) - scheduler().now();
  EXPECT_GT(left, seconds(300));
  EXPECT_GE(said.expected, left);
  EXPECT_LE(said.expected, left + seconds(120));  // The others were lent later.
  Instant last;
  for (const LeaseId lease : leases(worker)) {
    last = std::max(last, state().lease(lease)->granted_at);
  }
  for (const WaitReason& one : waiting_reasons(Forecast(scheduler()), job(2), {})) {
    if (one.reason != Wait::held_by_others) continue;
    const std::int64_t held = one.data.find("gpus_held")->as_integer();
    EXPECT_EQ(one.data.find("gpus_taken")->as_integer(), held);
    EXPECT_EQ(one.data.find("taken_in_seconds")->as_integer(),
              whole_seconds(last + seconds(600) - scheduler().now()));
    const std::string taken = "; " + std::to_string(held) + " slots are taken within ";
    EXPECT_NE(one.text.find(taken), std::string::npos) << one.text;
    return;
  }
  ADD_FAILURE() << "nobody holds them";
}

}  // namespace
}  // namespace gwageo::testing
