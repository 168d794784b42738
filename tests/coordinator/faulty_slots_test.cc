// Slots that their worker reports as out of order: they and every block that holds one get nothing,
// and what is left of the worker goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "coordinator/placement.h"
#include "coordinator/report.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "coordinator/waiting_reasons.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

using Faults = std::map<std::uint32_t, std::string>;  // By slot.

class FaultySlots : public SmallPool {
 protected:
  void add_wide_model(std::uint32_t gpus) {
    const Said said =
        say(op(), "model.add",
            R"({"name": "wide", "role": "candidate", "released": "2026-10-01", )"
            R"("engine": "recorded", "team": "red", "gpus": )" +
                std::to_string(gpus) + R"(, "digest": ")" + to_hex(sha256("files")) + "\"}");
    ASSERT_EQ(said.code, ReplyCode::done) << said.text;
  }
  WorkerId hello_gpus(std::uint32_t count) {
    return hello("w1", count, 10, "recorded", {"H100", 81920, "", ""});
  }
  /// The worker says of all its slots how they are, and that it has the leases that it has.
  void report(WorkerId worker, const Faults& faults) {
    std::vector<SlotReport> slots(scheduler().sessions().at(worker).slots.size());
    for (const auto& [slot, fault] : faults) slots[slot].fault = fault;
    step(HeartbeatReceived{{worker, leases(worker), slots}});
  }
  void give_back(WorkerId worker, std::uint32_t slot) {
    for (const LeaseId id : leases(worker)) {
      if (state().lease(id)->granted.slot != slot) continue;
      step(GiveBackReceived{{worker, id, GiveBackReason::draining, "GPU computes wrongly"}});
    }
  }
  /// Where leases begin.
  std::set<std::uint32_t> slots(WorkerId worker) const {
    std::set<std::uint32_t> found;
    for (const LeaseId id : leases(worker)) found.insert(state().lease(id)->granted.slot);
    return found;
  }
  std::vector<WaitReason> reasons(std::uint64_t id) const {
    return waiting_reasons(Forecast(scheduler()), job(id), {});
  }
  static const WaitReason* find(const std::vector<WaitReason>& reasons, Wait reason) {
    const auto found = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const WaitReason& one) { return one.reason == reason; });
    return found == reasons.end() ? nullptr : &*found;
  }
};

TEST_F(FaultySlots, AFaultySlotGetsNoLeaseAndTheOthersGoOn) {
  const WorkerId worker = hello_gpus(4);
  report(worker, {{1, "GPU 1 computes wrongly"}});
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  EXPECT_EQ(slots(worker), (std::set<std::uint32_t>{0, 2, 3}));
  // Nor more, however often it says how it is.
  report(worker, {{1, "GPU 1 computes wrongly"}});
  for (const LeaseId id : leases(worker)) hand_in_all(id);
  EXPECT_EQ(slots(worker), (std::set<std::uint32_t>{0, 2, 3}));
  ASSERT_EQ(submit(of_team("blue"), "blue-1").code, ReplyCode::done);
  EXPECT_EQ(slots(worker).count(1), 0u);
  report(worker, {});
  EXPECT_EQ(slots(worker).count(1), 1u);
}

TEST_F(FaultySlots, WhatAFaultySlotGivesBackIsLentToTheOthers) {
  const WorkerId worker = hello_gpus(2);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  ASSERT_EQ(slots(worker), (std::set<std::uint32_t>{0, 1}));
  report(worker, {{0, "too hot"}});
  give_back(worker, 0);
  EXPECT_EQ(slots(worker), (std::set<std::uint32_t>{1}));
  while (!leases(worker).empty()) {
    hand_in_all(leases(worker).at(0));
    ASSERT_EQ(slots(worker).count(0), 0u);
  }
  EXPECT_EQ(job(1).phase(), JobPhase::complete);
}

TEST_F(FaultySlots, ABlockThatHoldsAFaultySlotGetsNothing) {
  add_wide_model(2);
  const WorkerId worker = hello_gpus(4);
  report(worker, {{3, "lost"}});
  ASSERT_EQ(submit(op(), "wide").code, ReplyCode::done);
  EXPECT_EQ(slots(worker), (std::set<std::uint32_t>{0}));
  report(worker, {{1, "lost"}, {3, "lost"}});  // The other block, while it runs.
  give_back(worker, 0);
  EXPECT_TRUE(leases(worker).empty());
  report(worker, {{1, "lost"}, {3, "lost"}});  // Nothing is being loaded any more.
  // What needs one slot only has two of them still.
  ASSERT_EQ(submit(of_team("blue"), "blue-1").code, ReplyCode::done);
  EXPECT_EQ(slots(worker), (std::set<std::uint32_t>{0, 2}));
}

TEST_F(FaultySlots, ARunOnAFaultyBlockGetsNoMoreWhenItEnds) {
  add_wide_model(4);
  const WorkerId worker = hello_gpus(4);
  ASSERT_EQ(submit(op(), "wide").code, ReplyCode::done);
  ASSERT_EQ(slots(worker), (std::set<std::uint32_t>{0}));
  report(worker, {{2, "lost"}});
  hand_in_all(leases(worker).at(0));
  EXPECT_TRUE(leases(worker).empty());
}

TEST_F(FaultySlots, CapacityAndEntitlementCountWhatIsLeft) {
  const WorkerId worker = hello_gpus(4);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  const auto entitled = [&] { return Forecast(scheduler()).teams().at("red").entitled; };
  EXPECT_EQ(entitled(), 4000);
  report(worker, {{0, "x"}, {1, "x"}, {2, "x"}});
  EXPECT_EQ(entitled(), 1000);
  EXPECT_EQ(scheduler().pool().dispatcher().placement().open_gpus(), 1u);
  const ModelAdded& model = *state().model("red-1");
  EXPECT_EQ(Forecast(scheduler()).slots(model), 1);
}

TEST_F(FaultySlots, TwoTeamsShareWhatIsLeft) {
  const WorkerId worker = hello_gpus(4);
  report(worker, {{0, "x"}, {3, "x"}});
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  ASSERT_EQ(submit(of_team("blue"), "blue-1").code, ReplyCode::done);
  std::map<std::string, int> handed_in;
  for (int i = 0; i < 20 && !leases(worker).empty(); ++i) {
    pass(seconds(20));
    for (const LeaseId id : leases(worker)) {
      ++handed_in[job(state().lease(id)->granted.job.value).accepted.team];
      hand_in_all(id);
    }
    report(worker, {{0, "x"}, {3, "x"}});
  }
  EXPECT_GT(handed_in["red"], 4);
  EXPECT_GT(handed_in["blue"], 4);
}

TEST_F(FaultySlots, AWorkerThatSaysHelloAgainIsTakenAtItsNextWord) {
  const WorkerId worker = hello_gpus(2);
  report(worker, {{0, "x"}});
  hello_again(worker, "w1", 2, {"H100", 81920, "", ""}, {});
  EXPECT_EQ(scheduler().pool().dispatcher().placement().open_gpus(), 2u);
  report(worker, {{0, "x"}});
  EXPECT_EQ(scheduler().pool().dispatcher().placement().open_gpus(), 1u);
}

TEST_F(FaultySlots, ExplainNamesSlotAndReason) {
  const WorkerId worker = hello_gpus(2);
  report(worker, {{0, "GPU 0 computes wrongly"}, {1, "GPU 1 is gone"}});
  const Said said = submit(op(), "red-1");
  EXPECT_EQ(said.warning,
            "every slot here that could serve model red-1 is out of order: the job waits until one "
            "is well again (gwageo workers says what is wrong)");
  std::vector<WaitReason> why = reasons(1);
  const WaitReason* faulty = find(why, Wait::faulty_slots);
  ASSERT_NE(faulty, nullptr);
  EXPECT_EQ(faulty->text,
            "2 slots that could serve it are out of order: worker w1 slot 0 (GPU 0 computes "
            "wrongly), worker w1 slot 1 (GPU 1 is gone). No other could: it waits until they are "
            "well again, or another worker comes (gwageo worker).");
  EXPECT_EQ(faulty->data.dump(),
            R"({"workers":[{"worker":"w1","slot":0,"fault":"GPU 0 computes wrongly"},)"
            R"({"worker":"w1","slot":1,"fault":"GPU 1 is gone"}],"others":false})");
  report(worker, {{1, "GPU 1 is gone"}});
  why = reasons(1);
  faulty = find(why, Wait::faulty_slots);
  ASSERT_NE(faulty, nullptr);
  EXPECT_EQ(faulty->text,
            "1 slot that could serve it is out of order: worker w1 slot 1 (GPU 1 is gone).");
  report(worker, {});
  EXPECT_EQ(find(reasons(1), Wait::faulty_slots), nullptr);
}

TEST_F(FaultySlots, TheWorkersReportShowsSlotAndReason) {
  const WorkerId worker = hello_gpus(2);
  report(worker, {{1, "GPU 1 is gone"}});
  const Json workers = report::workers(scheduler(), {});
  const Json& slots = *workers.as_array().at(0).find("slots");
  EXPECT_TRUE(slots.as_array().at(0).find("fault")->is_null());
  EXPECT_EQ(*slots.as_array().at(1).find("fault"), Json("GPU 1 is gone"));
}

TEST(PlacementFaults, BlocksWithAFaultyGpuAreNeitherOpenNorIdle) {
  Placement placement;
  placement.join(8, 1);
  placement.set_faulty(0, 0b100);
  placement.check();
  EXPECT_EQ(placement.open_gpus(), 7U);
  EXPECT_EQ(placement.idle_gpus(), 7U);
  EXPECT_FALSE(placement.could_fit(8, 0));
  EXPECT_TRUE(placement.could_fit(4, 0));
  EXPECT_EQ(placement.sound_blocks(0, 2), 3U);
  const auto anywhere = [](const Block&) { return true; };
  EXPECT_EQ(placement.best_fit(4, 0, anywhere, 9), (Block{0, 4, 4}));
  EXPECT_EQ(placement.best_fit(1, 0, anywhere, 9), (Block{0, 3, 1}));  // It breaks up least.
  placement.set_faulty(0, 0xff);
  placement.check();
  EXPECT_EQ(placement.open_gpus(), 0U);
  EXPECT_FALSE(placement.could_fit(1, 0));
  placement.set_faulty(0, 0);
  placement.check();
  EXPECT_EQ(placement.best_fit(8, 0, anywhere, 9), (Block{0, 0, 8}));
}

TEST(PlacementFaults, AFaultyGpuBreaksItsDomain) {
  Placement placement;
  placement.join(4, 4, 1);
  placement.set_faulty(1, 0b1);
  placement.check();
  EXPECT_EQ(placement.open_gpus(), 15U);
  EXPECT_FALSE(placement.is_open(Block{0, 0, 8}));
  EXPECT_FALSE(placement.could_fit(16, 0));
  const auto anywhere = [](const Block&) { return true; };
  EXPECT_EQ(placement.best_fit(8, 0, anywhere, 9), (Block{2, 0, 8}));
  EXPECT_EQ(placement.sound_blocks(0, 8), 0U);
  EXPECT_EQ(placement.sound_blocks(2, 8), 1U);
}

// Every derived count is right after any order of changes.
TEST(PlacementFaults, AnyOrderOfChanges) {
  std::mt19937_64 random(7);  // NOLINT: the same always.
  for (int round = 0; round < 40; ++round) {
    Placement placement;
    placement.join(2, 4, 1);
    placement.join(8, 3);
    placement.join(6, 1);
    std::vector<Block> used;
    for (int i = 0; i < 60; ++i) {
      const auto node = static_cast<NodeNumber>(random() % placement.size());
      switch (random() % 4) {
        case 0: placement.set_faulty(node, random() & random() & 0xff); break;
        case 1: placement.open(node, random() % 3 != 0); break;
        case 2: {
          const auto block =
              placement.around(node, static_cast<std::uint32_t>(random() % 4), 1U << random() % 4);
          if (!block || placement.in_use(*block)) break;
          placement.occupy(*block);
          used.push_back(*block);
          break;
        }
        default:
          if (used.empty()) break;
          placement.vacate(used.back());
          used.pop_back();
      }
      placement.check();
      for (const std::uint32_t width : {1U, 2U, 4U, 8U}) {
        const auto block = placement.best_fit(
            width, 0, [](const Block&) { return true; }, 99);
        if (block) {
          EXPECT_TRUE(placement.idle(*block) && !placement.is_faulty(*block));
        }
      }
    }
  }
}

}  // namespace
}  // namespace gwageo::testing
