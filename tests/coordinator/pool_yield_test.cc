// Slots of real workers that are to yield: they are topped up no more, and what is out ends.
#include <gtest/gtest.h>

#include <vector>

#include "coordinator/event.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "protocol/messages.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

class PoolYield : public testing::SmallPool {
 protected:
  // Hands in half of each worker's lease, and counts whom that brings no other.
  int dry(const std::vector<WorkerId>& workers) {
    int count = 0;
    for (const WorkerId worker : workers) hand_in(leases(worker).front(), 5);
    for (const WorkerId worker : workers) count += leases(worker).size() == 1 ? 1 : 0;
    return count;
  }
};

TEST_F(PoolYield, one_slot_runs_dry_for_work_that_may_have_one) {
  team("add", R"("name": "blue", "limit": 1)");
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  std::vector<WorkerId> workers;
  for (const char* name : {"w1", "w2", "w3"}) workers.push_back(hello(name));
  pass(seconds(3600));  // Everything was loaded long ago.
  for (const WorkerId worker : workers) heartbeat(worker);
  for (const WorkerId worker : workers) ASSERT_EQ(leases(worker).size(), 1U);
  ASSERT_EQ(submit(op(), "blue-1", R"(, "tier": "interactive")").code, ReplyCode::done);
  EXPECT_EQ(dry(workers), 1);
}

TEST_F(PoolYield, what_is_out_on_a_slot_that_yields_is_not_taken_back) {
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  const WorkerId worker = hello("w1");
  pass(seconds(3600));
  heartbeat(worker);
  const std::vector<LeaseId> before = leases(worker);
  ASSERT_EQ(before.size(), 1U);
  const std::uint64_t out = state().lease(before[0])->rest.size();
  ASSERT_EQ(submit(op(), "blue-1", R"(, "tier": "interactive")").code, ReplyCode::done);
  EXPECT_EQ(state().lease(before[0])->rest.size(), out);
  hand_in_all(before[0]);
  const std::vector<LeaseId> after = leases(worker);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(job(2).accepted.job, state().lease(after[0])->granted.job);
}

// A guarantee waited for as long as loads count, and then for as long as a run is waited for.
TEST_F(PoolYield, a_load_that_yields_is_broken_off_at_once) {
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  const WorkerId worker{99};
  step(HelloReceived{{limits::protocol_version, worker, "w1", "t", {"recorded"}, 1, 10, {}, {}, 1},
                     "pool"});
  const auto report = [&](bool is_loading) {
    step(HeartbeatReceived{{worker, leases(worker), {{{}, is_loading, ""}}}});
  };
  for (int i = 0; i < 7; ++i) {
    pass(seconds(10));
    report(true);
  }
  team("add", R"("name": "blue", "guarantee": 1)");
  ASSERT_EQ(submit(op(), "blue-1").code, ReplyCode::done);
  step(Tick{});
  EXPECT_TRUE(leases(worker).empty());
  EXPECT_TRUE(job(1).tries.empty());
  report(false);
  ASSERT_EQ(leases(worker).size(), 1U);
  EXPECT_EQ(state().lease(leases(worker)[0])->granted.job, job(2).accepted.job);
}

}  // namespace
}  // namespace gwageo
