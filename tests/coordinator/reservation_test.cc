// What a reservation may take, how long a class waits where classes are many, and what a deadline
// does among the models of a team.
#include <gtest/gtest.h>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

using Pool = DispatchedPool;

/// Two GPUs, wanted by four models of one team, for so long; `beside`: another GPU that idles.
std::uint64_t loads_in(std::int64_t most_seconds, bool beside) {
  Pool pool;
  pool.dispatcher.join(2, 1);
  if (beside) pool.dispatcher.join(1, 1);
  const TeamNumber a = pool.team("a");
  for (int i = 0; i < 4; ++i) pool.submit(pool.add_class(2, 10), a, 1000);
  pool.run_until(Instant{} + seconds(most_seconds));
  return pool.loads;
}

// The idle GPU is of no use to any of them: a block of the other node was reserved for the next
// model as soon as the last one had been loaded there, and again after one run.
TEST(Reservation, takes_no_slot_from_who_serves_there) {
  EXPECT_EQ(loads_in(600, true), loads_in(600, false));
}

TEST(Reservation, gathers_what_idles) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a");
  const ClassNumber narrow = pool.add_class(1, 10);
  pool.submit(narrow, a, 3, seconds(300));
  pool.start_all();
  const ClassNumber gang = pool.add_class(4, 10);
  pool.submit(gang, a, 10);
  pool.start_all();
  ASSERT_TRUE(pool.dispatcher.reservation());
  EXPECT_EQ(pool.dispatcher.reservation()->class_number, gang);
  pool.run_to_the_end();
}

// Twenty models that load for 100 s would each be loaded every half hour on one GPU.
TEST(Patience, grows_with_what_it_takes_to_load_all_that_waits) {
  Pool pool;
  pool.dispatcher.join(1, 1);
  const TeamNumber a = pool.team("a");
  for (int i = 0; i < 20; ++i) pool.submit(pool.add_class(1, 100), a, 100000);
  const std::int64_t day = 86400;
  pool.run_until(Instant{} + seconds(day));
  EXPECT_EQ(pool.dispatcher.waiting().load_work(), seconds(2000).microseconds);
  EXPECT_LE(pool.loads * 100, static_cast<std::uint64_t>(day / 9));
  EXPECT_GE(pool.loads, 20U) << "each has its turn";
}

// Red is owed more than the four GPUs that its gang has, and can use no other: what blue does with
// the rest is blue's affair, and its urgent work goes first there.
TEST(Urgency, CountsWhereAnotherTeamsGangDoesNotFit) {
  Pool pool;
  pool.dispatcher.join(4, 1);
  for (int i = 0; i < 3; ++i) pool.dispatcher.join(2, 1);
  pool.submit(pool.add_class(4, 10), pool.team("red"), 100000);
  pool.start_all();
  const TeamNumber blue = pool.team("blue");
  pool.submit(pool.add_class(1, 10), blue, 100000);
  pool.run_until(Instant{} + seconds(3600));
  ASSERT_EQ(pool.ledger.held(blue), 6);
  const ClassNumber urgent = pool.add_class(1, 10);
  pool.submit(urgent, blue, 20, seconds(1), 5);
  pool.run_until(Instant{} + seconds(3600 + 150));
  EXPECT_EQ(pool.dispatcher.waiting().work(urgent), 0);
}

/// Two GPUs that serve a model of the team, and one that is due after so long, or never.
struct Due {
  explicit Due(Instant deadline, Instant of_first = JobDemand::undated) {
    pool.dispatcher.join(2, 1);
    const TeamNumber a = pool.team("a");
    const JobId first = pool.submit(pool.add_class(1, 10), a, 10000);
    pool.jobs[first].deadline = of_first;
    pool.tell(first);
    pool.run_until(Instant{} + seconds(60));
    number = pool.add_class(1, 10);
    const JobId second = pool.submit(number, a, 40);
    pool.jobs[second].deadline = deadline;
    pool.tell(second);
    pool.run_until(Instant{} + seconds(120));
  }
  std::int64_t slots() const { return pool.dispatcher.waiting().slots(number); }
  bool is_over() const { return pool.dispatcher.waiting().work(number) == 0; }
  Pool pool;
  ClassNumber number = 0;
};

TEST(Deadline, goes_before_other_models_of_its_team_that_have_none) {
  EXPECT_TRUE(Due(Instant{} + seconds(75)).slots() > 0 || Due(Instant{} + seconds(75)).is_over());
  const Due undated(JobDemand::undated);
  EXPECT_FALSE(undated.is_over() || undated.slots() > 0);
}

// Else jobs of two models by turns would load for each.
TEST(Deadline, changes_no_model_for_an_earlier_one) {
  const Due earlier(Instant{} + seconds(75), Instant{} + seconds(9000));
  EXPECT_FALSE(earlier.is_over() || earlier.slots() > 0);
}

// Which of those that are due is loaded next: the earliest, however much waits for another.
TEST(Deadline, is_what_decides_between_models_to_load) {
  Pool pool;
  const NodeNumber node = pool.dispatcher.join(1, 1);
  const TeamNumber a = pool.team("a");
  const ClassNumber large = pool.add_class(1, 10);
  const JobId late = pool.submit(large, a, 10000);
  pool.jobs[late].deadline = Instant{} + seconds(9000);
  pool.tell(late);
  const ClassNumber small = pool.add_class(1, 10);
  const JobId early = pool.submit(small, a, 5);
  pool.jobs[early].deadline = Instant{} + seconds(60);
  pool.tell(early);
  ASSERT_EQ(pool.start_all().size(), 1U);
  EXPECT_EQ(pool.dispatcher.loaded(node, 0), small);
}

}  // namespace
}  // namespace gwageo
