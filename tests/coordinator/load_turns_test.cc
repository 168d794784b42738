// Who loads on a node where loads are scarce, and what a guarantee takes there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include "tests/coordinator/dispatched_pool.h"

namespace gwageo {
namespace {

class LoadTurns : public ::testing::Test {
 protected:
  // One node of so many GPUs that loads so many models at once.
  LoadTurns() : LoadTurns(8, 4) {}
  LoadTurns(std::uint32_t gpus, std::uint32_t loads) : pool(with_loads(loads)) {
    pool.dispatcher.join(gpus, 1);
  }
  static PolicyKnobs with_loads(std::uint32_t most) {
    PolicyKnobs knobs;
    knobs.loads_per_node = most;
    return knobs;
  }
  /// Each has 200 s of work.
  void submit_models(TeamNumber team, int models, std::int64_t load_seconds,
                     Tier tier = Tier::campaign, Duration item = seconds(1)) {
    const auto items = static_cast<std::uint64_t>(seconds(200).microseconds / item.microseconds);
    for (int i = 0; i < models; ++i) {
      pool.submit(pool.add_class(1, load_seconds), team, items, item, 0, tier);
    }
  }
  /// Whose models are the first so many that are loaded, in order.
  std::vector<TeamNumber> first_to_load(std::uint64_t count) {
    std::vector<TeamNumber> teams;
    do {
      for (const Start& start : pool.start_all()) {
        if (start.load) teams.push_back(start.team);
      }
    } while (pool.loads < count && pool.advance());
    EXPECT_GE(pool.loads, count);
    teams.resize(std::min(teams.size(), std::size_t{count}));
    return teams;
  }
  /// What the teams' first so many loads take, in seconds.
  std::map<TeamNumber, std::int64_t> load_time(std::uint64_t count) {
    std::map<TeamNumber, std::int64_t> time;
    do {
      for (const Start& start : pool.start_all()) {
        const Duration load = pool.dispatcher.waiting().spec(start.class_number).load;
        if (start.load) time[start.team] += load.microseconds / 1000000;
      }
    } while (pool.loads < count && pool.advance());
    EXPECT_GE(pool.loads, count);
    return time;
  }
  /// What would be next by service alone.
  void serve(TeamNumber team) { pool.ledger.charge(pool.now, team, 1000000000000); }
  std::int64_t loading(TeamNumber team) const {
    const std::vector<NodeLoads::Counted> loads = pool.dispatcher.loads().counted(0);
    return std::count_if(loads.begin(), loads.end(),
                         [&](const auto& load) { return load.team == team; });
  }
  /// What the team loads goes on for hours, though it was expected to take as long as it says.
  void stall(TeamNumber team) {
    for (DispatchedPool::Run& run : pool.running) {
      const bool is_stalled = run.began > run.started + seconds(10000);
      if (run.start.team != team || run.began <= pool.now || is_stalled) continue;
      run.began = run.began + seconds(36000);
      run.ends = run.ends + seconds(36000);
    }
  }

  DispatchedPool pool;
  TeamNumber red = pool.team("red");
  TeamNumber blue = pool.team("blue");
};

TEST_F(LoadTurns, ATeamLeavesOthersTheirPart) {
  submit_models(red, 8, 36000);
  submit_models(blue, 8, 1);
  serve(blue);
  pool.start_all();
  EXPECT_EQ(loading(red), 2);
  EXPECT_EQ(loading(blue), 2);
}

TEST_F(LoadTurns, ATeamAloneLoadsAllThatMayBe) {
  submit_models(red, 8, 36000);
  pool.start_all();
  EXPECT_EQ(loading(red), 4);
}

TEST_F(LoadTurns, NothingIdlesForATurnThatNobodyCanTake) {
  pool.ledger.set(blue, {{}, 1, 0, 1});
  submit_models(red, 8, 36000);
  submit_models(blue, 8, 1);
  serve(red);
  pool.start_all();
  EXPECT_EQ(loading(blue), 1);
  EXPECT_EQ(loading(red), 3);
}

TEST_F(LoadTurns, ALowerTierIsNotWaitedFor) {
  submit_models(red, 8, 36000);
  submit_models(blue, 8, 1, Tier::refresh);
  pool.start_all();
  EXPECT_EQ(loading(red), 4);
}

TEST_F(LoadTurns, WeightsDivideThem) {
  pool.ledger.set(red, {{}, 3, 0, 0});
  submit_models(red, 8, 36000);
  submit_models(blue, 8, 36000);
  serve(blue);
  pool.start_all();
  EXPECT_EQ(loading(red), 3);
  EXPECT_EQ(loading(blue), 1);
}

class TwoLoads : public LoadTurns {
 protected:
  TwoLoads() : LoadTurns(12, 2) {}
};

// Each had one load at a time, and with it as many slots.
TEST_F(TwoLoads, PartsOfALoadGoByTurns) {
  pool.ledger.set(red, {{}, 5, 0, 0});
  submit_models(red, 36, 100);
  submit_models(blue, 12, 100);
  const std::map<TeamNumber, std::int64_t> time = load_time(36);
  EXPECT_LE(std::abs(time.at(blue) - 600), 100);
}

class ThreeLoads : public LoadTurns {
 protected:
  ThreeLoads() : LoadTurns(12, 3) {}
};

// Whoever loads for longer had two loads at a time, and the other one: what was over was forgotten.
TEST_F(ThreeLoads, AreDividedByTimeHoweverLongEachTakes) {
  submit_models(red, 20, 400);
  submit_models(blue, 60, 100);
  const std::map<TeamNumber, std::int64_t> time = load_time(50);
  EXPECT_LE(std::abs(time.at(red) - time.at(blue)), 800);
}

class GroupedLoads : public LoadTurns {
 protected:
  GroupedLoads() : LoadTurns(12, 1) {
    const TeamNumber lab = pool.team("lab");
    pool.ledger.set(red, {lab, 20, 0, 0});
    pool.ledger.set(blue, {lab, 20, 0, 0});
  }
};

// A member's weight counts among its siblings: of forty-one loads the team beside had one.
TEST_F(GroupedLoads, AreDividedByTheTreeOfTeams) {
  const TeamNumber solo = pool.team("solo");
  submit_models(red, 12, 100);
  submit_models(blue, 12, 100);
  submit_models(solo, 20, 100);
  serve(solo);
  const std::vector<TeamNumber> teams = first_to_load(24);
  EXPECT_LE(std::abs(std::count(teams.begin(), teams.end(), solo) - 12), 1);
  EXPECT_LE(std::abs(std::count(teams.begin(), teams.end(), red) - 6), 1);
}

class GuaranteedLoads : public LoadTurns {
 protected:
  GuaranteedLoads() : LoadTurns(4, 1) {}
};

// It had one load in fifty, and held one GPU of three for as long as the others had work.
TEST_F(GuaranteedLoads, GoFirstUntilTheGuaranteeIsMet) {
  pool.ledger.set(red, {{}, 50, 0, 0});
  pool.ledger.set(blue, {{}, 1, 3, 0});
  submit_models(red, 8, 10);
  submit_models(blue, 4, 10);
  const std::vector<TeamNumber> teams = first_to_load(4);
  EXPECT_EQ(std::count(teams.begin(), teams.end(), blue), 3);
}

// Whoever cancelled what loads, and asked again, held all loads of the node for ten minutes more.
TEST_F(LoadTurns, CancelledLoadsAreNoWayToMore) {
  std::int64_t idle = 0;  // GPU time.
  for (int i = 0; i < 6; ++i) {
    submit_models(red, 8, 1, Tier::campaign, seconds(10));
    submit_models(blue, 20, 2, Tier::campaign, seconds(10));
    const Instant until = pool.now + seconds(560);
    for (bool is_over = false; !is_over;) {
      pool.start_all();
      stall(red);
      EXPECT_LE(loading(red), 2);
      const auto next =
          std::min_element(pool.running.begin(), pool.running.end(),
                           [](const auto& a, const auto& b) { return a.ends < b.ends; });
      is_over = next->ends > until;
      const Instant then = is_over ? until : next->ends;
      idle += pool.dispatcher.placement().idle_gpus() * (then - pool.now).microseconds;
      if (!is_over) pool.advance();
    }
    pool.now = until;
    pool.cancel_loads(red);
  }
  EXPECT_LT(idle, (pool.now - Instant{}).microseconds * 8 / 100);
}

class OneLoad : public LoadTurns {
 protected:
  OneLoad() : LoadTurns(16, 1) {}
};

// One load at once is less than a part: it goes by turns, each as long as the other, for whoever
// breaks his off and asks again as for others.
TEST_F(OneLoad, GoesByTurns) {
  submit_models(red, 4, 36000);
  submit_models(blue, 16, 100);
  serve(blue);
  Duration red_had;
  Duration blue_had;
  for (int i = 0; i < 16; ++i) {
    pool.start_all();
    ASSERT_EQ(loading(red) + loading(blue), 1);
    const bool is_red = loading(red) == 1;
    const Duration took = seconds(is_red ? 500 : 100);
    (is_red ? red_had : blue_had) = (is_red ? red_had : blue_had) + took;
    pool.now = pool.now + took;
    const Instant later = pool.now + seconds(1);
    for (DispatchedPool::Run& run : pool.running) run.ends = std::max(run.ends, later);
    pool.cancel_loads(red);
    if (!is_red) continue;
    ASSERT_TRUE(pool.advance());
    submit_models(red, 1, 36000);
  }
  EXPECT_LE(std::abs((red_had - blue_had).microseconds), seconds(1000).microseconds);
  pool.dispatcher.check();
}

TEST_F(OneLoad, IsATurnThatSomebodyTakes) {
  submit_models(red, 4, 36000);
  pool.start_all();
  pool.now = pool.now + seconds(500);
  pool.cancel_loads(red);
  ASSERT_TRUE(pool.advance());
  pool.start_all();
  EXPECT_EQ(loading(red), 1);
}

class NarrowLoads : public LoadTurns {
 protected:
  NarrowLoads() : LoadTurns(4, 1) {}
};

// While one of red's models loaded, all other GPUs were kept for a gang that red goes before.
TEST_F(NarrowLoads, AreNoRoomForAGang) {
  submit_models(red, 4, 10);
  pool.submit(pool.add_class(4, 10), blue, 200);
  serve(blue);
  pool.start_all();
  while (pool.loads < 4) {
    EXPECT_EQ(loading(red), 1);
    EXPECT_FALSE(pool.dispatcher.reservation());
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_EQ(pool.ledger.held(red), 4);
}

// Of one's own team a gang may be next: it is served either way.
TEST_F(NarrowLoads, LeaveItsBlockToAGangOfTheirOwnTeam) {
  submit_models(red, 4, 10);
  pool.submit(pool.add_class(4, 10), red, 100);
  submit_models(blue, 4, 10);
  serve(blue);
  pool.start_all();
  ASSERT_EQ(loading(red), 1);
  EXPECT_TRUE(pool.dispatcher.reservation());
}

// It is the gang's turn to load, but it has no block to load on.
TEST_F(NarrowLoads, TakeTheTurnOfAGangWithoutABlock) {
  const ClassNumber first = pool.add_class(1, 100);
  pool.submit(first, red, 10, seconds(1));
  pool.start_all();
  submit_models(red, 2, 10);
  pool.submit(pool.add_class(4, 10), blue, 200);
  serve(blue);
  while (pool.loads < 3) {
    EXPECT_FALSE(pool.dispatcher.reservation());
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_EQ(pool.ledger.held(blue), 0);
}

// A gang that goes first waits for no narrow load behind it.
TEST_F(NarrowLoads, LeaveItsBlockToAGangThatGoesFirst) {
  submit_models(red, 4, 10);
  pool.submit(pool.add_class(4, 10), blue, 200);
  pool.start_all();
  ASSERT_EQ(loading(red), 1);
  EXPECT_TRUE(pool.dispatcher.reservation());
  ASSERT_TRUE(pool.advance());
  pool.start_all();
  EXPECT_EQ(pool.ledger.held(blue), 4);
}

class FullLoads : public LoadTurns {
 protected:
  FullLoads() : LoadTurns(4, 4) {}
};

// It waited until the loads counted no more.
TEST_F(FullLoads, AreNoObstacleToAGuarantee) {
  submit_models(red, 4, 1);
  pool.start_all();
  ASSERT_EQ(loading(red), 4);
  stall(red);
  pool.ledger.set(blue, {{}, 1, 3, 0});
  pool.now = pool.now + seconds(60);
  submit_models(blue, 4, 1);
  pool.start_all();
  EXPECT_EQ(pool.yields.size(), 3U);
  while (pool.ledger.held(blue) < 3) {
    ASSERT_TRUE(pool.advance());
    pool.start_all();
  }
  EXPECT_EQ(pool.now, Instant{} + seconds(60));
  EXPECT_EQ(pool.given_back, 0U);
  EXPECT_EQ(loading(red), 1);
}

// What is guaranteed to both is more than there is: what one takes the other does not take back.
TEST_F(FullLoads, AreNotBrokenOffInACircle) {
  pool.ledger.set(red, {{}, 1, 3, 0});
  pool.ledger.set(blue, {{}, 1, 3, 0});
  submit_models(red, 12, 1);
  for (int minute = 0; minute < 60; ++minute) {
    pool.start_all();
    stall(red);
    stall(blue);
    if (minute == 1) submit_models(blue, 12, 1);
    const Instant next = pool.now + seconds(61);
    while (std::any_of(pool.running.begin(), pool.running.end(),
                       [&](const auto& run) { return run.ends <= next; })) {
      ASSERT_TRUE(pool.advance());
      pool.start_all();
      stall(red);
      stall(blue);
    }
    pool.now = next;
  }
  EXPECT_LE(pool.yields.size(), 1U);
  EXPECT_EQ(pool.ledger.held(red) + pool.ledger.held(blue), 4);
  EXPECT_EQ(pool.given_back, 0U);
}

class OneFullLoad : public LoadTurns {
 protected:
  OneFullLoad() : LoadTurns(4, 1) {}
};

// Idle GPUs are of no use while the node loads; the youngest load makes room for them.
TEST_F(OneFullLoad, MakesRoomBesideIdleGpus) {
  submit_models(red, 4, 1);
  pool.start_all();
  stall(red);
  pool.ledger.set(blue, {{}, 1, 2, 0});
  pool.now = pool.now + seconds(60);
  submit_models(blue, 1, 1);
  pool.start_all();
  ASSERT_EQ(pool.yields.size(), 1U);
  ASSERT_TRUE(pool.advance());
  pool.start_all();
  EXPECT_EQ(loading(blue), 1);
  EXPECT_EQ(loading(red), 0);
}

}  // namespace
}  // namespace gwageo
