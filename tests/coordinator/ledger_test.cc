#include "coordinator/ledger.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace gwageo {
namespace {

constexpr Instant start{0};

std::int64_t s(std::int64_t n) { return seconds(n).microseconds; }

struct LedgerTest : ::testing::Test {
  Ledger ledger;
  TeamNumber a = ledger.team("a");
  TeamNumber b = ledger.team("b");

  void both_demand() {
    ledger.demand(start, a, true);
    ledger.demand(start, b, true);
  }
};

TEST_F(LedgerTest, names_a_team_once) {
  EXPECT_EQ(ledger.team("a"), a);
  EXPECT_NE(a, b);
  EXPECT_EQ(ledger.size(), 2U);
}

TEST_F(LedgerTest, serves_whoever_was_served_least) {
  both_demand();
  EXPECT_TRUE(ledger.before(a, b));  // The smaller number where all else is equal.
  ledger.charge(start, a, s(10));
  EXPECT_TRUE(ledger.before(b, a));
  EXPECT_EQ(ledger.lead(a, b), s(10));
  EXPECT_EQ(ledger.lead(b, a), -s(10));
  ledger.charge(start, a, -s(10));  // The run was shorter than was thought.
  EXPECT_EQ(ledger.lead(a, b), 0);
}

TEST_F(LedgerTest, a_million_gpus_for_days_are_counted) {
  both_demand();
  const std::int64_t three_days = s(3 * 86400) * 1000000;
  ledger.charge(start, a, three_days);
  EXPECT_EQ(ledger.served(a), three_days);
  EXPECT_TRUE(ledger.before(b, a));
  EXPECT_EQ(ledger.lead(a, b), Ledger::lead_max);
  ledger.charge(start, b, three_days - s(5));
  EXPECT_EQ(ledger.lead(a, b), s(5));
}

TEST_F(LedgerTest, divides_service_by_weight) {
  ledger.set(a, {{}, 3, 0, 0});
  both_demand();
  ledger.charge(start, a, s(30));
  ledger.charge(start, b, s(10));
  EXPECT_EQ(ledger.lead(a, b), 0);
  EXPECT_EQ(ledger.weight_beside(a, b), 4U);
}

TEST_F(LedgerTest, a_part_is_by_the_weights_of_those_that_demand) {
  const TeamNumber c = ledger.team("c");
  ledger.set(a, {{}, 3, 0, 0});
  both_demand();
  EXPECT_EQ(ledger.part_of(a, 10), 7);
  EXPECT_EQ(ledger.part_of(b, 10), 2);
  EXPECT_EQ(ledger.part_of(c, 10), 2);  // If it came.
  ledger.demand(start, a, false);
  EXPECT_EQ(ledger.part_of(b, 10), 10);
  ledger.set(b, {{}, 1, 0, 4});
  EXPECT_EQ(ledger.part_of(b, 10), 4);
  ledger.demand(start, a, true);
  ledger.set(b, {{}, 1, 5, 8});
  EXPECT_EQ(ledger.part_of(b, 10), 5);
}

TEST_F(LedgerTest, a_part_is_of_what_falls_to_the_group) {
  const TeamNumber c = ledger.team("c");
  const TeamNumber group = ledger.team("group");
  ledger.set(a, {group, 1, 0, 0});
  ledger.set(b, {group, 1, 9, 0});
  both_demand();
  ledger.demand(start, c, true);
  EXPECT_EQ(ledger.part_of(group, 16), 8);
  EXPECT_EQ(ledger.part_of(a, 16), 4);
  EXPECT_EQ(ledger.part_of(b, 16), 8);
}

TEST_F(LedgerTest, a_larger_weight_is_no_credit_for_the_past) {
  both_demand();
  ledger.charge(start, a, s(30));
  ledger.set(a, {{}, 30, 0, 0});
  EXPECT_EQ(ledger.lead(a, b), s(30));
  ledger.charge(start, a, s(30));
  EXPECT_EQ(ledger.lead(a, b), s(31));
  EXPECT_EQ(ledger.weight_beside(a, b), 31U);
}

TEST_F(LedgerTest, idling_saves_nothing) {
  ledger.demand(start, a, true);
  ledger.charge(start, a, s(1000));
  ledger.demand(start, b, true);
  EXPECT_EQ(ledger.lead(a, b), 0);
  ledger.demand(start, a, false);
  ledger.charge(start, b, s(50));
  ledger.demand(start, b, false);
  ledger.demand(start, a, true);  // Nobody demands: the clock is the last leader's.
  ledger.demand(start, b, true);
  EXPECT_EQ(ledger.lead(a, b), 0);
}

TEST_F(LedgerTest, what_a_team_was_ahead_stays_when_it_comes_back) {
  both_demand();
  ledger.charge(start, a, s(100));
  ledger.demand(start, a, false);
  ledger.charge(start, b, s(40));
  ledger.demand(start, a, true);
  EXPECT_EQ(ledger.lead(a, b), s(60));
}

TEST_F(LedgerTest, a_lead_is_halved_with_its_half_life) {
  both_demand();
  ledger.charge(start, a, s(1000));
  ledger.charge(start + Ledger::default_half_life, b, 0);
  EXPECT_NEAR(static_cast<double>(ledger.lead(a, b)), static_cast<double>(s(500)), 1.0);
  ledger.charge(start + Ledger::default_half_life * 1000, b, 0);
  EXPECT_EQ(ledger.lead(a, b), 0);
}

TEST_F(LedgerTest, a_short_guarantee_goes_first) {
  ledger.set(b, {{}, 1, 2, 0});
  both_demand();
  ledger.charge(start, b, s(1000));
  EXPECT_TRUE(ledger.before(b, a));
  EXPECT_EQ(ledger.lead(a, b), Ledger::lead_max);
  ledger.hold(b, 2);
  EXPECT_TRUE(ledger.before(a, b));
}

TEST_F(LedgerTest, a_limit_binds_the_team_and_its_groups) {
  const TeamNumber group = ledger.team("group");
  ledger.set(group, {{}, 1, 0, 3});
  ledger.set(a, {group, 1, 0, 0});
  ledger.set(b, {group, 1, 0, 2});
  EXPECT_TRUE(ledger.may_hold(a, 3));
  EXPECT_FALSE(ledger.may_hold(a, 4));
  EXPECT_FALSE(ledger.may_hold(b, 3));
  ledger.hold(a, 2);
  EXPECT_TRUE(ledger.may_hold(b, 1));
  EXPECT_FALSE(ledger.may_hold(b, 2));
  ledger.hold(a, -2);
  EXPECT_TRUE(ledger.may_hold(b, 2));
}

// Two tracks with one share each; one has one team, the other two.
TEST_F(LedgerTest, members_divide_the_share_of_their_group) {
  const TeamNumber c = ledger.team("c");
  const TeamNumber track = ledger.team("track");
  ledger.set(b, {track, 1, 0, 0});
  ledger.set(c, {track, 1, 0, 0});
  both_demand();
  ledger.demand(start, c, true);
  std::map<TeamNumber, int> served;
  for (int i = 0; i < 400; ++i) {
    TeamNumber next = a;
    for (const TeamNumber other : {b, c}) {
      if (ledger.before(other, next)) next = other;
    }
    ledger.charge(start, next, s(1));
    ++served[next];
  }
  EXPECT_EQ(served[a], 200);
  EXPECT_EQ(served[b], 100);
  EXPECT_EQ(served[c], 100);
  EXPECT_EQ(ledger.weight_beside(b, c), 2U);
  EXPECT_EQ(ledger.weight_beside(a, c), 2U);
}

TEST_F(LedgerTest, a_team_that_moves_takes_what_it_holds_along) {
  const TeamNumber group = ledger.team("group");
  ledger.set(group, {{}, 5, 0, 4});
  both_demand();
  ledger.hold(a, 3);
  ledger.set(a, {group, 1, 0, 0});
  EXPECT_EQ(ledger.held(group), 3);
  EXPECT_TRUE(ledger.demanding(group));
  EXPECT_EQ(ledger.weight_beside(a, b), 6U);
  ledger.set(a, {{}, 1, 0, 0});
  EXPECT_EQ(ledger.held(group), 0);
  EXPECT_FALSE(ledger.demanding(group));
  EXPECT_EQ(ledger.weight_beside(a, b), 2U);
}

TEST_F(LedgerTest, a_horizon_counts_what_is_held) {
  both_demand();
  ledger.hold(a, 3);
  ledger.hold(b, 1);
  EXPECT_EQ(ledger.service_lead(a, b, seconds(10)), s(20));
  EXPECT_EQ(ledger.lead(a, b), 0);
}

class Draw {
 public:
  std::uint64_t below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

// Twelve teams that are charged, hold, come and go, while their shares change and time passes.
class LedgerLineTest : public ::testing::Test {
 protected:
  LedgerLineTest() {
    for (int i = 0; i < 12; ++i) teams_.push_back(ledger_.team("team-" + std::to_string(i)));
  }

  TeamNumber any() { return teams_[draw_.below(teams_.size())]; }
  Share share() {
    return {{},
            static_cast<std::uint32_t>(1 + draw_.below(3)),
            static_cast<std::uint32_t>(draw_.below(4)),
            0};
  }
  void change() {
    const TeamNumber team = any();
    switch (draw_.below(6)) {
      case 0: return ledger_.demand(now_, team, draw_.below(3) > 0);
      case 1: return ledger_.hold(team, ledger_.held(team) > 0 && draw_.below(2) == 0 ? -1 : 1);
      case 2: return ledger_.set(team, share());
      case 3: now_ = now_ + seconds(static_cast<std::int64_t>(draw_.below(3600))); break;
      default: break;
    }
    // Small ones, and less than nothing, so that some are alike.
    ledger_.charge(now_, team, static_cast<std::int64_t>(draw_.below(40)) - 4);
  }
  /// As `before` says, one by one.
  std::optional<TeamNumber> first_of(std::uint64_t some) const {
    std::optional<TeamNumber> first;
    for (const TeamNumber team : teams_) {
      if ((some >> team & 1) == 0) continue;
      if (!first || ledger_.before(team, *first)) first = team;
    }
    return first;
  }
  void expect_first() {
    const std::uint64_t some = draw_.below(1 << 12);
    const auto passes = [&](TeamNumber team) { return (some >> team & 1) != 0; };
    EXPECT_EQ(ledger_.first(teams_, passes), first_of(some));
    std::vector<TeamNumber> two{any(), any()};
    if (two[0] == two[1]) two.pop_back();
    std::uint64_t both = 0;
    for (const TeamNumber team : two) both |= some & std::uint64_t{1} << team;
    const auto is_one = [&](TeamNumber team) { return (both >> team & 1) != 0; };
    EXPECT_EQ(ledger_.first(two, is_one), first_of(both));
  }

  Ledger ledger_;
  Draw draw_;
  Instant now_;
  std::vector<TeamNumber> teams_;
};

TEST_F(LedgerLineTest, TheFirstIsWhomNobodyIsBefore) {
  for (int i = 0; i < 5000; ++i) {
    change();
    ledger_.check();
    expect_first();
  }
}

TEST_F(LedgerLineTest, WhereTeamsAreInGroupsTheseDecide) {
  for (int i = 0; i < 500; ++i) {
    for (int n = 0; n < 10; ++n) change();
    Share in_group = share();
    in_group.parent = teams_[draw_.below(3)];
    ledger_.set(teams_[3 + draw_.below(9)], in_group);
    ledger_.check();
    // A group's own work has no place among its members, so only those without members are asked.
    const auto is_leaf = [](TeamNumber team) { return team >= 3; };
    EXPECT_EQ(ledger_.first(teams_, is_leaf), first_of(0xff8));
  }
}

}  // namespace
}  // namespace gwageo
