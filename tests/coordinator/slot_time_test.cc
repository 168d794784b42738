#include "coordinator/slot_time.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

const SlotTime::Slot first{{1}, 0};
const SlotTime::Slot second{{1}, 1};

TEST(SlotTime, AnIdleSlotCostsNobody) {
  SlotTime time;
  time.begin(first, {100}, {});
  EXPECT_EQ(time.take(first, {150}), microseconds(50));
  time.end(first);
  EXPECT_TRUE(time.busy().empty());
  time.begin(first, {1000}, {});
  EXPECT_EQ(time.take(first, {1001}), microseconds(1));
  EXPECT_EQ(time.take(first, {1001}), microseconds(0));
}

TEST(SlotTime, LeasesOfOneSlotShareItsTime) {
  SlotTime time;
  time.begin(first, {0}, {});
  time.begin(first, {40}, {});
  EXPECT_EQ(time.take(first, {50}), microseconds(50));
  EXPECT_EQ(time.take(first, {70}), microseconds(20));
  time.end(first);
  ASSERT_EQ(time.busy().size(), 1u);
  EXPECT_EQ(time.busy().at(first).leases, 1u);
  EXPECT_EQ(time.take(first, {100}), microseconds(30));
  time.end(first);
  EXPECT_TRUE(time.busy().empty());
}

TEST(SlotTime, SlotsAreApart) {
  SlotTime time;
  time.begin(first, {0}, {});
  time.begin(second, {10}, {});
  EXPECT_EQ(time.take(second, {30}), microseconds(20));
  EXPECT_EQ(time.take(first, {30}), microseconds(30));
}

TEST(SlotTime, WhatIsChargedLateDoesNotEndTheQuiet) {
  SlotTime time;
  time.begin(first, {100}, microseconds(30));
  EXPECT_FALSE(time.due(Instant{129} + SlotTime::bears));
  EXPECT_EQ(time.due(Instant{130} + SlotTime::bears), first);
  EXPECT_EQ(time.take_late(first, {150}), microseconds(50));
  EXPECT_EQ(time.take_late(first, {170}), microseconds(20));
  EXPECT_EQ(time.busy().at(first).quiet_since, Instant{100});
  EXPECT_EQ(time.take(first, {180}), microseconds(10));
  EXPECT_EQ(time.busy().at(first).quiet_since, Instant{180});
}

TEST(SlotTimeDeath, WhatIsNotBusyHasNoTime) {
  SlotTime time;
  EXPECT_DEATH(time.take(first, {1}), "busy");
  EXPECT_DEATH(time.end(first), "busy");
  time.begin(first, {5}, {});
  EXPECT_DEATH(time.take(first, {4}), "since");
}

}  // namespace
}  // namespace gwageo
