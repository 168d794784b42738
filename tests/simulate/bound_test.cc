// Lower bounds by hand.
#include "ops/simulate/bound.h"

#include "tests/simulate/hand_made.h"

namespace gwageo::simulate::testing {
namespace {

TEST(Bound, CountsTheLoadsThatCannotBeAvoided) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(1, 10), std::vector<std::int64_t>(10, 10));
  hand.finish();
  const Bound bound = lower_bound(capacity_of(hand.fleet, 8), hand.work.workload, hand.work.truth);
  EXPECT_EQ(bound.area, seconds(55));     // 100 of work and a load, on 2 GPUs
  EXPECT_EQ(bound.longest, seconds(11));  // a load and a batch
  EXPECT_EQ(bound.setup, seconds(60));    // 2 loads: 100 + 2 * 10 = 2 * 60, and 100 = 2 * 50
  EXPECT_EQ(bound.best(), seconds(60));
}

TEST(Bound, WideSlotsCoverPartOfANode) {
  HandMade hand(2, 3);
  hand.add_job(0, hand.add_class(2, 10), std::vector<std::int64_t>(10, 10));
  hand.finish();
  const Bound bound = lower_bound(capacity_of(hand.fleet, 8), hand.work.workload, hand.work.truth);
  EXPECT_EQ(bound.setup, microseconds(43333334));  // 3 loads of 2 GPUs on 6
  EXPECT_EQ(bound.packing, seconds(60));           // 2 slots, one on each node
  EXPECT_EQ(bound.best(), seconds(60));
}

// A million GPUs until the load is over: 2^20 * 2^46 microseconds.
TEST(Bound, ALargeFleetsTimeIsCountedInWholeNumbers) {
  HandMade hand(125000, 8);
  hand.add_job(0, hand.add_class(1, 60000000), {10});
  hand.finish();
  const Bound bound = lower_bound(capacity_of(hand.fleet, 8), hand.work.workload, hand.work.truth);
  EXPECT_EQ(bound.best(), seconds(60000001));
}

TEST(Bound, LateWorkCannotEndEarly) {
  HandMade hand(1, 2, 2);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {10});
  hand.add_job(1, model, {10, 10}).arrival = at(100);
  hand.finish();
  const Bound bound = lower_bound(capacity_of(hand.fleet, 8), hand.work.workload, hand.work.truth);
  EXPECT_EQ(bound.release, seconds(110));  // The model may be loaded by then.
  // The first team's alone, with 8 GPUs: 10 of work and 8 loads, 90 = 8 * 11.25.
  EXPECT_EQ(lower_bound(share_of(8, 1, 1), hand.work.workload, hand.work.truth, 0).best(),
            milliseconds(11250));
  // Of the second team alone nothing is loaded before it comes.
  EXPECT_GT(lower_bound(share_of(8, 1, 1), hand.work.workload, hand.work.truth, 1).best(),
            seconds(110));
}

// A share is GPU time: below a GPU, and below a gang's width, it takes as much longer.
TEST(Bound, AShareMayBeLessThanAGpuOrAGang) {
  HandMade hand(1, 8, 2);
  hand.add_job(0, hand.add_class(1, 10), {100});
  hand.add_job(1, hand.add_class(8, 10), {100});
  hand.finish();
  const auto best = [&](const Capacity& share, TeamIndex team) {
    return lower_bound(share, hand.work.workload, hand.work.truth, team).best();
  };
  EXPECT_EQ(best(share_of(1, 1, 1), 0), seconds(110));
  EXPECT_EQ(best(share_of(1, 1, 2), 0), seconds(220));
  EXPECT_EQ(best(share_of(8, 2, 3), 0), seconds(30));  // 100 and 5 loads on 5.33 GPUs.
  EXPECT_EQ(best(share_of(8, 1, 1), 1), seconds(110));
  EXPECT_EQ(best(share_of(8, 1, 2), 1), seconds(220));
  // No number of 64 bits says how long that is.
  EXPECT_EQ(best(share_of(1, 1, std::int64_t{1} << 60), 0), Duration{std::int64_t{1} << 62});
}

TEST(Bound, NoPolicyBeatsIt) {
  HandMade hand(2, 2, 2);
  const ClassIndex narrow = hand.add_class(1, 7);
  const ClassIndex wide = hand.add_class(2, 13);
  hand.add_job(0, narrow, {3, 9, 27, 4, 4, 4}, 2);
  hand.add_job(1, wide, {8, 8, 8, 2}, 2);
  hand.add_job(1, narrow, {30, 1, 1}).arrival = at(20);
  hand.finish();
  const Duration best =
      lower_bound(capacity_of(hand.fleet, 8), hand.work.workload, hand.work.truth).best();
  for (const PolicyKind& kind : policy_kinds()) {
    if (kind.name == "acme") continue;  // Its loads are shorter.
    EXPECT_GE(hand.run(std::string(kind.name)).makespan, best) << kind.name;
  }
}

}  // namespace
}  // namespace gwageo::simulate::testing
