// Each rival by hand, on two GPUs: models load 10 s.
#include <gmock/gmock.h>

#include "ops/simulate/task_policy.h"
#include "tests/simulate/hand_made.h"

namespace gwageo::simulate::testing {
namespace {

/// Two models; the first has two data sets, of 4 + 4 and of 8 s, the second one of 6 s.
HandMade two_models() {
  HandMade hand(1, 2);
  hand.add_class(1, 10);
  hand.add_class(1, 10);
  hand.add_job(0, 0, {4, 4, 8, 8}, 2);
  hand.add_job(0, 1, {6, 6});
  return hand;
}

TEST(Rivals, ReloadTakesALoadForEveryShard) {
  HandMade hand = two_models();
  const Outcome outcome = hand.run("reload");
  EXPECT_EQ(outcome.loads, 6U);
  // 14, 14; 28 -> 32, 32; then 48, 48.
  EXPECT_EQ(outcome.makespan, seconds(48));
}

TEST(Rivals, NaiveTakesATaskForEveryDataSet) {
  HandMade hand = two_models();
  const Outcome outcome = hand.run("naive");
  EXPECT_EQ(outcome.starts, 3U);
  EXPECT_EQ(outcome.loads, 3U);
  EXPECT_EQ(outcome.makespan, seconds(40));  // 18 | 26; then 18 + 22
}

TEST(Rivals, SizePacksSmallDataSetsAndCutsLargeOnes) {
  HandMade hand = two_models();
  PolicyOptions options;
  options.task_size = seconds(24);
  const Outcome all = hand.run("size", options);
  EXPECT_EQ(all.starts, 2U);  // 8 + 16 together, and 12
  EXPECT_EQ(all.makespan, seconds(34));
  options.task_size = seconds(8);
  EXPECT_EQ(hand.run("size", options).starts, 5U);  // 8, 16 in two, 12 in two
}

TEST(Rivals, NumWorkerCutsEveryDataSet) {
  HandMade hand = two_models();
  PolicyOptions options;
  options.parts = 2;
  const Outcome outcome = hand.run("num-worker", options);
  EXPECT_EQ(outcome.loads, 6U);
  EXPECT_EQ(outcome.makespan, seconds(48));
  options.parts = 1;
  EXPECT_EQ(hand.run("num-worker", options).makespan, hand.run("naive").makespan);
}

TEST(Rivals, StripesHoldTheirGpusUntilTheLastEnds) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(1, 10), {4, 20, 4});  // 4 + 4 on one, 20 on the other
  hand.add_job(0, hand.add_class(1, 10), {6, 6});
  PolicyOptions options;
  options.stripes = 2;
  const Outcome outcome = hand.run("stripe", options);
  EXPECT_EQ(outcome.loads, 4U);
  EXPECT_EQ(outcome.job_ends[0], at(30));
  EXPECT_EQ(outcome.makespan, seconds(46));
}

TEST(Rivals, StripesAreNoMoreThanThereAreSlots) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(1, 10), {4, 4, 4, 4});
  EXPECT_EQ(hand.run("stripe").makespan, seconds(18));
}

TEST(Rivals, StripesOfTasksLoadForEachDataSet) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(1, 10), {4, 4, 4, 4}, 2);
  const Outcome outcome = hand.run("stripe-tasks");
  EXPECT_EQ(outcome.loads, 4U);
  EXPECT_EQ(outcome.makespan, seconds(28));
}

TEST(Rivals, AcmeStartsTheLongestAndKeepsWeightsInMemory) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(1, 10), {4, 30, 4, 4}, 4);
  PolicyOptions options;
  options.task_size = seconds(5);
  const Outcome outcome = hand.run("acme", options);
  // 10 + 30 | 5 + 4, 5 + 4, 5 + 4: the node's memory has the weights after the first.
  EXPECT_EQ(outcome.makespan, seconds(40));
  EXPECT_EQ(outcome.gpu_time.loading, seconds(25));
}

TEST(Rivals, MetricsOnTheGpuHoldIt) {
  HandMade hand(1, 1);
  hand.add_job(0, hand.add_class(1, 10), {20});
  hand.work.truth.scoring_per_mille = 500;
  EXPECT_EQ(hand.run("acme").makespan, seconds(30));
  const Outcome striped = hand.run("stripe");
  EXPECT_EQ(striped.makespan, seconds(40));
  EXPECT_EQ(striped.gpu_time.useful, seconds(20));
  EXPECT_EQ(striped.gpu_time.wasted, seconds(10));
}

TEST(Rivals, FifoTakesTheNextInTheQueue) {
  HandMade hand(1, 1);
  hand.add_class(1, 10);
  hand.add_class(1, 10);
  hand.add_job(0, 0, {4, 4});
  hand.add_job(0, 1, {4});
  hand.add_job(0, 0, {4});
  EXPECT_EQ(hand.run("fifo").loads, 3U);
  EXPECT_EQ(hand.run("fifo").makespan, seconds(46));
  EXPECT_EQ(hand.run("warm-first").loads, 2U);
  EXPECT_EQ(hand.run("warm-first").makespan, seconds(36));
}

TEST(Rivals, WideSlotsAreCutFromTheSmallestBlocks) {
  HandMade hand(2, 4);
  hand.add_class(1, 10);
  hand.add_class(4, 10);
  hand.add_job(0, 0, {20, 20});
  hand.add_job(0, 1, {20});
  // Both narrow ones go to one node, so the wide one need not wait.
  EXPECT_EQ(hand.run("fifo").makespan, seconds(30));
}

TEST(Rivals, AllGoOnAfterOutages) {
  for (const PolicyKind& kind : policy_kinds()) {
    HandMade hand(3, 4, 2);
    const ClassIndex narrow = hand.add_class(1, 10);
    const ClassIndex wide = hand.add_class(2, 10);
    for (int i = 0; i < 4; ++i) {
      hand.add_job(0, narrow, {30, 20, 10, 40, 50, 60}, 3);
      hand.add_job(1, wide, {30, 20, 10, 40, 50, 60}, 3);
    }
    hand.work.truth.failures = {{at(15), 0, seconds(30)},
                                {at(50), 1, seconds(500)},
                                {at(60), 0, seconds(20)},
                                {at(110), 2, seconds(10)}};
    const Outcome outcome = hand.run(std::string(kind.name));
    EXPECT_EQ(outcome.unfinished, 0U) << kind.name;
    EXPECT_EQ(outcome.gpu_time.useful, seconds(4 * 210 * 3)) << kind.name;
    EXPECT_EQ(outcome.waits[0].size(), 24U) << kind.name;
    EXPECT_GT(outcome.gpu_time.wasted, Duration{}) << kind.name;
  }
}

TEST(Rivals, TasksHaveEachShardOnce) {
  WorkloadOptions options;
  options.shards = 3000;
  options.data_sets = 7;
  const Work work = *generate(options, 3);
  for (const Partition partition :
       {Partition::shard, Partition::naive, Partition::size, Partition::workers, Partition::acme}) {
    for (const Job& job : work.workload.jobs) {
      ShardIndex next = job.first_shard;
      for (const Piece& task : partition_job(work.workload, job, {partition, 8, seconds(200)})) {
        EXPECT_EQ(task.shard, next);
        EXPECT_GT(task.shards, 0U);
        EXPECT_EQ(task.from, 0U);
        EXPECT_EQ(task.to, job.batches);
        next += task.shards;
      }
      EXPECT_EQ(next, job.first_shard + job.shards);
    }
  }
}

TEST(Rivals, AreFoundByName) {
  EXPECT_EQ(find_policies("all")->size(), policy_kinds().size());
  const auto two = find_policies("warm-first,fifo");
  ASSERT_TRUE(two && two->size() == 2);
  EXPECT_EQ((*two)[1].name, "fifo");
  EXPECT_THAT(find_policies("warm-first,fifo,warm-first").error().message,
              ::testing::HasSubstr("twice"));
  EXPECT_THAT(find_policies("fifo,lifo").error().message,
              ::testing::HasSubstr("\"lifo\" is not known: all, gwageo, reload"));
}

}  // namespace
}  // namespace gwageo::simulate::testing
