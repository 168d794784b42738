// What a team's queue is worth loading for, and what late runs are charged.
#include "ops/simulate/backlog.h"

#include <gtest/gtest.h>

#include "ops/simulate/charges.h"
#include "tests/simulate/hand_made.h"

namespace gwageo::simulate {
namespace {

using testing::at;
using testing::HandMade;

TEST(Backlog, AFurtherSlotIsWorthItsLoad) {
  HandMade hand(4, 8, 2);
  const ClassIndex narrow = hand.add_class(1, 10);
  const ClassIndex wide = hand.add_class(8, 100);
  hand.add_job(0, narrow, {20, 20, 20});  // 60 s for loads of 10 s, but three shards.
  hand.add_job(0, wide, {50, 50, 50, 50});
  hand.add_job(1, wide, {40, 40});
  hand.finish();
  Backlog backlog(hand.work.workload);
  const std::vector<Job>& jobs = hand.work.workload.jobs;
  EXPECT_EQ(backlog.queues(jobs[0], 3 * 10), 3);
  EXPECT_EQ(backlog.queues(jobs[1], 4 * 10), 3 + 2 * 8);  // 200 s for loads of 100 s.
  EXPECT_EQ(backlog.queues(jobs[1], -10), 3 + 8);
  EXPECT_EQ(backlog.queues(jobs[0], -25), 8);  // Half a shard.
  EXPECT_EQ(backlog.queues(jobs[2], 2 * 10), 0);
}

TEST(Charges, WhatIsLateIsChargedAsItGoesOn) {
  Ledger ledger;
  const TeamNumber a = ledger.team("a");
  const TeamNumber b = ledger.team("b");
  ledger.set(a, {{}, 1, 0, 0});
  ledger.set(b, {{}, 1, 0, 0});
  for (const TeamNumber team : {a, b}) ledger.demand(at(0), team, true);
  const Fleet fleet = uniform_fleet(1, 8);
  Charges charges(fleet);
  charges.begin({0, 0, 2}, a, at(0), seconds(200).microseconds, at(100));
  EXPECT_EQ(charges.wake(), at(160));
  charges.charge(at(159), ledger);
  EXPECT_EQ(charges.wake(), at(160));
  ledger.charge(at(159), b, seconds(100).microseconds);
  EXPECT_TRUE(ledger.before(a, b));
  charges.charge(at(160), ledger);  // 120 more than the 200 that were charged before.
  EXPECT_TRUE(ledger.before(b, a));
  EXPECT_EQ(charges.wake(), at(200));
  EXPECT_EQ(charges.end({0, 0, 2}), seconds(2 * 160).microseconds);
  EXPECT_FALSE(charges.wake().has_value());
}

TEST(Charges, WhatHasEndedIsNotWaitedFor) {
  Ledger ledger;
  const TeamNumber a = ledger.team("a");
  const Fleet fleet = uniform_fleet(1, 8);
  Charges charges(fleet);
  const Place first{0, 0, 1};
  const Place second{0, 1, 1};
  charges.begin(first, a, at(0), seconds(1000).microseconds, at(1000));
  EXPECT_EQ(charges.wake(), at(1060));
  charges.end(first);
  EXPECT_FALSE(charges.wake().has_value());
  charges.begin(first, a, at(10), seconds(10).microseconds, at(20));
  charges.begin(second, a, at(10), seconds(20).microseconds, at(30));
  EXPECT_EQ(charges.wake(), at(80));
  charges.end(first);
  EXPECT_EQ(charges.wake(), at(90));
  charges.begin(first, a, at(25), seconds(10).microseconds, at(35));
  EXPECT_EQ(charges.wake(), at(90));
  charges.charge(at(90), ledger);
  EXPECT_EQ(ledger.served(a), seconds(60).microseconds);  // What it took beyond the 20 s.
  EXPECT_EQ(charges.wake(), at(95));
  charges.end(first);
  EXPECT_EQ(charges.wake(), at(110));
  charges.end(second);
  EXPECT_FALSE(charges.wake().has_value());
}

// Two teams on two GPUs; what the first brings takes a hundred times as long as it says.
TEST(Charges, AWrongEstimateCostsNobodyElse) {
  HandMade hand(1, 2, 2);
  hand.add_job(0, hand.add_class(1, 10), std::vector<std::int64_t>(40, 500));
  hand.add_job(1, hand.add_class(1, 10), std::vector<std::int64_t>(400, 50));
  hand.finish();
  hand.work.workload.sets[0].estimate = seconds(5);
  const Outcome outcome = hand.run("gwageo");
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_LE(outcome.recorder.lag(), seconds(2 * 500 + 2 * 30));
}

}  // namespace
}  // namespace gwageo::simulate
