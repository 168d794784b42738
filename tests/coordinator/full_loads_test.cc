// A model that waits to be loaded where workers load all they may, and GPUs that are taken from a
// team without hours: why a job waits, and when it will be over.
#include "coordinator/full_loads.h"

#include <gtest/gtest.h>

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
  WaitReason not_loaded(const std::optional<std::string>& viewer = {}) const {
    for (WaitReason& one : waiting_reasons(Forecast(scheduler()), job(2), viewer)) {
      if (one.reason == Wait::not_loaded) return one;
    }
    ADD_FAILURE() << "its model is loaded";
    return {};
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
}

}  // namespace
}  // namespace gwageo::testing
