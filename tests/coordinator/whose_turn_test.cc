// Who is said to go before a job.
#include "coordinator/whose_turn.h"

#include <gtest/gtest.h>

#include "coordinator/forecast.h"
#include "coordinator/scheduler.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

using WhoseTurn = SmallPool;

// A team that waits for more than any worker has is owed more and more, and will never be served.
TEST_F(WhoseTurn, IsNotOfWhoCannotRun) {
  ASSERT_EQ(submit(of_team("red"), "red-1").code, ReplyCode::done);
  const WorkerId worker = hello("w1");
  step(LoadedReceived{{worker, 0, sha256("red-1"), true, seconds(1), ""}});
  ASSERT_EQ(submit(of_team("blue"), "blue-far").code, ReplyCode::done);
  pass(seconds(60));
  heartbeat(worker);
  hand_in(leases(worker).at(0), 2);
  for (const WaitReason& each : whose_turn(Forecast(scheduler()), job(1), std::nullopt)) {
    EXPECT_NE(each.reason, Wait::others_less_served) << each.text;
  }
}

}  // namespace
}  // namespace gwageo::testing
