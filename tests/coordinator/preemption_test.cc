// Preemption that ends: the potential falls with each taking, and the loops that other schedulers
// were caught in.
#include "coordinator/preemption.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gwageo {
namespace {

constexpr std::uint8_t campaign = 2;

Taking taking_of(TeamNumber victim, TeamNumber preemptor, std::int64_t gpus) {
  return {victim, preemptor, campaign, campaign, gpus, gpus, victim, 0, {}};
}

// Teams that demand, and hold what they are given.
struct Teams {
  Ledger ledger;
  TeamNumber add(const std::string& name, std::uint32_t guarantee, std::int64_t holds,
                 std::optional<TeamNumber> group = {}, bool demands = true) {
    const TeamNumber team = ledger.team(name);
    ledger.set(team, {group, 1, guarantee, 0});
    if (demands) ledger.demand({}, team, true);
    ledger.hold(team, holds);
    return team;
  }
  Right right(TeamNumber victim, TeamNumber preemptor, std::int64_t gpus = 1,
              const Promised& promised = {}) const {
    return right_to_take(ledger, taking_of(victim, preemptor, gpus), promised);
  }
};

TEST(Preemption, a_guarantee_takes_what_leaves_the_victims_whole) {
  Teams teams;
  const TeamNumber a = teams.add("a", 3, 4);
  const TeamNumber b = teams.add("b", 2, 0);
  EXPECT_EQ(teams.right(a, b), Right::guarantee);
  EXPECT_EQ(teams.right(a, b, 2), Right::guarantee);  // Fills 2, empties 1.
  EXPECT_EQ(teams.right(a, b, 4), Right::none);       // Fills 2, empties 3.
  EXPECT_EQ(teams.right(b, a), Right::none);
}

// A pool that shrank: both are promised 8 of the 8 that are left.
TEST(Preemption, guarantees_that_the_pool_cannot_meet_are_no_claims_against_one_another) {
  Teams teams;
  const TeamNumber a = teams.add("a", 8, 8);
  const TeamNumber b = teams.add("b", 8, 0);
  EXPECT_EQ(teams.right(a, b), Right::none);
  teams.ledger.charge({}, a, 1000);
  EXPECT_EQ(teams.right(a, b), Right::service);
}

TEST(Preemption, what_is_promised_counts_as_given) {
  Teams teams;
  const TeamNumber a = teams.add("a", 3, 5);
  const TeamNumber b = teams.add("b", 4, 0);
  EXPECT_EQ(teams.right(a, b, 1, {{a, -1}, {b, 1}}), Right::guarantee);
  EXPECT_EQ(teams.right(a, b, 1, {{a, -2}, {b, 2}}), Right::none);
  EXPECT_EQ(teams.right(a, b, 1, {{b, 4}}), Right::none);
}

TEST(Preemption, a_guarantee_within_a_group_is_none_of_other_groups_concern) {
  Teams teams;
  const TeamNumber x = teams.add("x", 0, 0, {}, false);
  const TeamNumber y = teams.add("y", 0, 0, {}, false);
  const TeamNumber a = teams.add("a", 0, 4, x);
  const TeamNumber b = teams.add("b", 2, 0, x);
  const TeamNumber c = teams.add("c", 2, 0, y);
  EXPECT_EQ(teams.right(a, b), Right::guarantee);
  EXPECT_EQ(teams.right(a, c), Right::none);
}

TEST(Preemption, a_tier_goes_before_every_guarantee) {
  Teams teams;
  const TeamNumber a = teams.add("a", 4, 4);
  const TeamNumber b = teams.add("b", 0, 0);
  Taking taking = taking_of(a, b, 1);
  taking.preemptor_tier = 1;
  EXPECT_EQ(right_to_take(teams.ledger, taking), Right::tier);
  std::swap(taking.preemptor_tier, taking.victim_tier);
  EXPECT_EQ(right_to_take(teams.ledger, taking), Right::none);
}

// A block and who runs on it.
struct Held {
  TeamNumber team = 0;
  std::int64_t gpus = 1;
  std::uint8_t tier = campaign;
};

// Random trees, guarantees (often more than the pool has), holdings and service: whoever may take
// takes, in any order. The potential falls each time, and nobody takes for ever.
TEST(Preemption, the_potential_falls_with_each_taking_and_takings_end) {
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::uint64_t state = seed;
    const auto draw = [&](std::uint64_t below) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return (state >> 33) % below;
    };
    Teams teams;
    std::vector<TeamNumber> groups;
    for (std::uint64_t i = 0; i < 2; ++i) {
      groups.push_back(
          teams.add("g" + std::to_string(i), static_cast<std::uint32_t>(draw(10)), 0, {}, false));
    }
    std::vector<TeamNumber> members;
    for (std::uint64_t i = 0; i < 5; ++i) {
      std::optional<TeamNumber> group;
      if (draw(3) > 0) group = groups[draw(2)];
      members.push_back(
          teams.add("t" + std::to_string(i), static_cast<std::uint32_t>(draw(10)), 0, group));
      teams.ledger.charge({}, members.back(), static_cast<std::int64_t>(draw(100000)));
    }
    std::vector<Held> blocks;
    std::int64_t tiers = 0;
    for (std::uint64_t i = 0; i < 8; ++i) {
      const Held held{members[draw(5)], std::int64_t{1} << draw(3),
                      static_cast<std::uint8_t>(1 + draw(2))};
      teams.ledger.hold(held.team, held.gpus);
      tiers += held.gpus * held.tier;
      blocks.push_back(held);
    }
    Potential phi = potential(teams.ledger, tiers);
    int takings = 0;
    for (int fruitless = 0; fruitless < 400;) {
      Held& block = blocks[draw(blocks.size())];
      Taking taking = taking_of(block.team, members[draw(5)], block.gpus);
      taking.victim_tier = block.tier;
      taking.preemptor_tier = static_cast<std::uint8_t>(draw(20) == 0 ? 1 : 2);
      if (right_to_take(teams.ledger, taking) == Right::none) {
        ++fruitless;
        continue;
      }
      fruitless = 0;
      teams.ledger.hold(taking.victim, -taking.gives);
      teams.ledger.hold(taking.preemptor, taking.takes);
      tiers -= block.gpus * (block.tier - taking.preemptor_tier);
      block.team = taking.preemptor;
      block.tier = taking.preemptor_tier;
      const Potential after = potential(teams.ledger, tiers);
      ASSERT_LT(after, phi) << "seed " << seed;
      phi = after;
      ASSERT_LT(++takings, 1000) << "seed " << seed;
    }
    all += static_cast<std::uint64_t>(takings);
  }
  EXPECT_GT(all, 1000U);
}

}  // namespace
}  // namespace gwageo
