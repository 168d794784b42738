// Audits go first as long as their budget lasts.
#include "coordinator/audit_budget.h"

#include <gtest/gtest.h>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

Instant at(std::int64_t s) { return Instant{} + seconds(s); }

TEST(AuditBudget, FillsWithAShareOfThePoolAndHoldsAnHour) {
  AuditBudget budget;
  budget.pass(at(0), 100);
  EXPECT_TRUE(budget.is_left());
  budget.spend(seconds(7200).microseconds);  // 2 % of 100 GPUs for an hour.
  EXPECT_FALSE(budget.is_left());
  budget.spend(seconds(10).microseconds);
  budget.pass(at(5), 100);
  EXPECT_FALSE(budget.is_left());
  budget.pass(at(6), 100);
  EXPECT_TRUE(budget.is_left());
  // It fills no further, however long nobody audits.
  budget.pass(at(1000000), 100);
  budget.spend(seconds(7200).microseconds);
  EXPECT_FALSE(budget.is_left());
}

class AuditBudgets : public testing::SmallPool {
 protected:
  Tier goes_as(std::uint64_t id) const { return scheduler().pool().urgency(job(id)).tier; }
  void look() {
    pass(limits::look_every);
    step(Tick{});
  }
};

TEST_F(AuditBudgets, BeyondTheirBudgetTheyGoAsInteractiveWork) {
  const WorkerId worker = hello("a");
  ASSERT_EQ(submit(op(), "red-1", R"(, "tier": "audit")").code, ReplyCode::done);
  look();
  EXPECT_EQ(goes_as(1), Tier::audit);
  pass(seconds(80));  // One GPU has 72 s of an hour.
  hand_in(leases(worker)[0], 1);
  look();
  EXPECT_EQ(goes_as(1), Tier::interactive);
  pass(seconds(3000));  // What it takes as interactive work is no debt.
  hand_in(leases(worker)[0], 1);
  for (int i = 0; i < 600; ++i) {
    pass(seconds(1));
    heartbeat(worker);
    step(Tick{});
  }
  EXPECT_EQ(goes_as(1), Tier::audit);
}

}  // namespace
}  // namespace gwageo
