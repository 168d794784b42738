// Fairness and waiting by hand.
#include "ops/simulate/figures.h"

#include <gmock/gmock.h>

#include "tests/simulate/hand_made.h"

namespace gwageo::simulate::testing {
namespace {

TEST(Figures, SpreadsAreByNearestRank) {
  EXPECT_EQ(spread_of({}).p99, Duration{});
  EXPECT_EQ(spread_of({7}).p50, microseconds(7));
  std::vector<std::int64_t> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  const Spread spread = spread_of(hundred);
  EXPECT_EQ(spread.p50, microseconds(50));
  EXPECT_EQ(spread.p95, microseconds(95));
  EXPECT_EQ(spread.p99, microseconds(99));
  EXPECT_EQ(spread.longest, microseconds(100));
}

TEST(Figures, JainIsOneForEquals) {
  EXPECT_EQ(jain_index({5, 5, 5}), 1);
  EXPECT_EQ(jain_index({1, 0, 0, 0}), 0.25);
  EXPECT_EQ(jain_index({0, 0}), 1);
}

/// Two teams with much queued on two GPUs.
class Fairness : public ::testing::Test {
 protected:
  Fairness() : hand_(1, 2, 2), recorder_(make()) {}
  Recorder make() {
    hand_.add_job(0, hand_.add_class(1, 10), {5});
    return Recorder(hand_.fleet, hand_.work.workload);
  }
  void queue(TeamIndex team, std::int64_t gpus) {
    recorder_.queues(team, gpus * Recorder::queue_unit);
  }
  HandMade hand_;
  Recorder recorder_;
};

TEST_F(Fairness, LagIsTheGapWhileBothDemand) {
  recorder_.advance(at(0));
  queue(0, 5);
  queue(1, 5);
  recorder_.is_worth(0, 1);
  recorder_.is_worth(1, 1);
  recorder_.serves(0, 2);  // The first has both GPUs for 30 s, then the second for 40 s.
  recorder_.advance(at(30));
  recorder_.serves(0, -2);
  recorder_.serves(1, 2);
  recorder_.advance(at(70));
  queue(1, -5);  // From now on the second demands nothing: what it lags does not count.
  recorder_.is_worth(1, 0);
  recorder_.serves(1, -2);
  recorder_.serves(0, 2);
  recorder_.advance(at(200));
  recorder_.finish();
  EXPECT_EQ(recorder_.lag(), seconds(80));  // From 60 ahead to 20 behind.
  EXPECT_EQ(recorder_.backlogged_lag(), seconds(80));
  EXPECT_EQ(recorder_.service(0), seconds(60 + 260));
  EXPECT_EQ(recorder_.service(1), seconds(80));
  EXPECT_THAT(recorder_.backlogged_service(), ::testing::ElementsAre(60000000, 80000000));
  EXPECT_EQ(recorder_.backlogged_time(), seconds(70));
}

TEST_F(Fairness, LessThanAShareOfTheFleetIsNoDemand) {
  recorder_.advance(at(0));
  queue(0, 5);
  recorder_.queues(1, Recorder::queue_unit - 1);
  recorder_.serves(0, 2);
  recorder_.advance(at(100));
  recorder_.finish();
  EXPECT_EQ(recorder_.lag(), Duration{});
  EXPECT_EQ(recorder_.backlogged_time(), Duration{});
}

TEST_F(Fairness, WhatIsNotWorthALoadIsDemandedAndNotPromised) {
  recorder_.advance(at(0));
  queue(0, 5);
  queue(1, 5);
  recorder_.is_worth(0, 1);
  recorder_.serves(0, 2);
  recorder_.advance(at(30));
  recorder_.is_worth(1, 1);
  recorder_.advance(at(40));
  recorder_.is_worth(1, 0);
  recorder_.advance(at(70));
  recorder_.finish();
  EXPECT_EQ(recorder_.lag(), seconds(140));
  EXPECT_EQ(recorder_.backlogged_lag(), seconds(20));
  EXPECT_EQ(recorder_.backlogged_time(), seconds(10));
}

TEST(Timeline, KeepsSumsWhenItsBinsDouble) {
  Timeline timeline(2);
  timeline.add(0, at(0), at(10), 3);
  timeline.add(1, at(5), at(6), 1);
  timeline.add(0, at(100), at(2000), 2);
  EXPECT_EQ(timeline.width(), seconds(4));
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < Timeline::bins_max; ++i) sum += timeline.at(0, i);
  EXPECT_EQ(sum, seconds(30 + 3800).microseconds);
  EXPECT_EQ(timeline.at(0, 2), seconds(6).microseconds);
  EXPECT_EQ(timeline.at(1, 1), seconds(1).microseconds);
}

// Nobody shares the only GPU, and nothing is done twice: it took as long as it takes alone.
TEST(Figures, FinishIsHeldAgainstTheTeamsShareOfAnyFleet) {
  HandMade hand(1, 1);
  hand.add_job(0, hand.add_class(1, 10), {100});
  Outcome outcome = hand.run("gwageo");
  const Yardstick yardstick = measure(hand.fleet, hand.work);
  EXPECT_EQ(figures_of(hand.fleet, hand.work, yardstick, outcome).rho, 1);
}

TEST(Figures, TellWhatARunCameTo) {
  HandMade hand(1, 2, 2);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {20, 20});
  hand.add_job(1, model, {20}).within = seconds(30);
  hand.work.workload.jobs[0].within = seconds(30);
  Outcome outcome = hand.run("warm-first");
  const Yardstick yardstick = measure(hand.fleet, hand.work);
  const Figures figures = figures_of(hand.fleet, hand.work, yardstick, outcome);
  EXPECT_EQ(figures.makespan, seconds(50));  // Two at 10 s, the third behind one of them.
  EXPECT_EQ(figures.bound, seconds(40));     // 60 of work in two slots that load.
  EXPECT_EQ(figures.ratio, 1.25);
  EXPECT_EQ(figures.load_share, 0.25);  // 20 of 80.
  EXPECT_EQ(figures.idle_seconds, 20);
  EXPECT_EQ(figures.deadlines, 2U);
  EXPECT_EQ(figures.deadlines_missed, 1U);
  EXPECT_EQ(figures.wait.longest, seconds(30));
  EXPECT_EQ(figures.teams[0].finish, seconds(30));
  EXPECT_EQ(figures.teams[1].shards, 1U);
}

}  // namespace
}  // namespace gwageo::simulate::testing
