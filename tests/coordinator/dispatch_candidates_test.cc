// Which classes a decision looks at, and where one may have a block reserved.
#include <gtest/gtest.h>

#include <vector>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

using Pool = DispatchedPool;

// What no node is wide enough for gets no slot that is taken from others for it: slots ran dry
// between any two leases, for as long as it waited.
TEST(DispatchCandidates, a_class_wider_than_any_node_takes_nothing_from_others) {
  Pool pool;
  const NodeNumber node = pool.dispatcher.join(2, 1);
  const ClassNumber narrow = pool.add_class(1, 1);
  const ClassNumber wide = pool.add_class(4, 1);
  pool.submit(narrow, pool.team("a"), 100000);
  pool.run_until(Instant{} + seconds(200));
  const JobId waits = pool.submit(wide, pool.team("b"), 1000, seconds(1), 0, Tier::interactive);
  pool.start_all();
  for (const Pool::Run& run : pool.running) {
    EXPECT_TRUE(pool.dispatcher.more(pool.now, pool.ledger, run.start.block).has_value());
  }
  EXPECT_TRUE(pool.yields.empty());
  EXPECT_FALSE(pool.dispatcher.reservation().has_value());
  // It counts as soon as a node comes that is, and no longer once that one takes no more.
  const NodeNumber large = pool.dispatcher.join(4, 1);
  std::vector<Start> starts = pool.start_all();
  ASSERT_EQ(starts.front().class_number, wide);
  EXPECT_EQ(starts.front().block.node, large);
  pool.dispatcher.open(pool.now, large, false);
  for (const Pool::Run& run : pool.running) {
    if (run.start.block.node != node) continue;
    EXPECT_TRUE(pool.dispatcher.more(pool.now, pool.ledger, run.start.block).has_value());
  }
  EXPECT_GT(pool.jobs[waits].items, 0U);
}

// A slot on a smaller node is of no use to a gang, however much its team is owed.
TEST(DispatchCandidates, a_slot_falls_free_for_a_gang_only_where_that_fits) {
  Pool pool;
  const NodeNumber small = pool.dispatcher.join(1, 1);
  pool.dispatcher.join(2, 1);
  const TeamNumber a = pool.team("a");
  pool.submit(pool.add_class(1, 1), a, 100000);
  pool.run_until(Instant{} + seconds(200));
  pool.submit(pool.add_class(2, 1), pool.team("b"), 1000);
  pool.ledger.charge(pool.now, a, seconds(100000).microseconds);
  for (const Pool::Run& run : pool.running) {
    const bool goes_on = pool.dispatcher.more(pool.now, pool.ledger, run.start.block).has_value();
    EXPECT_EQ(goes_on, run.start.block.node == small);
  }
}

// Four of them hid from a fifth that it may ask somebody to yield.
TEST(DispatchCandidates, classes_wider_than_any_node_hide_nobody) {
  Pool pool;
  pool.dispatcher.join(2, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 100000);
  pool.run_until(Instant{} + seconds(200));
  for (int i = 0; i < 4; ++i) {
    pool.submit(pool.add_class(4, 1), pool.team("b"), 1000, seconds(1), 5, Tier::interactive);
  }
  pool.submit(pool.add_class(1, 1), pool.team("b"), 1000, seconds(1), 0, Tier::interactive);
  pool.start_all();
  EXPECT_FALSE(pool.yields.empty());
}

// A block was reserved where the class would not load, and it was loaded there again.
TEST(DispatchCandidates, nothing_is_reserved_where_the_class_is_barred) {
  Pool pool;
  const NodeNumber barred = pool.dispatcher.join(2, 1);
  const NodeNumber other = pool.dispatcher.join(2, 1);
  const ClassNumber wide = pool.add_class(2, 1);
  pool.dispatcher.bar(pool.now, barred, wide, true);
  const ClassNumber narrow = pool.add_class(1, 0);
  // A GPU of the other node is the first to fall free, and the barred node the first to be empty.
  std::int32_t priority = 100;
  for (const std::int64_t length : {20, 20, 10, 60}) {
    pool.submit(narrow, pool.team("a"), 1, seconds(length), priority--);
  }
  pool.submit(narrow, pool.team("a"), 100, seconds(20));
  pool.start_all();
  ASSERT_EQ(pool.running.size(), 4U);
  ASSERT_EQ(pool.running[0].start.block.node, barred);
  pool.submit(wide, pool.team("b"), 10, seconds(1), 0, Tier::interactive);
  std::vector<NodeNumber> nodes;
  do {
    for (const Start& start : pool.start_all()) {
      if (start.class_number == wide) nodes.push_back(start.block.node);
    }
    if (pool.dispatcher.reservation()) {
      EXPECT_EQ(pool.dispatcher.reservation()->block.node, other);
    }
  } while (pool.advance());
  ASSERT_FALSE(nodes.empty());
  for (const NodeNumber node : nodes) EXPECT_EQ(node, other);
}

// A block was reserved where work of a higher tier ran, which then had to wait for the lower one.
TEST(DispatchCandidates, a_reservation_takes_nothing_from_a_higher_tier) {
  Pool pool;
  pool.dispatcher.join(2, 1);
  const TeamNumber a = pool.team("a");
  // 1,000 s of work do not pay for a second load.
  const ClassNumber narrow = pool.add_class(1, 2000);
  pool.submit(narrow, a, 1000, seconds(1), 0, Tier::interactive);
  ASSERT_EQ(pool.start_all().size(), 1U);
  pool.submit(pool.add_class(2, 1), pool.team("b"), 100);
  while (pool.jobs[JobId{1}].items > 0) {
    pool.start_all();
    ASSERT_EQ(pool.running.size(), 1U);
    ASSERT_EQ(pool.running[0].start.team, a);
    ASSERT_TRUE(pool.advance());
  }
  pool.run_to_the_end();
}

// Of four GPUs on which nothing runs, how many `b` is given, who was served a day less than `a`.
// Both want more than there are, `a` of two models.
int given_to_the_one_behind(bool untried, Tier tier = Tier::campaign) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a");
  const TeamNumber b = pool.team("b");
  for (int i = 0; i < 2; ++i) pool.submit(pool.add_class(1, 1), a, 1000);
  const JobId job = pool.submit(pool.add_class(1, 1), b, 1000, seconds(1), 0, tier);
  pool.jobs[job].untried = untried;
  pool.tell(job);
  pool.ledger.charge(pool.now, a, seconds(86400).microseconds);
  int given = 0;
  for (const Start& start : pool.start_all()) given += start.team == b ? 1 : 0;
  EXPECT_EQ(pool.running.size(), 4U);
  return given;
}

// It is lent as if it took a moment, whatever it takes.
TEST(DispatchCandidates, work_of_unknown_length_takes_nobodys_part) {
  EXPECT_EQ(given_to_the_one_behind(false), 4);
  EXPECT_EQ(given_to_the_one_behind(true), 2);
  EXPECT_EQ(given_to_the_one_behind(true, Tier::interactive), 4);
}

TEST(DispatchCandidates, work_of_unknown_length_has_what_nobody_else_wants) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  pool.submit(pool.add_class(1, 1), pool.team("a"), 1);
  const JobId job = pool.submit(pool.add_class(1, 1), pool.team("b"), 1000);
  pool.jobs[job].untried = true;
  pool.tell(job);
  EXPECT_EQ(pool.start_all().size(), 4U);
}

// What falls free where its team goes on is not for it either.
TEST(DispatchCandidates, work_of_unknown_length_takes_no_more_slots_that_fall_free) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a");
  pool.submit(pool.add_class(1, 1), a, 100000);
  pool.run_until(Instant{} + seconds(200));
  const JobId job = pool.submit(pool.add_class(1, 1), pool.team("b"), 1000, seconds(3600));
  pool.jobs[job].untried = true;
  pool.tell(job);
  pool.ledger.charge(pool.now, a, seconds(864000).microseconds);
  pool.run_until(pool.now + seconds(300));
  int held = 0;
  for (const Pool::Run& run : pool.running) held += run.start.team == a ? 0 : 1;
  EXPECT_EQ(held, 2);
}

// Of a fleet of two kinds the part is of those GPUs that it could run on.
TEST(DispatchCandidates, work_of_unknown_length_takes_nobodys_part_of_its_kind_of_gpu) {
  Pool pool;
  pool.dispatcher.join(4, 0b10);
  pool.dispatcher.join(8, 0b01);
  const TeamNumber a = pool.team("a");
  const TeamNumber b = pool.team("b");
  for (int i = 0; i < 2; ++i) pool.submit(pool.dispatcher.add_class({1, 1, seconds(1)}), a, 1000);
  const JobId job = pool.submit(pool.dispatcher.add_class({1, 1, seconds(1)}), b, 1000);
  pool.jobs[job].untried = true;
  pool.tell(job);
  pool.ledger.charge(pool.now, a, seconds(86400).microseconds);
  int given = 0;
  for (const Start& start : pool.start_all()) given += start.team == b ? 1 : 0;
  EXPECT_EQ(pool.running.size(), 4U);
  EXPECT_EQ(given, 2);
}

// It comes to no block by itself: what falls free is narrower, and goes on.
TEST(DispatchCandidates, a_gang_goes_before_its_teams_narrower_work_by_priority) {
  Pool pool;
  pool.dispatcher.join(8, 1);
  const TeamNumber a = pool.team("a");
  for (int i = 0; i < 8; ++i) pool.submit(pool.add_class(1, 1), a, 100000, seconds(20));
  pool.run_until(Instant{} + seconds(200));
  const JobId gang = pool.submit(pool.add_class(8, 1), a, 20, seconds(10), 9);
  pool.run_until(pool.now + seconds(600));
  EXPECT_EQ(pool.jobs[gang].items, 0U);
}

TEST(DispatchCandidates, a_gang_that_has_waited_for_long_goes_before_its_teams_narrower_work) {
  Pool pool;
  pool.dispatcher.join(8, 1);
  const TeamNumber a = pool.team("a");
  for (int i = 0; i < 8; ++i) pool.submit(pool.add_class(1, 1), a, 100000, seconds(20));
  pool.run_until(Instant{} + seconds(200));
  const JobId gang = pool.submit(pool.add_class(8, 1), a, 20, seconds(10));
  pool.run_until(pool.now + seconds(3600));
  EXPECT_EQ(pool.jobs[gang].items, 0U);
}

}  // namespace
}  // namespace gwageo
