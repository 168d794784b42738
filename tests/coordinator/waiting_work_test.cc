#include "coordinator/waiting_work.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

// One class, loaded in 100 s, that two slots serve.
class WaitingWorkTest : public ::testing::Test {
 protected:
  WaitingWorkTest() {
    c_ = work_.add_class({1, 0, seconds(100)});
    work_.add_slots({}, c_, 2);
  }
  void wait(TeamNumber team, std::uint64_t items, Tier tier = Tier::campaign) {
    work_.set({}, JobId{++jobs_},
              {c_, team, tier, 0, Instant{INT64_MAX}, items, seconds(1), false, {}});
  }
  bool pays_for(TeamNumber team) const { return work_.pays_for(ledger_, c_, team); }

  WaitingWork work_{1000};
  Ledger ledger_;
  ClassNumber c_ = 0;
  TeamNumber a_ = ledger_.team("a");
  TeamNumber b_ = ledger_.team("b");
  std::uint64_t jobs_ = 0;
};

TEST_F(WaitingWorkTest, EqualTeamsPayTogetherForASlot) {
  wait(a_, 100);
  EXPECT_FALSE(work_.pays(c_));
  wait(b_, 100);
  EXPECT_TRUE(work_.pays(c_));
  EXPECT_TRUE(pays_for(a_));
  EXPECT_TRUE(pays_for(b_));
}

TEST_F(WaitingWorkTest, NoSlotIsLoadedForATeamThatIsServedBeforeItIs) {
  wait(a_, 10000);
  wait(b_, 90);
  EXPECT_TRUE(pays_for(a_));
  EXPECT_FALSE(pays_for(b_));
  wait(b_, 10);
  EXPECT_TRUE(pays_for(b_));
}

TEST_F(WaitingWorkTest, WeightsSayWhatOthersAreServedMeanwhile) {
  ledger_.set(a_, {{}, 4, 0, 0});
  wait(a_, 10000);
  wait(b_, 30);
  EXPECT_FALSE(pays_for(b_));  // 30 s, and 120 s of the other team.
  wait(b_, 10);
  EXPECT_TRUE(pays_for(b_));
}

TEST_F(WaitingWorkTest, AHigherTierIsServedBeforeAndALowerOneAfter) {
  wait(a_, 190, Tier::interactive);
  wait(b_, 10);
  EXPECT_TRUE(pays_for(b_));
  EXPECT_FALSE(pays_for(a_));
}

TEST_F(WaitingWorkTest, WhatHasNoSlotPaysForEverybody) {
  wait(a_, 10000);
  wait(b_, 1);
  work_.add_slots({}, c_, -2);
  EXPECT_TRUE(pays_for(b_));
}

}  // namespace
}  // namespace gwageo
