// A model that is being loaded for nobody any more: whoever is next neither waits for it nor pays.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/event.h"
#include "coordinator/job.h"
#include "coordinator/state.h"
#include "protocol/messages.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class BrokenLoads : public SmallPool {
 protected:
  // One slot, which loads what red asked for, and then nobody does.
  BrokenLoads() {
    submit(of_team("red"), "red-1");
    worker_ = hello("w1", 1, 1);
    report(true);
    say(op(), "cancel", R"({"job": "1"})");
    submit(of_team("blue"), "blue-1");
  }
  void report(bool is_loading, const Digest& class_key = {}) {
    step(HeartbeatReceived{{worker_, leases(worker_), {{class_key, is_loading, ""}}}});
  }
  WorkerId worker_;
};

TEST_F(BrokenLoads, KeepTheirSlotUntilTheyAreOver) {
  EXPECT_TRUE(leases(worker_).empty());
  report(true);
  EXPECT_TRUE(leases(worker_).empty());
  report(false);
  ASSERT_EQ(leases(worker_).size(), 1U);
  EXPECT_EQ(state().lease(leases(worker_)[0])->granted.job, job(2).accepted.job);
}

TEST_F(BrokenLoads, CostNobodyAnything) {
  const Duration before = state().gpu_time("blue");
  for (int i = 0; i < 30; ++i) {
    pass(seconds(10));
    report(true);
    step(Tick{});
  }
  EXPECT_EQ(state().gpu_time("blue"), before);
}

TEST_F(BrokenLoads, MayEndWithTheModelAllTheSame) {
  const Digest red = job(1).accepted.class_key;
  step(LoadedReceived{{worker_, 0, red, true, seconds(10), ""}});
  report(false, red);
  EXPECT_EQ(leases(worker_).size(), 1U);
}

TEST_F(BrokenLoads, AreThoseOfAJobThatIsPaused) {
  report(false);
  ASSERT_EQ(leases(worker_).size(), 1U);
  report(true);
  say(op(), "pause", R"({"job": "2"})");
  EXPECT_TRUE(leases(worker_).empty());
  EXPECT_TRUE(job(2).tries.empty());
  report(false);
  say(op(), "resume", R"({"job": "2"})");
  ASSERT_EQ(leases(worker_).size(), 1U);
  report(false, job(2).accepted.class_key);
  say(op(), "pause", R"({"job": "2"})");
  EXPECT_EQ(leases(worker_).size(), 1U);  // What is at work ends.
}

TEST_F(BrokenLoads, AreForgottenWithTheWorker) {
  const WorkerId again = hello("w1", 1, 1);
  EXPECT_EQ(leases(again).size(), 1U);
}

}  // namespace
}  // namespace gwageo::testing
