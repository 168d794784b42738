// The simulated pool by hand: what time things take, what comes back, and what it refuses.
#include "ops/simulate/simulator.h"

#include <gmock/gmock.h>

#include <numeric>

#include "protocol/check.h"
#include "tests/simulate/hand_made.h"

namespace gwageo::simulate::testing {
namespace {

using Script = std::vector<std::pair<Instant, Decision>>;

Start start(Place place, JobIndex job, bool load, Piece piece) { return {place, job, load, piece}; }

TEST(Simulator, LoadsOnceThenServes) {
  HandMade hand(1, 2);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {5, 7, 9});
  ScriptPolicy policy({{at(0), start({0, 0, 1}, 0, true, {0, 2, 0, 10})},
                       {at(22), start({0, 0, 1}, 0, false, {2, 1, 0, 10})}});
  const Outcome outcome = hand.run(policy);
  EXPECT_EQ(policy.told, "\n0.0 up 0\n0.0 arrived 0\n10.0 loaded 0\n22.0 ended 0\n31.0 ended 0");
  EXPECT_EQ(outcome.makespan, seconds(31));
  EXPECT_EQ(outcome.gpu_time.useful, seconds(21));
  EXPECT_EQ(outcome.gpu_time.loading, seconds(10));
  EXPECT_EQ(outcome.gpu_time.wasted, Duration{});
  EXPECT_EQ(outcome.waits[0], (std::vector<std::int64_t>{10000000, 15000000, 22000000}));
  EXPECT_EQ(outcome.job_ends[0], at(31));
  EXPECT_EQ(outcome.starts, 2U);
  EXPECT_EQ(outcome.loads, 1U);
  EXPECT_EQ(outcome.unfinished, 0U);
}

TEST(Simulator, YieldsAtTheNextBatchAndGoesOnInParts) {
  HandMade hand(1, 2);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {20, 20});
  // A batch is 2 s: asked at 35.5 s, that is 5.5 s into the second shard, it ends 6 s into it.
  const Instant asked = at(35) + milliseconds(500);
  ScriptPolicy policy({{at(0), start({0, 0, 1}, 0, true, {0, 2, 0, 10})},
                       {asked, Yield{{0, 0, 1}}},
                       {at(36), start({0, 0, 1}, 0, false, {1, 1, 3, 7})},
                       {at(36), start({0, 1, 1}, 0, true, {1, 1, 7, 10})}});
  const Outcome outcome = hand.run(policy);
  EXPECT_EQ(policy.told,
            "\n0.0 up 0\n0.0 arrived 0\n10.0 loaded 0\n36.0 ended 0 rest 1+1 [3,10)"
            "\n44.0 ended 0\n46.0 loaded 0\n52.0 ended 0");
  EXPECT_EQ(outcome.gpu_time.useful, seconds(40));
  EXPECT_EQ(outcome.gpu_time.loading, seconds(20));
  EXPECT_EQ(outcome.gpu_time.wasted, Duration{});
  EXPECT_EQ(outcome.waits[0].size(), 2U);
}

TEST(Simulator, ALoadThatYieldsIsLost) {
  HandMade hand(1, 1);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {20});
  ScriptPolicy policy({{at(0), start({0, 0, 1}, 0, true, {0, 1, 0, 10})},
                       {at(4), Yield{{0, 0, 1}}},
                       {at(5), start({0, 0, 1}, 0, true, {0, 1, 0, 10})}});
  const Outcome outcome = hand.run(policy);
  EXPECT_EQ(policy.told,
            "\n0.0 up 0\n0.0 arrived 0\n4.0 ended 0 rest 0+1 [0,10)\n15.0 loaded 0\n35.0 ended 0");
  EXPECT_EQ(outcome.gpu_time.loading, seconds(14));
}

TEST(Simulator, AnOutageTakesTheRunningShardAlone) {
  HandMade hand(2, 1);
  const ClassIndex model = hand.add_class(1, 10);
  hand.add_job(0, model, {20, 20});
  hand.work.truth.failures = {{at(35), 0, seconds(100)}};
  ScriptPolicy policy({{at(0), start({0, 0, 1}, 0, true, {0, 2, 0, 10})},
                       {at(35), start({1, 0, 1}, 0, true, {1, 1, 0, 10})}});
  const Outcome outcome = hand.run(policy);
  EXPECT_EQ(policy.told,
            "\n0.0 up 0\n0.0 up 1\n0.0 arrived 0\n10.0 loaded 0"
            "\n35.0 lost 0 rest 1+1 [0,10)\n35.0 down 0\n45.0 loaded 0\n65.0 ended 0");
  EXPECT_EQ(outcome.gpu_time.useful, seconds(40));
  EXPECT_EQ(outcome.gpu_time.wasted, seconds(5));
  EXPECT_EQ(outcome.gpu_time.down, seconds(30));
  EXPECT_EQ(outcome.outages, 1U);
}

TEST(Simulator, SlowNodesTakeLongerForEverything) {
  HandMade hand(1, 1);
  hand.add_job(0, hand.add_class(1, 10), {20});
  hand.work.truth.node_pace = {3000};
  EXPECT_EQ(hand.run("reload").makespan, seconds(90));
}

TEST(Simulator, SaysWhatAPolicyLeavesUndone) {
  HandMade hand(1, 1);
  hand.add_job(0, hand.add_class(1, 10), {20, 20});
  ScriptPolicy policy({{at(0), start({0, 0, 1}, 0, true, {0, 1, 0, 10})}});
  EXPECT_EQ(hand.run(policy).unfinished, 1U);
}

/// The rule that a policy breaks with this script, on two nodes of two GPUs.
std::string broken_rule(const Script& script) {
  HandMade hand(2, 2);
  hand.add_job(0, hand.add_class(1, 10), {20, 20});
  hand.add_job(0, hand.add_class(2, 10), {20});
  hand.add_job(0, 0, {5}).arrival = at(1000);
  ScriptPolicy policy(script);
  const CheckTrap trap;
  try {
    hand.run(policy);
  } catch (const BrokenRule& rule) {
    return rule.condition;
  }
  return "none";
}

TEST(Simulator, RefusesWhatNoPoolCanDo) {
  const Piece first = {0, 1, 0, 10};
  const Piece second = {1, 1, 0, 10};
  const Piece wide = {2, 1, 0, 10};
  const Start fine = start({0, 0, 1}, 0, true, first);
  EXPECT_EQ(broken_rule({{at(0), fine}}), "none");
  EXPECT_EQ(broken_rule({{at(0), fine}, {at(1), start({0, 0, 1}, 0, true, second)}}),
            "!gpus_[i].busy");
  EXPECT_EQ(broken_rule({{at(0), fine}, {at(1), start({0, 0, 2}, 1, true, wide)}}),
            "!gpus_[i].busy");
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 1}, 0, false, first)}}),
            "gpus_[first].slot == first");
  EXPECT_EQ(broken_rule({{at(0), start({0, 1, 2}, 1, true, wide)}}), "lies(fleet_, place)");
  EXPECT_EQ(broken_rule({{at(0), start({0, 2, 2}, 1, true, wide)}}), "lies(fleet_, place)");
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 1}, 1, true, wide)}}),
            "place.gpus == workload_.classes[model_class].gpus");
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 1}, 2, true, {3, 1, 0, 10})}}),
            "start.job < next_job_");
  EXPECT_EQ(broken_rule({{at(0), fine}, {at(1), start({0, 1, 1}, 0, true, first)}}),
            "back ? given >= to - from : given + (to - from) <= job.batches");
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 1}, 0, true, {1, 2, 0, 10})}}),
            "piece.shard + piece.shards <= job.first_shard + job.shards");
  EXPECT_EQ(broken_rule({{at(0), fine}, {at(1), Yield{{0, 0, 1}}}, {at(1), Yield{{0, 0, 1}}}}),
            "!running.yields");
  EXPECT_EQ(broken_rule({{at(0), Yield{{0, 0, 1}}}}), "running.busy");
}

TEST(Simulator, ASlotThatLostAGpuHoldsNothing) {
  const Piece wide = {2, 1, 0, 5};
  const Piece rest = {2, 1, 5, 10};
  // The wide model is loaded, then one of its GPUs gets another.
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 2}, 1, true, wide)},
                         {at(20), start({0, 1, 1}, 0, true, {0, 1, 0, 10})},
                         {at(60), start({0, 0, 2}, 1, false, rest)}}),
            "gpus_[first].slot == first");
  EXPECT_EQ(broken_rule({{at(0), start({0, 0, 2}, 1, true, wide)},
                         {at(60), start({0, 0, 2}, 1, false, rest)}}),
            "none");
}

TEST(Simulator, RefusesWorkThatFitsNowhere) {
  HandMade hand(1, 4);
  hand.add_class(8, 10);
  hand.add_job(0, 0, {5});
  const Status status = check_simulation(hand.fleet, hand.work.workload, hand.work.truth);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "simulation: class m0 needs 8 GPUs of one node or domain, and the widest slot that the "
            "fleet has room for has 4");
}

TEST(Simulator, RefusesTimesThatItCannotCount) {
  HandMade hand(1, 2);
  hand.add_job(0, hand.add_class(2, 1000000), {1000000});
  hand.finish();
  Truth truth = hand.work.truth;
  const auto why = [&] {
    const Status checked = check_simulation(hand.fleet, hand.work.workload, truth);
    return checked ? "fine" : checked.error().message;
  };
  truth.node_pace = {60000};
  EXPECT_EQ(why(), "fine");
  truth.scoring_per_mille = 1000;
  EXPECT_EQ(why(), "simulation: a shard takes more than 70368744 s where it is slowest");
  truth.node_pace = {1000000};
  EXPECT_EQ(why(), "simulation: class m0 loads for more than 70368744 s where it is slowest");
  truth = hand.work.truth;
  truth.failures.assign(4000, {Instant{}, 0, seconds(80000000)});
  EXPECT_EQ(why().substr(0, 40), "simulation: all outages together keep GP");
}

// 16,000,000,000 GPU-seconds of one team with a share of 1, before any of it is forgotten: with the
// ledger's ten bits more they do not fit in 64.
TEST(Simulator, AccountsOfAMillionGpusAreKept) {
  HandMade hand(125000, 8, 2);
  const ClassIndex wide = hand.add_class(8, 1);
  hand.add_job(0, wide, std::vector<std::int64_t>(100, 20000000));
  hand.add_job(1, wide, {20000000});
  const Outcome outcome = hand.run("gwageo");
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_EQ(outcome.gpu_time.useful, seconds(std::int64_t{101} * 8 * 20000000));
}

}  // namespace
}  // namespace gwageo::simulate::testing
