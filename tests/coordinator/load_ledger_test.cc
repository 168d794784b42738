// What teams had of one node's loads, by itself.
#include "coordinator/load_ledger.h"

#include <gtest/gtest.h>

#include <vector>

namespace gwageo {
namespace {

// A node that loads so many models at once; loads take what the test says.
class LoadLedgerTest : public ::testing::Test {
 protected:
  LoadLedgerTest() {
    for (const TeamNumber team : {red, blue}) shares.demand(now, team, true);
  }
  LoadLedger::Standing standing() const {
    return LoadLedger::Standing(now, ledger, shares, under_way,
                                {seconds(600), most, under_way.size() == most});
  }
  /// One load of the team, alone.
  void load(TeamNumber team, Duration took) {
    ledger.begin(standing(), team);
    now = now + took;
    ledger.end(now, team, took, most == 1);
  }

  Ledger shares;
  TeamNumber red = shares.team("red");
  TeamNumber blue = shares.team("blue");
  LoadLedger ledger;
  std::vector<LoadLedger::Load> under_way;
  std::uint32_t most = 1;
  Instant now;
};

TEST_F(LoadLedgerTest, WhoeverLoadedForLongerIsAheadByMoreThanIsBorne) {
  load(red, seconds(80));
  EXPECT_TRUE(standing().is_ahead(red, blue));
  EXPECT_FALSE(standing().is_ahead(blue, red));
  EXPECT_EQ(standing().lead(red, blue), seconds(80).microseconds);
  load(blue, seconds(40));
  EXPECT_EQ(standing().usual(), seconds(70));  // The longest of the last ones.
  EXPECT_TRUE(standing().is_ahead(red, blue));
  load(blue, seconds(31));
  EXPECT_FALSE(standing().is_ahead(red, blue));
}

TEST_F(LoadLedgerTest, WhereLoadsAreShortALeadOfOneIsNotBorne) {
  load(red, seconds(2));
  EXPECT_TRUE(standing().is_ahead(red, blue));
  load(blue, seconds(1));
  EXPECT_FALSE(standing().is_ahead(red, blue));
}

TEST_F(LoadLedgerTest, ALoadUnderWayCountsWithAUsualOneBeside) {
  most = 4;
  under_way = {{red, seconds(1)}, {red, seconds(1)}, {blue, seconds(1)}};
  EXPECT_TRUE(standing().is_ahead(red, blue));
  under_way.push_back({blue, {}});
  EXPECT_FALSE(standing().is_ahead(red, blue));
  shares.set(red, {{}, 3, 0, 0});
  EXPECT_TRUE(standing().is_ahead(blue, red));
}

// It is the turn of blue for as long as the last load took, beside the lead that is borne.
TEST_F(LoadLedgerTest, WhatIsLeftToOthersIsNotSavedUp) {
  for (int i = 0; i < 10; ++i) load(red, seconds(100));
  EXPECT_EQ(standing().lead(red, blue), seconds(110).microseconds);
}

// Whoever loads seldom and fast would go first every time.
TEST_F(LoadLedgerTest, WhatNobodyLoadsIsHeldAgainstNobody) {
  load(red, seconds(400));
  EXPECT_TRUE(standing().is_ahead(red, blue));
  now = now + seconds(400);
  EXPECT_EQ(standing().lead(red, blue), seconds(200).microseconds);
  now = now + seconds(400);
  EXPECT_FALSE(standing().is_ahead(red, blue));
  load(blue, seconds(1));
  EXPECT_FALSE(standing().is_ahead(red, blue));
}

TEST_F(LoadLedgerTest, GroupsDivideBeforeTheirTeams) {
  const TeamNumber lab = shares.team("lab");
  const TeamNumber solo = shares.team("solo");
  shares.set(red, {lab, 20, 0, 0});
  shares.set(blue, {lab, 20, 0, 0});
  shares.demand(now, solo, true);
  load(red, seconds(100));
  EXPECT_TRUE(standing().is_ahead(red, solo));
  EXPECT_TRUE(standing().is_ahead(blue, solo));
  EXPECT_TRUE(standing().is_ahead(red, blue));
  load(solo, seconds(100));
  EXPECT_FALSE(standing().is_ahead(blue, solo));
  EXPECT_FALSE(standing().is_ahead(solo, blue));
}

}  // namespace
}  // namespace gwageo
