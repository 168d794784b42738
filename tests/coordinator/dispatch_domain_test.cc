// Slots that span nodes of one domain, and fleets of all shapes that lose nodes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

using Pool = DispatchedPool;

TEST(DispatchDomain, a_slot_may_span_nodes_of_a_domain) {
  Pool pool;
  pool.dispatcher.join(8, 1);
  const NodeNumber first = pool.dispatcher.join(2, 8, 1);
  const ClassNumber wide = pool.add_class(16, 10);
  const ClassNumber narrow = pool.add_class(8, 10);
  const TeamNumber a = pool.team("a");
  pool.submit(wide, a, 10);
  std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].block, (Block{first, 0, 16}));
  EXPECT_EQ(pool.dispatcher.placement().idle_gpus(), 8U);
  EXPECT_TRUE(pool.dispatcher.loads().is_loading({first, 0, 8}));
  EXPECT_TRUE(pool.dispatcher.loads().is_loading({first + 1, 0, 8}));
  pool.run_to_the_end();
  pool.submit(narrow, a, 1000);
  starts = pool.start_all();
  ASSERT_EQ(starts.size(), 3U);  // The wide slot gave way, to its last node.
}

TEST(DispatchDomain, a_wide_slot_is_lost_with_any_of_its_nodes) {
  Pool pool;
  const NodeNumber first = pool.dispatcher.join(4, 4, 1);
  const ClassNumber wide = pool.add_class(8, 10);
  const JobId job = pool.submit(wide, pool.team("a"), 10);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.lose(first + 1);
  EXPECT_EQ(pool.jobs[job].items, 10U);
  EXPECT_EQ(pool.dispatcher.waiting().slots(wide), 0);
  const std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].block, (Block{first + 2, 0, 8}));
  pool.run_to_the_end();
}

TEST(DispatchDomain, a_wide_gang_reserves_nodes_of_a_domain) {
  Pool pool;
  pool.dispatcher.join(2, 4, 1);
  const ClassNumber narrow = pool.add_class(1, 10);
  const ClassNumber wide = pool.add_class(8, 10);
  pool.submit(narrow, pool.team("a"), 1000, seconds(10));
  pool.start_all();
  pool.submit(wide, pool.team("b"), 10);
  pool.run_until(Instant{} + seconds(60));
  ASSERT_TRUE(pool.dispatcher.reservation() || pool.dispatcher.waiting().slots(wide) == 1);
  pool.run_to_the_end();
  EXPECT_GT(pool.served[pool.team("b")], 0);
}

TEST(DispatchDomain, a_closed_node_keeps_wide_slots_from_being_served) {
  Pool pool;
  const NodeNumber first = pool.dispatcher.join(2, 4, 1);
  const ClassNumber wide = pool.add_class(8, 10);
  pool.submit(wide, pool.team("a"), 1000);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.dispatcher.open(pool.now, first + 1, false);
  EXPECT_EQ(pool.dispatcher.waiting().slots(wide), 0);
  pool.advance();
  EXPECT_TRUE(pool.start_all().empty());
  pool.dispatcher.open(pool.now, first + 1, true);
  const std::vector<Start> again = pool.start_all();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_FALSE(again[0].load);
}

TEST(DispatchDomain, a_class_barred_on_a_node_runs_on_no_block_with_it) {
  Pool pool;
  const NodeNumber first = pool.dispatcher.join(4, 4, 1);
  const ClassNumber wide = pool.add_class(8, 10);
  pool.dispatcher.bar(pool.now, first + 1, wide, true);
  pool.submit(wide, pool.team("a"), 1000);
  const std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].block, (Block{first + 2, 0, 8}));
}

// The block whose runs are late least is believed to fall free first.
TEST(DispatchDomain, a_gang_waits_for_what_is_not_late) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(100);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  const TeamNumber a = pool.team("a");
  const auto fill = [&](std::uint64_t items) {
    const NodeNumber node = pool.dispatcher.join(2, 1);
    for (int i = 0; i < 2; ++i) pool.submit(pool.add_class(1, 0), a, items);
    EXPECT_EQ(pool.start_all().size(), 2U);
    return node;
  };
  fill(10);
  const NodeNumber second = fill(20);
  fill(5);
  pool.now = Instant{} + seconds(30);  // They are 20, 10 and 25 s late.
  pool.dispatcher.join(1, 1);          // Too narrow for it.
  pool.submit(pool.add_class(2, 0), pool.team("b", 2), 10);
  pool.start_all();
  ASSERT_TRUE(pool.dispatcher.reservation().has_value());
  EXPECT_EQ(pool.dispatcher.reservation()->block.node, second);
  EXPECT_EQ(pool.dispatcher.reservation()->until, Instant{} + seconds(40));
}

// Random fleets and work, some of it with gangs and losses: all of it runs, and the derived members
// are those that a recount gives.
TEST(DispatchDomain, everything_runs_whatever_comes) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::uint64_t state = seed;
    const auto draw = [&](std::uint64_t below) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return (state >> 33) % below;
    };
    Pool pool;
    const std::uint64_t nodes = 1 + draw(4);
    pool.dispatcher.join(8, 1);
    for (std::uint64_t i = 1; i < nodes; ++i) {
      pool.dispatcher.join(1 + static_cast<std::uint32_t>(draw(8)), 1);
    }
    const bool has_domain = draw(2) == 0;
    if (has_domain) pool.dispatcher.join(2 + static_cast<std::uint32_t>(draw(3)), 4, 1);
    const std::uint64_t widths = has_domain ? 5 : 4;  // Up to 8; 16 fits a domain of 4 nodes.
    const auto width = [&] {
      const std::uint32_t gpus = 1U << draw(widths);
      return pool.dispatcher.placement().could_fit(gpus, 0) ? gpus : 8;
    };
    std::vector<ClassNumber> classes;
    for (std::uint64_t i = 0; i < 1 + draw(6); ++i) {
      classes.push_back(pool.add_class(width(), static_cast<std::int64_t>(draw(100))));
    }
    for (std::uint64_t i = 0; i < 1 + draw(30); ++i) {
      pool.submit(classes[draw(classes.size())], pool.team(std::string(1, "abcd"[draw(4)])),
                  1 + draw(50), seconds(static_cast<std::int64_t>(1 + draw(100))),
                  static_cast<std::int32_t>(draw(3)));
      pool.start_all();
      if (draw(2) == 0) pool.advance();
      const auto node = static_cast<NodeNumber>(draw(pool.dispatcher.placement().size() * 4));
      if (node >= pool.dispatcher.placement().size()) continue;
      pool.lose(node);
      if (draw(2) == 0) pool.start_all();
      pool.dispatcher.open(pool.now, node, true);
      if (draw(2) == 0) pool.dispatcher.set_faulty(pool.now, node, draw(256) & draw(256));
    }
    for (NodeNumber node = 0; node < pool.dispatcher.placement().size(); ++node) {
      pool.dispatcher.set_faulty(pool.now, node, 0);
    }
    pool.run_to_the_end();
    EXPECT_EQ(pool.dispatcher.placement().idle_gpus(), pool.dispatcher.placement().open_gpus());
  }
}

}  // namespace
}  // namespace gwageo
