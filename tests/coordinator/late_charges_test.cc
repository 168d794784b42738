// Whoever has slots of which nothing comes pays for them while they are held: neither wrong
// estimates nor items without an end take from anybody what is theirs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/event.h"
#include "coordinator/job.h"
#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/messages.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class LateCharges : public SmallPool {
 protected:
  const Job& job_of(LeaseId lease) const { return job(state().lease(lease)->granted.job.value); }
  /// The worker lives, and nothing comes of it.
  void pass_for(WorkerId worker, int tens_of_seconds) {
    for (int i = 0; i < tens_of_seconds; ++i) {
      pass(seconds(10));
      heartbeat(worker);
      step(Tick{});
    }
  }
  /// A worker that red alone is charged for.
  void pass_until_spent(WorkerId worker) {
    for (int i = 0; i < 40 && !state().spent("red"); ++i) pass_for(worker, 1);
    ASSERT_TRUE(state().spent("red"));
  }
  /// Red has all of a worker, and blue, to which it is guaranteed, has work.
  WorkerId keep_blue_waiting() {
    team("add", R"("name": "red")");
    team("add", R"("name": "blue", "guarantee": 2)");
    submit(of_team("red"), "red-1");
    const WorkerId worker = hello("w1", 2, 1);
    report_loaded(worker);
    pass(seconds(100));
    EXPECT_EQ(held_by("red", worker), 2);
    submit(of_team("blue"), "blue-1");
    return worker;
  }
  /// Of red nothing comes; of anybody else all that was asked for before these 10 s.
  void pass_ten_seconds(WorkerId worker) {
    const std::vector<LeaseId> asked = leases(worker);
    pass(seconds(10));
    heartbeat(worker);
    for (const LeaseId lease : asked) {
      if (job_of(lease).accepted.team != "red") hand_in_all(lease);
    }
  }
  int held_by(const std::string& team, WorkerId worker) const {
    int held = 0;
    for (const LeaseId lease : leases(worker)) held += job_of(lease).accepted.team == team ? 1 : 0;
    return held;
  }
};

TEST_F(LateCharges, ATeamWhoseItemsDoNotEndTakesNobodysPart) {
  team("add", R"("name": "red")");
  team("add", R"("name": "blue")");
  submit(of_team("blue"), "blue-1");
  const WorkerId worker = hello("w1", 8, 1);
  pass_ten_seconds(worker);
  submit(of_team("red"), "red-1");
  for (int round = 0; round < 9; ++round) {
    pass_ten_seconds(worker);
    ASSERT_EQ(held_by("red", worker) + held_by("blue", worker), 8);
    EXPECT_LE(held_by("red", worker), 5) << "after " << round;
  }
  EXPECT_GE(held_by("red", worker), 3);
}

TEST_F(LateCharges, WhatIsUnderWayCountsForTheHours) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  team("add", R"("name": "blue")");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 2, 1);
  submit(of_team("blue"), "blue-1");
  ASSERT_EQ(held_by("red", worker), 2);
  pass_for(worker, 150);
  // 1,500 s of two slots are under way; they are charged whenever that has grown by a quarter.
  EXPECT_GE(state().gpu_time("red"), seconds(2 * 1200));
  EXPECT_FALSE(state().spent("red"));
  // What comes in pays the rest, and nothing twice.
  hand_in_all(leases(worker).at(0));
  hand_in_all(leases(worker).at(0));
  EXPECT_EQ(state().gpu_time("red"), seconds(2 * 1500));
}

TEST_F(LateCharges, WhereNobodyRecordsAnythingTimePassesAllTheSame) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 2, 1);
  const std::uint64_t records = state().records();
  pass_for(worker, 170);
  EXPECT_GE(state().gpu_time("red"), seconds(1700 * 2 * 3 / 4));
  EXPECT_LE(state().records() - records, 2u * 40u);  // Ever more seldom.
  pass_for(worker, 60);
  EXPECT_TRUE(state().spent("red"));
}

// Nobody else waits, and yet: whoever pays for hours has set them a bound.
TEST_F(LateCharges, WhatIsOutWhenTheHoursAreUsedUpIsTakenWhenNothingComesOfIt) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 4, 1);
  report_loaded(worker);
  pass_for(worker, 80);
  ASSERT_FALSE(state().spent("red"));
  pass_until_spent(worker);
  pass_for(worker, 1);
  EXPECT_EQ(held_by("red", worker), 0);
  EXPECT_TRUE(job(1).tries.empty());
  EXPECT_EQ(job(1).pending.size(), suite_items);
  EXPECT_LE(state().gpu_time("red"), seconds(3600 + 4 * 300));
}

// A lease of many long items could go on for hours, one item after another.
TEST_F(LateCharges, WhatComesOfItMeanwhileMakesNoDifference) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 4, 10);
  report_loaded(worker);
  pass_for(worker, 80);
  for (const LeaseId lease : leases(worker)) hand_in(lease, 1);
  pass_until_spent(worker);
  pass_for(worker, 1);
  EXPECT_EQ(held_by("red", worker), 0);
}

TEST_F(LateCharges, WhatWasLentLatelyHasItsTime) {
  team("add", R"("name": "red", "gpu_hours": 1)");
  submit(of_team("red"), "red-1");
  const WorkerId early = hello("w1", 4, 1);
  report_loaded(early);
  pass_for(early, 80);
  const WorkerId late = hello("w2", 1, 1);
  report_loaded(late);
  const auto pass_both = [&](int tens_of_seconds) {
    for (int i = 0; i < tens_of_seconds; ++i) {
      heartbeat(late);
      pass_for(early, 1);
    }
  };
  for (int i = 0; i < 40 && !state().spent("red"); ++i) pass_both(1);
  ASSERT_TRUE(state().spent("red"));
  pass_both(1);
  EXPECT_EQ(held_by("red", early), 0);
  EXPECT_EQ(held_by("red", late), 1);
  pass_both(60);
  EXPECT_EQ(held_by("red", late), 0);
}

// What was charged meanwhile is part of it.
TEST_F(LateCharges, AnItemTakesAsLongAsItTook) {
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 1, 1);
  pass_for(worker, 100);
  hand_in_all(leases(worker).at(0));
  const JobAccepted& accepted = job(1).accepted;
  const Estimates::Expected item = scheduler().pool().expect(accepted.class_key, accepted.suite);
  EXPECT_EQ(item.item, seconds(1000));
}

// Whether that was a load nobody knows any more.
TEST_F(LateCharges, NothingIsLearnedOfWhatWasOutAtARestart) {
  submit(of_team("red"), "red-1");
  const WorkerId worker = hello("w1", 1, 1);
  pass_for(worker, 10);
  restart();
  hello_again(worker, "w1", 1, {}, leases(worker));
  pass_for(worker, 1);
  hand_in_all(leases(worker).at(0));
  const JobAccepted accepted = job(1).accepted;
  const auto item = [&] { return scheduler().pool().expect(accepted.class_key, accepted.suite); };
  EXPECT_EQ(item().basis, Estimates::Basis::prior);
  pass_for(worker, 9);
  ASSERT_EQ(state().lease(leases(worker).at(0))->rest.size(), 9U);
  hand_in_all(leases(worker).at(0));
  EXPECT_EQ(item().item, seconds(10));
}

// Red was served less, by a bound that is gone now. Its items have shown how long they take: they
// are no longer lent as if they took a moment.
TEST_F(LateCharges, SlotsThatFallFreeTogetherDoNotAllGoToItemsWithoutAnEnd) {
  team("add", R"("name": "red", "limit": 1)");
  team("add", R"("name": "blue", "limit": 2)");
  submit(of_team("red"), "red-1");
  submit(of_team("blue"), "blue-1");
  WorkerId worker = hello("w1", 8, 1);
  report_loaded(worker);
  for (int round = 0; round < 30; ++round) pass_ten_seconds(worker);
  ASSERT_EQ(held_by("red", worker), 1);
  ASSERT_EQ(held_by("blue", worker), 2);
  team("set", R"("name": "red", "limit": 0)");
  team("set", R"("name": "blue", "limit": 0)");
  worker = hello("w1", 8, 1);
  EXPECT_EQ(held_by("red", worker) + held_by("blue", worker), 8);
  EXPECT_LE(held_by("red", worker), 3);
}

// A slot yields at the end of what is in progress. That may never come.
TEST_F(LateCharges, WhatIsGuaranteedIsTakenFromItemsThatDoNotEnd) {
  const WorkerId worker = keep_blue_waiting();
  pass_for(worker, 55);
  EXPECT_EQ(held_by("red", worker), 2);  // What is in progress has its time.
  pass_for(worker, 15);
  EXPECT_EQ(held_by("blue", worker), 2);
  EXPECT_TRUE(job(1).open());
  EXPECT_TRUE(job(1).tries.empty());
  EXPECT_EQ(job(1).pending.size(), suite_items);
}

// Who waited has gone: nobody's work is ended for it.
TEST_F(LateCharges, NothingIsTakenForWhoDoesNotWaitAnyMore) {
  const WorkerId worker = keep_blue_waiting();
  pass_for(worker, 30);
  say(op(), "cancel", R"({"job": "2"})");
  pass_for(worker, 50);
  EXPECT_EQ(held_by("red", worker), 2);
}

}  // namespace
}  // namespace gwageo::testing
