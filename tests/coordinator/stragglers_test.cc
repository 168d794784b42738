// Slots without work help those that are late: a slow one gives items away, and those of one that
// has stopped are lent to a second worker.
#include <gtest/gtest.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo {
namespace {

class Stragglers : public testing::SmallPool {
 protected:
  /// One job of the suite's 100 items: 50 with `a` in one lease, 50 with `b`.
  void share_between_two() {
    a = hello("a", 1, 50);
    b = hello("b", 1, 50);
    ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
    ASSERT_EQ(held(a), 50u);
    ASSERT_EQ(held(b), 50u);
  }
  std::uint64_t held(WorkerId worker) const { return scheduler().items_held(worker); }
  /// The worker hands in so many items of its first leases.
  void hand_in_some(WorkerId worker, std::uint64_t count, Outcome outcome = Outcome::answered) {
    while (count > 0) {
      const LeaseId first = leases(worker).at(0);
      const std::uint64_t some = std::min(count, rest(first));
      hand_in(first, some, outcome);
      count -= some;
    }
  }
  void finish(WorkerId worker) { hand_in_some(worker, held(worker)); }
  std::uint64_t rest(LeaseId lease) const { return state().lease(lease)->rest.size(); }
  void both_live() {
    heartbeat(a);
    heartbeat(b);
  }
  Actions look() {
    pass(limits::look_every);
    return step(Tick{});
  }
  static std::size_t revoked(const Actions& actions) {
    return static_cast<std::size_t>(
        std::count_if(actions.sends.begin(), actions.sends.end(),
                      [](const Send& send) { return std::holds_alternative<Revoke>(send.what); }));
  }
  /// `a` has not been heard for so long that `b`, who idles, has a copy of its items.
  void copy_what_a_has() {
    share_between_two();
    pass(seconds(1));
    both_live();
    finish(b);
    for (int i = 0; i < 3; ++i) {
      pass(seconds(1));
      heartbeat(b);
    }
    look();
    ASSERT_EQ(leases(b).size(), 1u);
    ASSERT_TRUE(state().lease(leases(b)[0])->granted.copy);
  }

  WorkerId a;
  WorkerId b;
};

// Until its model is there it cannot have stopped, however long that took.
TEST_F(Stragglers, WhoHasJustLoadedItsModelHasNotStopped) {
  share_between_two();
  const Digest model = job(1).accepted.class_key;
  step(LoadedReceived{{b, 0, model, true, milliseconds(10), ""}});
  pass(milliseconds(500));
  heartbeat(b);
  finish(b);
  for (int i = 0; i < 6; ++i) {
    pass(seconds(1));
    step(HeartbeatReceived{{a, leases(a), {{model, true, ""}}}});
    heartbeat(b);
  }
  step(LoadedReceived{{a, 0, model, true, milliseconds(6500), ""}});
  look();
  for (const LeaseId id : leases(b)) EXPECT_FALSE(state().lease(id)->granted.copy);
  EXPECT_GT(held(a), 0U);
}

TEST_F(Stragglers, ASlowSlotGivesAwayWhatEndsBothTogether) {
  share_between_two();
  pass(milliseconds(500));
  hand_in_some(b, 25);  // 20 ms an item.
  pass(milliseconds(500));
  hand_in_some(a, 1);  // 1 s.
  both_live();
  finish(b);
  ASSERT_TRUE(leases(b).empty());
  look();
  EXPECT_EQ(held(a) + held(b), 49u);
  EXPECT_GE(held(b), 45u);
  EXPECT_TRUE(state().doubled({1}).empty());
}

TEST_F(Stragglers, ASlotThatIsAsFastAsOthersKeepsAShortRest) {
  share_between_two();
  pass(milliseconds(500));
  hand_in_some(b, 40);
  hand_in_some(a, 40);
  finish(b);
  look();
  EXPECT_EQ(held(a), 10u);
  EXPECT_TRUE(leases(b).empty());
}

TEST_F(Stragglers, AfterASplitTheRestFindsItsPlaceFirst) {
  share_between_two();
  pass(seconds(3));
  both_live();
  finish(b);  // 60 ms an item.
  look();
  const std::uint64_t left = held(a);
  EXPECT_LT(left, 50u);
  EXPECT_GE(left, 25u);
  finish(b);
  look();
  EXPECT_EQ(held(a), left);
}

TEST_F(Stragglers, TheItemsOfASilentWorkerAreCopiedAndTheFirstAnswerWins) {
  copy_what_a_has();
  const LeaseId original = leases(a)[0];
  const LeaseId copy = leases(b)[0];
  EXPECT_EQ(state().doubled({1}).size(), rest(copy));
  EXPECT_EQ(state().leased({1}).size(), 50u);
  const std::uint64_t before = rest(original);
  hand_in(copy, 10);
  EXPECT_EQ(rest(original), before - 10);
  EXPECT_EQ(job(1).done.size(), 60u);
  // The first worker is back, and was faster with all the others.
  const Actions actions = [&] {
    ResultsReceived results{a, original, 0, {}};
    for (const Range& range : state().lease(original)->rest.ranges()) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        results.items.push_back({i, Outcome::answered, sha256("leaf")});
      }
    }
    return step(results);
  }();
  EXPECT_EQ(revoked(actions), 1u);
  EXPECT_EQ(job(1).phase(), JobPhase::complete);
  EXPECT_EQ(job(1).recorded[static_cast<std::size_t>(Outcome::answered)], 100u);
  EXPECT_TRUE(state().leases().empty());
}

TEST_F(Stragglers, NothingMoreIsLentToAWorkerThatIsSilent) {
  copy_what_a_has();
  finish(b);
  EXPECT_EQ(job(1).phase(), JobPhase::complete);
  EXPECT_TRUE(leases(a).empty());
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  EXPECT_TRUE(leases(a).empty());
  EXPECT_FALSE(leases(b).empty());
  step(HeartbeatReceived{{a, {}, {{job(2).accepted.class_key, false, ""}}}});
  EXPECT_FALSE(leases(a).empty());
}

TEST_F(Stragglers, WhatOneOfTwoLosesTheOtherGoesOnWith) {
  copy_what_a_has();
  const LeaseId original = leases(a)[0];
  const LeaseId copy = leases(b)[0];
  const std::uint64_t copied = rest(copy);
  ASSERT_GT(copied, 5u);
  hand_in(copy, 5, Outcome::engine_failed);
  EXPECT_EQ(job(1).pending.size(), 0u);
  EXPECT_EQ(rest(original), 50u);
  EXPECT_EQ(state().doubled({1}).size(), copied - 5);
  step(GoodbyeReceived{a});
  EXPECT_EQ(state().lease(original), nullptr);
  EXPECT_TRUE(state().doubled({1}).empty());
  // What only the copy has stays there; all else is pending or with b again.
  EXPECT_EQ(state().leased({1}).size() + job(1).pending.size(), 50u);
  EXPECT_GE(state().leased({1}).size(), copied - 5);
}

TEST_F(Stragglers, ARestartKeepsBothLeases) {
  copy_what_a_has();
  const std::uint64_t copied = state().doubled({1}).size();
  restart();
  EXPECT_EQ(state().doubled({1}).size(), copied);
  EXPECT_EQ(state().leases().size(), 2u);
}

TEST_F(Stragglers, NothingIsCopiedForAPausedJobOrBeyondALimit) {
  share_between_two();
  pass(seconds(1));
  both_live();
  ASSERT_EQ(team("add", R"("name": "red", "limit": 1)").code, ReplyCode::done);
  finish(b);
  pass(seconds(3));
  heartbeat(b);
  look();
  EXPECT_TRUE(leases(b).empty());
}

TEST_F(Stragglers, NothingIsCopiedToAnotherSlotOfTheSameWorker) {
  a = hello("a", 2, 50);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  ASSERT_EQ(leases(a).size(), 2u);
  const std::uint32_t stopped = state().lease(leases(a)[1])->granted.slot;
  for (int i = 0; i < 300; ++i) {
    pass(seconds(1));
    heartbeat(a);
    // The other slot does all that it is given.
    for (const LeaseId id : leases(a)) {
      if (state().lease(id)->granted.slot != stopped) hand_in_all(id);
    }
    look();
  }
  ASSERT_FALSE(leases(a).empty());
  for (const LeaseId id : leases(a)) EXPECT_EQ(state().lease(id)->granted.slot, stopped);
  EXPECT_TRUE(state().doubled({1}).empty());
  b = hello("b", 1, 50);
  look();
  EXPECT_FALSE(state().doubled({1}).empty());
}

TEST_F(Stragglers, ASlowWorkerHelpsNobody) {
  a = hello("a", 1, 50);
  b = hello("b", 1, 50);
  const WorkerId c = hello("c", 1, 50);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  const auto live = [&](WorkerId silent) {
    for (const WorkerId worker : {a, b, c}) {
      if (worker != silent) heartbeat(worker);
    }
  };
  pass(milliseconds(200));
  hand_in_some(c, 10);  // 20 ms an item.
  pass(milliseconds(200));
  live({});
  hand_in_some(b, 1);  // 400 ms.
  finish(c);
  pass(seconds(10));
  live(a);
  finish(b);
  for (int i = 0; i < 4; ++i) {
    pass(seconds(1));
    live(a);
  }
  look();
  EXPECT_TRUE(leases(b).empty());
  ASSERT_FALSE(leases(c).empty());
  EXPECT_TRUE(state().lease(leases(c)[0])->granted.copy);
}

TEST_F(Stragglers, AnotherJobsItemsAreNoPartOfAShare) {
  std::vector<WorkerId> workers;
  for (const char* name : {"a", "b", "c", "d", "e"}) workers.push_back(hello(name, 1, 40));
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  for (const WorkerId worker : workers) EXPECT_EQ(held(worker), 20u);
  ASSERT_EQ(submit(op(), "red-1", R"(, "skip_lookup": true)").code, ReplyCode::done);
  for (const WorkerId worker : workers) EXPECT_EQ(held(worker), 40u);
}

TEST_F(Stragglers, ASlowWorkerGetsLessAtATime) {
  a = hello("a", 1, 10);
  b = hello("b", 1, 10);
  ASSERT_EQ(submit(op(), "red-1").code, ReplyCode::done);
  pass(milliseconds(100));
  hand_in_some(b, 10);
  pass(milliseconds(900));
  hand_in_some(a, 10);
  // 80 are left: 40 for each slot, and four for one that is ten times as slow.
  EXPECT_EQ(held(a), 4u);
}

}  // namespace
}  // namespace gwageo
