// Loads that go on at once on one node, by itself and in the dispatcher.
#include "coordinator/node_loads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

TEST(NodeLoads, AreCountedByNode) {
  NodeLoads loads(2, seconds(600));
  loads.begin({}, {0, 0, 1}, 0);
  EXPECT_FALSE(loads.is_full(0));
  loads.begin({}, {0, 2, 2}, 0);
  EXPECT_TRUE(loads.is_full(0));
  EXPECT_FALSE(loads.is_full(1));
  EXPECT_TRUE(loads.end({}, {0, 2, 2}));
  EXPECT_FALSE(loads.end({}, {0, 2, 2}));
  EXPECT_FALSE(loads.is_full(0));
  loads.limit(0, 1);
  EXPECT_TRUE(loads.is_full(0));
  loads.lose(0);
  EXPECT_FALSE(loads.is_full(0));
}

TEST(NodeLoads, HoldOthersUpForABoundedTime) {
  NodeLoads loads(1, seconds(600));
  const Instant start{0};
  loads.begin(start, {0, 0, 1}, 0);
  EXPECT_TRUE(loads.pass(start + seconds(600)).empty());
  EXPECT_TRUE(loads.is_full(0));
  EXPECT_EQ(loads.pass(start + seconds(601)), std::vector<NodeNumber>{0});
  EXPECT_FALSE(loads.is_full(0));
  EXPECT_TRUE(loads.is_loading({0, 0, 1}));
  loads.begin(start + seconds(601), {0, 1, 1}, 0);
  EXPECT_TRUE(loads.is_full(0));
  EXPECT_TRUE(loads.end(start + seconds(601), {0, 0, 1}));
  EXPECT_TRUE(loads.is_full(0));
  EXPECT_TRUE(loads.end(start + seconds(601), {0, 1, 1}));
  EXPECT_FALSE(loads.is_full(0));
}

TEST(NodeLoads, SayWhoseTheyAreAndWhenThereIsRoomAtTheLatest) {
  NodeLoads loads(2, seconds(600));
  const Instant start{0};
  loads.begin(start, {0, 0, 1}, 7);
  EXPECT_EQ(loads.room_at(0), std::nullopt);
  loads.begin(start + seconds(10), {0, 1, 1}, 8);
  EXPECT_EQ(loads.room_at(0), start + seconds(600));
  EXPECT_TRUE(loads.is_full_without({0, 2, 1}));
  EXPECT_FALSE(loads.is_full_without({0, 1, 1}));
  ASSERT_EQ(loads.counted(0).size(), 2U);
  EXPECT_EQ(loads.counted(0)[1].team, 8U);
  EXPECT_EQ(loads.counted(0)[1].since, start + seconds(10));
  EXPECT_TRUE(loads.end(start + seconds(100), {0, 1, 1}));
  EXPECT_TRUE(loads.counted(1).empty());
  loads.pass(start + seconds(700));
  loads.lose(0);
}

TEST(NodeLoads, WhatIsKnownOfANodeGoesWithIt) {
  NodeLoads loads(1, seconds(600));
  loads.expect(3, 0, seconds(5));
  loads.expect(4, 0, seconds(6));
  loads.lose(3);
  EXPECT_EQ(loads.expected(3, 0), std::nullopt);
  EXPECT_EQ(loads.expected(4, 0), seconds(6));
}

PolicyKnobs with_loads(std::uint32_t most) {
  PolicyKnobs knobs;
  knobs.loads_per_node = most;
  return knobs;
}

TEST(NodeLoads, OnlySoManyBeginAndOthersFollow) {
  DispatchedPool pool(with_loads(2));
  pool.dispatcher.join(8, 1);
  for (int i = 0; i < 8; ++i) pool.submit(pool.add_class(1, 10), pool.team("a"), 100);
  std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.size(), 2U);
  pool.dispatcher.ready(pool.now, starts[0].block);
  starts = pool.start_all();
  ASSERT_EQ(starts.size(), 1U);
  pool.run_to_the_end();
}

TEST(NodeLoads, AnotherNodeLoadsMeanwhile) {
  DispatchedPool pool(with_loads(1));
  pool.dispatcher.join(4, 1);
  const NodeNumber other = pool.dispatcher.join(4, 1);
  pool.dispatcher.limit_loads(other, 3);
  for (int i = 0; i < 8; ++i) pool.submit(pool.add_class(1, 10), pool.team("a"), 100);
  const std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.size(), 4U);
  EXPECT_EQ(std::count_if(starts.begin(), starts.end(),
                          [&](const Start& start) { return start.block.node == other; }),
            3);
}

// A search looks at sixteen nodes: those that idled and could not load hid all others from it.
TEST(NodeLoads, FullNodesHideNoOther) {
  DispatchedPool pool(with_loads(1));
  for (int i = 0; i < 24; ++i) {
    pool.dispatcher.join(4, 1);
    pool.submit(pool.add_class(1, 10), pool.team("a"), 100);
  }
  EXPECT_EQ(pool.start_all().size(), 24U);
}

TEST(NodeLoads, ASlotThatFallsFreeIsNotLoadedEither) {
  DispatchedPool pool(with_loads(1));
  pool.dispatcher.join(2, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 1, seconds(10));
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.now = pool.now + seconds(2);
  pool.submit(pool.add_class(1, 1000), pool.team("a"), 1);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 1);
  ASSERT_TRUE(pool.advance());  // The first.
  EXPECT_TRUE(pool.start_all().empty());
  ASSERT_TRUE(pool.advance());  // The long load, and what it was for.
  EXPECT_EQ(pool.start_all().size(), 1U);
}

TEST(NodeLoads, WhatLoadsForHoursKeepsNobodyFromLoading) {
  DispatchedPool pool(with_loads(1));
  pool.dispatcher.join(2, 1);
  pool.submit(pool.add_class(1, 100000), pool.team("a"), 1);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1);
  EXPECT_TRUE(pool.start_all().empty());
  pool.now = pool.now + seconds(601);
  EXPECT_EQ(pool.start_all().size(), 1U);
}

// It would be asked again and again: nothing could be loaded in its place.
TEST(NodeLoads, NobodyYieldsWhereNothingMayBeLoaded) {
  PolicyKnobs knobs = with_loads(1);
  knobs.run_max = seconds(3600);
  knobs.run_min = knobs.run_max;
  DispatchedPool pool(knobs);
  pool.dispatcher.join(2, 1);
  const TeamNumber a = pool.team("a");
  const ClassNumber long_load = pool.add_class(1, 100000);
  const ClassNumber c = pool.add_class(1, 1);
  pool.submit(c, a, 1000000, seconds(60));
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.now = pool.now + seconds(300);
  pool.dispatcher.ready(pool.now, {0, 0, 1});
  pool.dispatcher.ready(pool.now, {0, 1, 1});
  pool.submit(long_load, a, 1);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.submit(pool.add_class(1, 1), pool.team("b"), 10, seconds(1), 0, Tier::interactive);
  EXPECT_TRUE(pool.start_all().empty());
  EXPECT_TRUE(pool.yields.empty());
}

TEST(NodeLoads, AGangThatWaitsForLoadsReservesNothing) {
  DispatchedPool pool(with_loads(1));
  pool.dispatcher.join(8, 1);
  pool.submit(pool.add_class(1, 10), pool.team("a"), 100);
  pool.submit(pool.add_class(4, 10), pool.team("b"), 100);
  ASSERT_EQ(pool.start_all().size(), 1U);
  EXPECT_FALSE(pool.dispatcher.reservation().has_value());
  pool.run_to_the_end();
}

}  // namespace
}  // namespace gwageo
