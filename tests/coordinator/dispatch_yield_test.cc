// Who is asked to yield, for whom, and who is left alone.
#include <gtest/gtest.h>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

using Pool = DispatchedPool;

Instant at_second(std::int64_t s) { return Instant{} + seconds(s); }

// Each saw the other's guarantee as short, and a slot that could go on ran dry, again and again.
TEST(DispatchYield, a_slot_goes_on_where_guarantees_cannot_all_be_met) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a", 4);
  const TeamNumber b = pool.team("b", 4);
  pool.submit(pool.add_class(1, 10), a, 100000);
  pool.run_until(at_second(100));
  ASSERT_EQ(pool.ledger.held(a), 4);
  pool.ledger.charge(pool.now, b, pool.served[a]);  // Nobody was served more.
  pool.submit(pool.add_class(1, 10), b, 100000);
  for (const Pool::Run& run : pool.running) {
    EXPECT_TRUE(pool.dispatcher.more(pool.now, pool.ledger, run.start.block).has_value());
  }
}

TEST(DispatchYield, a_higher_tier_has_a_slot_when_the_item_in_progress_ends) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  pool.submit(pool.add_class(1, 10), pool.team("a"), 100000);
  pool.run_until(at_second(130));
  const TeamNumber b = pool.team("b");
  const Instant asked = pool.now;
  pool.submit(pool.add_class(1, 1), b, 10000, seconds(1), 0, Tier::interactive);
  while (pool.ledger.held(b) < 4) {
    pool.start_all();
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_LE(pool.now, asked + seconds(1) + pool.dispatcher.knobs().yield_after);
  EXPECT_EQ(pool.given_back, 0U);
}

TEST(DispatchYield, one_item_asks_for_one_slot) {
  Pool pool;
  pool.dispatcher.join(8, 1);
  pool.submit(pool.add_class(1, 10), pool.team("a"), 100000);
  pool.run_until(at_second(130));
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1, seconds(1), 0, Tier::interactive);
  pool.run_until(at_second(600));
  EXPECT_LE(pool.yields.size(), 1U);
  EXPECT_EQ(pool.given_back, 0U);
}

TEST(DispatchYield, what_was_loaded_lately_is_left_to_pay_for_its_load) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(1000);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  pool.dispatcher.join(1, 1);
  pool.submit(pool.add_class(1, 50), pool.team("a"), 500);
  pool.start_all();
  pool.now = at_second(99);  // It settles for two loads.
  const JobId urgent =
      pool.submit(pool.add_class(1, 1), pool.team("b"), 10, seconds(1), 0, Tier::interactive);
  pool.start_all();
  EXPECT_TRUE(pool.yields.empty());
  pool.now = at_second(100);
  pool.start_all();
  ASSERT_EQ(pool.yields.size(), 1U);
  ASSERT_TRUE(pool.advance());
  EXPECT_EQ(pool.now, at_second(100));
  ASSERT_EQ(pool.start_all().size(), 1U);
  EXPECT_EQ(pool.running[0].start.job, urgent);
  pool.run_to_the_end();
}

TEST(DispatchYield, what_took_long_to_load_is_left_to_pay_for_that) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(1000);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  pool.dispatcher.join(1, 1);
  pool.submit(pool.add_class(1, 50), pool.team("a"), 500);
  pool.start_all();
  pool.running[0].began = at_second(300);
  pool.running[0].ends = at_second(800);
  pool.now = at_second(300);
  pool.start_all();
  pool.submit(pool.add_class(1, 1), pool.team("b"), 10, seconds(1), 0, Tier::interactive);
  pool.now = at_second(599);
  pool.start_all();
  EXPECT_TRUE(pool.yields.empty());
  pool.now = at_second(600);
  pool.start_all();
  EXPECT_EQ(pool.yields.size(), 1U);
}

TEST(DispatchYield, a_run_that_is_about_to_end_is_not_asked) {
  Pool pool;
  pool.dispatcher.join(1, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 100000);
  pool.run_until(at_second(400));
  ASSERT_EQ(pool.running.size(), 1U);
  pool.now = pool.running[0].ends - pool.dispatcher.knobs().yield_after;
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1, seconds(1), 0, Tier::interactive);
  pool.start_all();
  EXPECT_TRUE(pool.yields.empty());
}

TEST(DispatchYield, a_guarantee_is_met_by_yields_and_takes_none_of_anothers) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(10000);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  pool.dispatcher.join(8, 1);
  const TeamNumber a = pool.team("a", 6);
  const TeamNumber b = pool.team("b", 4);
  pool.submit(pool.add_class(1, 10), a, 1000000);
  pool.start_all();
  pool.now = at_second(100);
  pool.submit(pool.add_class(1, 10), b, 1000000);
  pool.run_until(at_second(200));
  EXPECT_EQ(pool.yields.size(), 2U);
  EXPECT_EQ(pool.ledger.held(a), 6);
  EXPECT_EQ(pool.ledger.held(b), 2);
  EXPECT_EQ(pool.given_back, 0U);
}

// The cheapest to load again yields.
TEST(DispatchYield, the_cheapest_run_yields) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(10000);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  pool.dispatcher.join(2, 1);
  const TeamNumber a = pool.team("a");
  const ClassNumber costly = pool.add_class(1, 100);
  const ClassNumber cheap = pool.add_class(1, 5);
  pool.submit(costly, a, 1000);
  pool.submit(cheap, a, 1000);
  pool.start_all();
  ASSERT_EQ(pool.running.size(), 2U);
  pool.now = at_second(300);
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1, seconds(1), 0, Tier::interactive);
  pool.start_all();
  ASSERT_EQ(pool.yields.size(), 1U);
  const Block& asked = pool.yields[0].block;
  EXPECT_EQ(pool.dispatcher.loaded(asked.node, asked.first), cheap);
}

TEST(DispatchYield, a_gang_need_not_wait_until_all_runs_in_its_block_have_ended) {
  PolicyKnobs knobs;
  knobs.run_max = seconds(1000);
  knobs.run_min = knobs.run_max;
  Pool pool(knobs);
  pool.dispatcher.join(4, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 100000);
  pool.start_all();
  pool.now = at_second(100);
  const TeamNumber b = pool.team("b", 4);
  // Idle GPUs are what makes a gang look for a block.
  pool.dispatcher.join(1, 1);
  const ClassNumber wide = pool.add_class(4, 1);
  pool.submit(wide, b, 100);
  pool.start_all();
  ASSERT_TRUE(pool.dispatcher.reservation().has_value());
  EXPECT_EQ(pool.yields.size(), 4U);
  EXPECT_LE(pool.dispatcher.reservation()->until, at_second(101));
  while (pool.ledger.held(b) == 0) {
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_LE(pool.now, at_second(101));
  pool.run_to_the_end();
}

TEST(DispatchYield, what_need_not_yield_any_more_goes_on) {
  Pool pool;
  pool.dispatcher.join(1, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 100000);
  pool.run_until(at_second(200));
  const Block block = pool.running[0].start.block;
  const JobId urgent =
      pool.submit(pool.add_class(1, 1), pool.team("b"), 10, seconds(1), 0, Tier::interactive);
  EXPECT_FALSE(pool.dispatcher.more(pool.now, pool.ledger, block).has_value());
  pool.jobs[urgent].items = 0;
  pool.tell(urgent);
  EXPECT_TRUE(pool.dispatcher.more(pool.now, pool.ledger, block).has_value());
  pool.dispatcher.check();
}

TEST(DispatchYield, not_all_slots_run_dry_for_one_item) {
  Pool pool;
  pool.dispatcher.join(8, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 100000);
  pool.run_until(at_second(200));
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1, seconds(1), 0, Tier::interactive);
  int dry = 0;
  for (const Pool::Run& run : pool.running) {
    if (!pool.dispatcher.more(pool.now, pool.ledger, run.start.block)) ++dry;
  }
  EXPECT_EQ(dry, 1);
}

}  // namespace
}  // namespace gwageo
