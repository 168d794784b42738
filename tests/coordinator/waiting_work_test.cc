#include "coordinator/waiting_work.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

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

// Jobs of eight teams come, grow, change their rank and go.
TEST_F(WaitingWorkTest, TheHeadIsOfTheHighestTierAndServedLeast) {
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t bound) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % bound;
  };
  std::vector<TeamNumber> teams;
  for (int i = 0; i < 8; ++i) teams.push_back(ledger_.team("team-" + std::to_string(i)));
  for (const TeamNumber team : teams) ledger_.set(team, {{}, 1, 0, team % 3});
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t job = 1 + below(24);
    const auto tier = static_cast<Tier>(below(4));
    const auto priority = static_cast<std::int32_t>(below(3));
    work_.set(
        {}, JobId{job},
        {c_, teams[job % 8], tier, priority, Instant{INT64_MAX}, below(3), seconds(1), false, {}});
    ledger_.charge({}, teams[below(8)], static_cast<std::int64_t>(below(5)));
    const TeamNumber holds = teams[below(8)];
    ledger_.hold(holds, ledger_.held(holds) > 0 ? -1 : 1);
    work_.check();
    std::optional<TeamNumber> head;
    for (const TeamNumber team : teams) {
      if (!work_.waits(c_, team) || !ledger_.may_hold(team, 1)) continue;
      const auto place = [&](TeamNumber of) { return work_.rank(c_, of).tier; };
      const bool is_before = !head || place(team) < place(*head) ||
                             (place(team) == place(*head) && ledger_.before(team, *head));
      if (is_before) head = team;
    }
    EXPECT_EQ(work_.head_team(ledger_, c_), head);
  }
}

}  // namespace
}  // namespace gwageo
