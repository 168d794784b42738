// What each team is due, by hand.
#include "coordinator/entitlement.h"

#include <gtest/gtest.h>

namespace gwageo::testing {
namespace {

constexpr std::int64_t plenty = 1'000'000;
using Thousandths = std::vector<std::int64_t>;

Claim team(std::uint32_t weight, std::int64_t usable = plenty, std::uint32_t guarantee = 0,
           std::uint32_t limit = 0) {
  return {{std::nullopt, weight, guarantee, limit}, usable};
}
Claim member(TeamNumber parent, Claim claim) {
  claim.share.parent = parent;
  return claim;
}

TEST(Entitlement, SharesDivideWhatThereIs) {
  EXPECT_EQ(entitlements({}, 8), Thousandths{});
  EXPECT_EQ(entitlements({team(1)}, 8), Thousandths{8000});
  EXPECT_EQ(entitlements({team(3), team(1)}, 8), (Thousandths{6000, 2000}));
  EXPECT_EQ(entitlements({team(1), team(1), team(1)}, 8), (Thousandths{2666, 2666, 2666}));
  EXPECT_EQ(entitlements({team(3), team(1)}, 0), (Thousandths{0, 0}));
}

TEST(Entitlement, WhatATeamCannotUseGoesToTheOthers) {
  EXPECT_EQ(entitlements({team(1, 0), team(1)}, 8), (Thousandths{0, 8000}));
  // 8/3 each, but the first takes 1: 3.5 for each of the others.
  EXPECT_EQ(entitlements({team(1, 1), team(1), team(1)}, 8), (Thousandths{1000, 3500, 3500}));
  EXPECT_EQ(entitlements({team(1, 2), team(1, 3)}, 8), (Thousandths{2000, 3000}));
}

TEST(Entitlement, AGuaranteeIsAFloorAndALimitACeiling) {
  // By shares 2, 2, 2, 2; five are the first one's: the other three divide 3.
  const Claim plain = team(1);
  EXPECT_EQ(entitlements({team(1, plenty, 5), plain, plain, plain}, 8),
            (Thousandths{5000, 1000, 1000, 1000}));
  // A guarantee that is less than the share changes nothing; nor does one that nobody uses.
  EXPECT_EQ(entitlements({team(1, plenty, 1), plain}, 8), (Thousandths{4000, 4000}));
  EXPECT_EQ(entitlements({team(1, 2, 6), plain}, 8), (Thousandths{2000, 6000}));
  EXPECT_EQ(entitlements({team(1, plenty, 0, 1), plain}, 8), (Thousandths{1000, 7000}));
  // More is promised than there is: each gets its part of the promise.
  EXPECT_EQ(entitlements({team(1, plenty, 6), team(1, plenty, 6), plain}, 6),
            (Thousandths{3000, 3000, 0}));
}

TEST(Entitlement, AGroupDividesItsPartAmongItsMembers) {
  // 0 is a group of weight 1 with 1 and 2 (weights 3, 1); 3 is beside it.
  const std::vector<Claim> claims = {team(1, 0), member(0, team(3)), member(0, team(1)), team(1)};
  EXPECT_EQ(entitlements(claims, 8), (Thousandths{4000, 3000, 1000, 4000}));
  std::vector<Claim> limited = claims;
  limited[0].share.limit = 2;
  EXPECT_EQ(entitlements(limited, 8), (Thousandths{2000, 1500, 500, 6000}));
  // One member can use half a share only: the other has what it leaves.
  std::vector<Claim> small = claims;
  small[1].usable = 1;
  EXPECT_EQ(entitlements(small, 8), (Thousandths{4000, 1000, 3000, 4000}));
  // The group's own work stands beside its members, with a weight of 1.
  std::vector<Claim> own = claims;
  own[0].usable = plenty;
  EXPECT_EQ(entitlements(own, 10), (Thousandths{5000, 3000, 1000, 5000}));
}

TEST(Entitlement, LargeSharesAndPoolsStayExact) {
  const std::uint32_t heavy = 1'000'000;
  EXPECT_EQ(entitlements({team(heavy), team(3 * heavy)}, 100'000),
            (Thousandths{25'000'000, 75'000'000}));
}

}  // namespace
}  // namespace gwageo::testing
