// Preemption that ends: the potential falls with each taking, and the loops that other schedulers
// were caught in.
#include "coordinator/preemption.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

constexpr std::uint8_t campaign = 2;

Taking taking_of(TeamNumber victim, TeamNumber preemptor, std::int64_t gpus) {
  return {victim, preemptor, campaign, campaign, gpus, gpus, victim, 0, {}};
}

// Teams that demand, and hold what they are given.
struct PreemptionTeams {
  Ledger ledger;
  TeamNumber add(const std::string& name, std::uint32_t guarantee, std::int64_t holds,
                 std::optional<TeamNumber> group = {}, bool demands = true) {
    const TeamNumber team = ledger.team(name);
    ledger.set(team, {group, 1, guarantee, 0});
    if (demands) ledger.demand({}, team, true);
    ledger.hold(team, holds);
    return team;
  }
  Grounds grounds(TeamNumber victim, TeamNumber preemptor, std::int64_t gpus = 1,
                  const Promised& promised = {}) const {
    return grounds_to_take(ledger, taking_of(victim, preemptor, gpus), promised);
  }
};

TEST(Preemption, a_guarantee_takes_what_leaves_the_victims_whole) {
  PreemptionTeams teams;
  const TeamNumber a = teams.add("a", 3, 4);
  const TeamNumber b = teams.add("b", 2, 0);
  EXPECT_EQ(teams.grounds(a, b), Grounds::guarantee);
  EXPECT_EQ(teams.grounds(a, b, 2), Grounds::none);  // It would empty 1.
  teams.ledger.charge({}, a, 1000);
  EXPECT_EQ(teams.grounds(a, b, 2), Grounds::service);  // Fills 2, empties 1.
  EXPECT_EQ(teams.grounds(a, b, 4), Grounds::none);     // Fills 2, empties 3.
  EXPECT_EQ(teams.grounds(b, a), Grounds::none);
}

// A pool that shrank: both are promised 8 of the 8 that are left.
TEST(Preemption, guarantees_that_the_pool_cannot_meet_are_no_claims_against_one_another) {
  PreemptionTeams teams;
  const TeamNumber a = teams.add("a", 8, 8);
  const TeamNumber b = teams.add("b", 8, 0);
  EXPECT_EQ(teams.grounds(a, b), Grounds::none);
  teams.ledger.charge({}, a, 1000);
  EXPECT_EQ(teams.grounds(a, b), Grounds::service);
}

TEST(Preemption, what_is_promised_counts_as_given) {
  PreemptionTeams teams;
  const TeamNumber a = teams.add("a", 3, 5);
  const TeamNumber b = teams.add("b", 4, 0);
  EXPECT_EQ(teams.grounds(a, b, 1, {{a, -1}, {b, 1}}), Grounds::guarantee);
  EXPECT_EQ(teams.grounds(a, b, 1, {{a, -2}, {b, 2}}), Grounds::none);
  EXPECT_EQ(teams.grounds(a, b, 1, {{b, 4}}), Grounds::none);
}

TEST(Preemption, a_guarantee_within_a_group_is_none_of_other_groups_concern) {
  PreemptionTeams teams;
  const TeamNumber x = teams.add("x", 0, 0, {}, false);
  const TeamNumber y = teams.add("y", 0, 0, {}, false);
  const TeamNumber a = teams.add("a", 0, 4, x);
  const TeamNumber b = teams.add("b", 2, 0, x);
  const TeamNumber c = teams.add("c", 2, 0, y);
  EXPECT_EQ(teams.grounds(a, b), Grounds::guarantee);
  EXPECT_EQ(teams.grounds(a, c), Grounds::none);
}

TEST(Preemption, a_tier_goes_before_every_guarantee) {
  PreemptionTeams teams;
  const TeamNumber a = teams.add("a", 4, 4);
  const TeamNumber b = teams.add("b", 0, 0);
  Taking taking = taking_of(a, b, 1);
  taking.preemptor_tier = 1;
  EXPECT_EQ(grounds_to_take(teams.ledger, taking), Grounds::tier);
  std::swap(taking.preemptor_tier, taking.victim_tier);
  EXPECT_EQ(grounds_to_take(teams.ledger, taking), Grounds::none);
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
    PreemptionTeams teams;
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
      if (grounds_to_take(teams.ledger, taking) == Grounds::none) {
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

// A pool whose runs are long, so that only yields free anything early.
DispatchedPool patient_pool() {
  PolicyKnobs knobs;
  knobs.run_max = seconds(5000);
  knobs.run_min = knobs.run_max;
  return DispatchedPool(knobs);
}

// kueue#3779: a queue over its nominal share preempted a best-effort one, which was admitted again
// first, as its share was lower; and so on. Here who may take is who is served: a team that has its
// guarantee asks nobody, and what yields is not given back to whom it was taken from.
TEST(Preemption, KueueIssue3779) {
  DispatchedPool pool = patient_pool();
  pool.dispatcher.join(6, 1);
  const TeamNumber a = pool.team("a", 3);
  const TeamNumber b = pool.team("b", 3);
  const TeamNumber best_effort = pool.team("best-effort");
  pool.submit(pool.add_class(1, 5), best_effort, 1000000);
  pool.start_all();
  pool.submit(pool.add_class(1, 5), a, 1000000);
  pool.now = Instant{} + seconds(100);
  pool.start_all();
  EXPECT_EQ(pool.yields.size(), 3U);  // All that the guarantee of `a` is short by.
  while (pool.ledger.held(a) < 3) {
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  for (int i = 0; i < 10; ++i) {
    pool.now = pool.now + seconds(100);
    pool.start_all();
  }
  EXPECT_EQ(pool.yields.size(), 3U);
  EXPECT_EQ(pool.ledger.held(best_effort), 3);
  EXPECT_EQ(pool.given_back, 0U);
  EXPECT_EQ(pool.ledger.held(b), 0);  // What it leaves unused is lent.
}

// kueue#7101: two groups of two pods made way for one of three, and came back into what was left,
// 33 times and counting. Here a gang's block is reserved, whole; what yields in it is nobody else's
// until the gang runs, and equal guarantees then take nothing from one another.
TEST(Preemption, KueueIssue7101) {
  DispatchedPool pool = patient_pool();
  pool.dispatcher.join(8, 1);
  const TeamNumber a = pool.team("a", 4);
  const TeamNumber b = pool.team("b", 4);
  const ClassNumber pairs = pool.add_class(2, 5);
  pool.submit(pairs, a, 1000000);
  pool.start_all();
  ASSERT_EQ(pool.ledger.held(a), 8);
  pool.now = Instant{} + seconds(100);
  pool.dispatcher.join(1, 1);
  const ClassNumber four = pool.add_class(4, 5);
  pool.submit(four, b, 1000000);
  pool.start_all();
  EXPECT_EQ(pool.yields.size(), 2U);
  while (pool.ledger.held(b) < 4) {
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  const std::uint64_t loads = pool.loads;
  for (int i = 0; i < 10; ++i) {
    pool.now = pool.now + seconds(100);
    pool.start_all();
  }
  EXPECT_EQ(pool.yields.size(), 2U);
  EXPECT_EQ(pool.loads, loads);
  EXPECT_EQ(pool.ledger.held(a), 4);
}

// kueue#6947: a workload that could never be admitted came first in each second cycle, so that the
// one that was preempted for its neighbour was admitted again, and the neighbour never. Here what
// cannot run asks for nothing and is passed over, and does not keep from whom it is passed over
// for.
TEST(Preemption, KueueIssue6947) {
  DispatchedPool pool = patient_pool();
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a");
  pool.ledger.set(a, {{}, 1, 3, 3});
  const TeamNumber b = pool.team("b");
  pool.submit(pool.add_class(1, 5), b, 1000000);
  pool.start_all();
  ASSERT_EQ(pool.ledger.held(b), 4);
  pool.now = Instant{} + seconds(100);
  pool.submit(pool.add_class(4, 5), a, 100, seconds(1), 9);  // Over the team's limit.
  pool.submit(pool.add_class(8, 5), a, 100, seconds(1), 8);  // Wider than any node.
  pool.submit(pool.add_class(1, 5), a, 1000000);
  pool.start_all();
  while (pool.ledger.held(a) < 3) {
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_LE(pool.now, Instant{} + seconds(110));
  EXPECT_EQ(pool.yields.size(), 3U);
  EXPECT_EQ(pool.given_back, 0U);
}

// kueue#14543: to preempt its own queue's workloads lowered the preemptor's share, which made
// others legal victims; some of its own were then spared after all, and the preemptor had more than
// those that it took from. Here each taking counts what all that were asked before have promised,
// and what a team would give itself makes it no claim against another.
TEST(Preemption, KueueIssue14543) {
  DispatchedPool pool = patient_pool();
  pool.dispatcher.join(4, 1);
  const TeamNumber a = pool.team("a", 2);
  const TeamNumber b = pool.team("b", 2);
  pool.ledger.set(a, {{}, 1, 2, 2});
  pool.submit(pool.add_class(1, 5), a, 20000);
  pool.submit(pool.add_class(1, 5), b, 20000);
  pool.start_all();
  ASSERT_EQ(pool.ledger.held(a), 2);
  ASSERT_EQ(pool.ledger.held(b), 2);
  pool.ledger.set(a, {{}, 1, 2, 0});
  pool.dispatcher.shares_changed();
  pool.now = Instant{} + seconds(100);
  pool.submit(pool.add_class(4, 5), a, 100, seconds(1), 9);
  for (int i = 0; i < 10; ++i) {
    pool.now = pool.now + seconds(100);
    pool.start_all();
  }
  EXPECT_TRUE(pool.yields.empty());
  EXPECT_EQ(pool.given_back, 0U);
  pool.run_to_the_end();
}

}  // namespace
}  // namespace gwageo
