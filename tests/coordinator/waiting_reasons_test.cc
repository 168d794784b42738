// Why a job waits, and when it will be over: each reason on a scheduler that has it.
#include "coordinator/waiting_reasons.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "protocol/limits.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class Reasons : public SmallPool {
 protected:
  std::vector<WaitReason> reasons(std::uint64_t id,
                                  const std::optional<std::string>& viewer = {}) const {
    return waiting_reasons(Forecast(scheduler()), job(id), viewer);
  }
  /// Their names, in order.
  std::string names(std::uint64_t id) const {
    std::string text;
    for (const WaitReason& one : reasons(id)) {
      text += (text.empty() ? "" : " ") + std::string(to_string(one.reason));
    }
    return text;
  }
  WaitReason reason(std::uint64_t id, Wait wanted,
                    const std::optional<std::string>& viewer = {}) const {
    for (WaitReason& one : reasons(id, viewer)) {
      if (one.reason == wanted) return one;
    }
    ADD_FAILURE() << "no " << to_string(wanted) << ", but: " << names(id);
    return {};
  }
  Outlook outlook(std::uint64_t id) const { return *Forecast(scheduler()).outlook(job(id)); }
  /// Its model was loaded long ago, and items are known to take so long that a slot is worth asking
  /// for before they end.
  void work_long(WorkerId worker) {
    pass(seconds(3600));
    heartbeat(worker);
    hand_in(leases(worker).at(0), 5);
  }
  /// The load of the model with which the slot began is over.
  void loaded(WorkerId worker, const std::string& model, Duration took = seconds(1),
              std::uint32_t slot = 0) {
    step(LoadedReceived{{worker, slot, sha256(model), true, took, ""}});
  }
  void submit_of(const std::string& team, const std::string& more = "") {
    ASSERT_EQ(submit(of_team(team), team + "-1", more).code, ReplyCode::done);
  }
};

TEST_F(Reasons, PausedComesFirst) {
  submit_of("red");
  say(of_team("red"), "pause", R"({"job": "1"})");
  EXPECT_EQ(names(1), "paused no_worker");
  EXPECT_EQ(reason(1, Wait::paused).text,
            "It is paused by red-key: it gets no slot until somebody resumes it (gwageo resume "
            "1).");
  EXPECT_EQ(reason(1, Wait::paused).data.dump(), R"({"by":"red-key"})");
  hello("w1");
  EXPECT_EQ(names(1), "paused");
  EXPECT_FALSE(Forecast(scheduler()).outlook(job(1)));
  EXPECT_FALSE(Forecast(scheduler()).position(job(1)));
}

TEST_F(Reasons, GpuHoursOfAGroupAreUsedUp) {
  team("add", R"("name": "lab", "gpu_hours": 1)");
  team("add", R"("name": "red", "parent": "lab")");
  submit_of("red");
  const WorkerId worker = hello("w1");
  for (int i = 0; i < 400; ++i) {
    pass(seconds(10));
    heartbeat(worker);
  }
  hand_in_all(leases(worker).at(0));
  EXPECT_EQ(names(1), "quota_used_up");
  EXPECT_EQ(reason(1, Wait::quota_used_up).text,
            "Group lab, which team red is in, has used up its GPU-hours: it gets no slot until an "
            "operator raises its quota (gwageo team set lab --gpu-hours N).");
}

TEST_F(Reasons, NobodyCouldRunIt) {
  submit_of("red");
  EXPECT_EQ(names(1), "no_worker");
  hello("w0", 1, 10, "paced");
  EXPECT_EQ(names(1), "no_engine");
  EXPECT_EQ(reason(1, Wait::no_engine).text,
            "No worker that is here has the engine recorded: start one (gwageo worker).");
  hello("w1");
  hello("w2");
  say(op(), "quarantine", R"({"worker": "w1", "reason": "hot"})");
  say(op(), "drain", R"({"worker": "w2"})");
  EXPECT_EQ(names(1), "workers_closed");
  const WaitReason closed = reason(1, Wait::workers_closed);
  EXPECT_NE(closed.text.find("Worker w1 is quarantined by op: hot. Worker w2 is drained."),
            std::string::npos)
      << closed.text;
  EXPECT_EQ(closed.data.find("workers")->as_array().size(), 2u);
  EXPECT_FALSE(Forecast(scheduler()).outlook(job(1)));
}

TEST_F(Reasons, ItWouldNotLoad) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  step(GiveBackReceived{{worker, leases(worker).at(0), GiveBackReason::load_failed, "no memory"}});
  const WaitReason said = reason(1, Wait::does_not_load);
  EXPECT_EQ(said.text, "Worker w1 could not load it the last time: no memory.");
  EXPECT_EQ(said.data.dump(), R"({"workers":[{"worker":"w1","error":"no memory",)"
                              R"("is_away":false,"again_in_seconds":null}]})");
  EXPECT_EQ(reasons(1).front().reason, Wait::does_not_load);
}

TEST_F(Reasons, ALimitIsReached) {
  team("add", R"("name": "lab", "limit": 1)");
  team("add", R"("name": "red", "parent": "lab")");
  submit_of("red");
  hello("w1");
  hello("w2");
  EXPECT_EQ(names(1), "limit loading");
  const WaitReason said = reason(1, Wait::limit);
  EXPECT_EQ(said.text,
            "Group lab, which team red is in, holds 1 slot, and its limit is 1: there is room when "
            "one of its runs ends, or an operator raises the limit (gwageo team set lab --limit "
            "N).");
  EXPECT_EQ(said.data.dump(), R"({"team":"lab","holds":1,"limit":1})");
}

TEST_F(Reasons, ItWaitsForAnotherJobsItems) {
  submit(op(), "shared");
  submit(op(), "shared");
  EXPECT_EQ(names(2), "other_jobs_items");
  EXPECT_EQ(reason(2, Wait::other_jobs_items).text,
            "100 items wait for the same questions of other jobs, which are being asked already: "
            "job 1 (100).");
  EXPECT_EQ(reason(2, Wait::other_jobs_items).data.dump(), R"({"jobs":[{"job":"1","items":100}]})");
  EXPECT_EQ(reason(2, Wait::other_jobs_items, "red").data.dump(),
            R"({"jobs":[{"job":null,"items":100}]})");
  hello("w1");
  EXPECT_EQ(outlook(2).expected, outlook(1).expected);
}

TEST_F(Reasons, MoreUrgentWorkOfItsTeamGoesFirst) {
  submit_of("red");
  submit(op(), "red-2", R"(, "priority": 5)");
  submit(op(), "shared", R"(, "tier": "refresh", "team": "red")");
  hello("w1");
  EXPECT_EQ(reason(1, Wait::own_team_first).text,
            "Job 2 of its own team goes first: it has priority 5, this one 0 (gwageo priority JOB "
            "P).");
  EXPECT_EQ(reason(1, Wait::own_team_first).data.dump(),
            R"({"job":"2","tier":"campaign","priority":5,"position":2})");
  const Forecast forecast(scheduler());
  EXPECT_EQ(forecast.position(job(2))->place, 1u);
  EXPECT_EQ(forecast.position(job(2))->first, nullptr);
  EXPECT_EQ(forecast.position(job(3))->place, 3u);
  EXPECT_EQ(forecast.position(job(3))->of, 3u);
}

TEST_F(Reasons, OthersWereServedLess) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  loaded(worker, "red-1");
  submit_of("blue");
  pass(seconds(6));
  hand_in(leases(worker).at(0), 1);
  const WaitReason borne = reason(1, Wait::others_less_served, "red");
  EXPECT_EQ(
      borne.text,
      "1 other team was served less for what it is due, by no more than is borne for the sake "
      "of loads: slots that have its model stay with it, and it goes first on others.");
  EXPECT_EQ(borne.data.dump(), R"({"others":1,"borne":1,"teams":[]})");
  pass(seconds(20));
  heartbeat(worker);
  hand_in(leases(worker).at(0), 2);
  const WaitReason said = reason(1, Wait::others_less_served);
  EXPECT_EQ(*said.data.find("others"), Json(1));
  const Json& blue = said.data.find("teams")->as_array().at(0);
  EXPECT_EQ(*blue.find("team"), Json("blue"));
  EXPECT_GT(blue.find("behind_seconds")->as_integer(), 0);
  EXPECT_EQ(*blue.find("share"), Json(1));
  EXPECT_NE(said.text.find("1 other team was served less for what it is due, and goes first: blue "
                           "(by "),
            std::string::npos)
      << said.text;
  // A rival hears how many there are.
  const WaitReason told = reason(1, Wait::others_less_served, "red");
  EXPECT_EQ(told.text, "1 other team was served less for what it is due, and goes first.");
  EXPECT_EQ(told.data.dump(), R"({"others":1,"borne":0,"teams":[]})");
}

// A team to which nothing is due gets all, once the others' work is over.
TEST_F(Reasons, NobodyWaitsForLongerThanAllWorkTakes) {
  team("add", R"("name": "red", "guarantee": 2)");
  hello("w1", 2);
  submit_of("red");
  submit_of("blue");
  const Outlook blue = outlook(2);
  EXPECT_LE(blue.expected, seconds(suite_items + 1));
  EXPECT_GE(blue.expected, outlook(1).expected);
}

TEST_F(Reasons, AHigherTierGoesFirst) {
  submit_of("red");
  submit(op(), "blue-1", R"(, "tier": "interactive")");
  hello("w1");
  EXPECT_EQ(reason(1, Wait::higher_tier).text,
            "1 other team has work of a higher tier than campaign, which goes first.");
}

TEST_F(Reasons, WhereItsModelIs) {
  submit_of("red");
  const WorkerId worker = hello("w1", 2);
  for (const std::uint32_t slot : {0U, 1U}) loaded(worker, "red-1", seconds(1), slot);
  // Two slots share what waits; a third load is not worth it at this prior.
  const WaitReason loaded = reason(1, Wait::loaded);
  EXPECT_EQ(loaded.text, "Its model is loaded on 2 slots (w1), 2 of them busy.");
  EXPECT_EQ(loaded.data.dump(), R"({"slots":2,"busy":2,"workers":["w1"]})");
  submit_of("blue");
  const WaitReason not_loaded = reason(2, Wait::not_loaded);
  EXPECT_EQ(not_loaded.text,
            "Its model is loaded nowhere yet; of 2 slots that could load it 2 are at other work, "
            "and none has fallen free for it.");
  EXPECT_EQ(not_loaded.data.dump(), R"({"slots":2,"busy":2,"workers_loading":0,"loading":[]})");
}

// Its server is away, say, and the work that came with it is not given back yet.
TEST_F(Reasons, AModelThatWouldNotLoadIsNotSaidToBeLoaded) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  step(LoadedReceived{{worker, 0, sha256("red-1"), false, {}, "no answer"}});
  EXPECT_FALSE(scheduler().pool().loaded_slots(sha256("red-1")).empty());
  for (const WaitReason& one : reasons(1)) EXPECT_NE(one.reason, Wait::loaded) << one.text;
}

TEST_F(Reasons, ItsModelIsBeingLoaded) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  loaded(worker, "red-1", seconds(40));  // So long it takes, as is known from here on.
  hand_in_all(leases(worker).at(0));
  say(op(), "cancel", R"({"job": "1"})");
  step(GoodbyeReceived{worker});
  submit_of("red");
  const WorkerId other = hello("w2");
  pass(seconds(12));
  heartbeat(other);
  const WaitReason said = reason(2, Wait::loading);
  EXPECT_EQ(said.text,
            "Its model is being loaded on 1 slot (w2), for 12 s so far; a load is expected to take "
            "40 s.");
  EXPECT_EQ(said.data.dump(),
            R"({"slots":1,"workers":["w2"],"since_seconds":12,"load_seconds":40})");
  EXPECT_EQ(names(2).find("loaded"), std::string::npos) << names(2);
}

TEST_F(Reasons, WhatIsLeftOfALoadIsInTheOutlook) {
  submit_of("red");
  const WorkerId first = hello("w1");
  loaded(first, "red-1", seconds(40));
  pass(seconds(10));
  hand_in_all(leases(first).at(0));  // A second each.
  say(op(), "cancel", R"({"job": "1"})");
  step(GoodbyeReceived{first});
  submit_of("red");
  const auto items = static_cast<std::int64_t>(job(2).pending.size());
  const WorkerId worker = hello("w2");
  pass(seconds(12));
  heartbeat(worker);
  EXPECT_EQ(outlook(2).expected, seconds(40 - 12 + items));
  EXPECT_EQ(outlook(2).low, seconds(40 - 12 + items));
  EXPECT_EQ(outlook(2).high, seconds(40 - 12 + items));
  for (int i = 0; i < 6; ++i) {  // It takes longer than that: as much again as it is late.
    pass(seconds(8));
    heartbeat(worker);
  }
  EXPECT_EQ(outlook(2).expected, seconds(20 + items));
  EXPECT_EQ(outlook(2).low, seconds(items));
  loaded(worker, "red-1", seconds(60));
  EXPECT_EQ(outlook(2).expected, seconds(items));
}

TEST_F(Reasons, ItemsThatDoNotEndAreWhatTheOthersAreLike) {
  submit_of("red");
  for (const std::string name : {"w1", "w2"}) {
    loaded(hello(name, 1, 1), "red-1");
  }
  const auto beat = [&] {
    for (const auto& [worker, session] : scheduler().sessions()) heartbeat(worker);
  };
  EXPECT_EQ(outlook(1).expected, seconds(50));
  for (int i = 0; i < 6; ++i) {
    pass(seconds(10));
    beat();
  }
  // Two items of a guessed second are out for a minute: as long again as they are late, and the
  // other 98 as long as these, of which each slot has 49.
  const Outlook late = outlook(1);
  EXPECT_EQ(late.late, 2u);
  EXPECT_EQ(late.longest, seconds(60));
  EXPECT_EQ(late.item.item, seconds(119));
  EXPECT_EQ(late.expected, seconds(59 + 49 * 119));
  EXPECT_EQ(late.low, seconds(49 * 60));
  // Others get no slot before, and are told whose they are.
  submit_of("blue");
  EXPECT_GE(outlook(2).expected, seconds(59 + 50));
  const WaitReason held = reason(2, Wait::held_by_others);
  EXPECT_EQ(held.text,
            "No slot that could run it is free: other teams hold 2 slots there: red 2 (out for up "
            "to 60 s). Each falls free when what is out there ends; an operator can end it sooner "
            "(gwageo cancel JOB, gwageo drain WORKER), or bound a team from now on (gwageo team "
            "set TEAM --limit N).");
  EXPECT_EQ(held.data.dump(),
            R"({"gpus_held":2,"longest_out_seconds":60,"gpus_taken":0,"taken_in_seconds":null,)"
            R"("teams":[{"team":"red","gpus_held":2,"longest_out_seconds":60,"gpus_taken":0,)"
            R"("taken_in_seconds":null}]})");
  EXPECT_EQ(reason(2, Wait::held_by_others, "blue").data.dump(),
            R"({"gpus_held":2,"longest_out_seconds":60,"gpus_taken":0,"taken_in_seconds":null,)"
            R"("teams":[]})");
}

// One that hangs is not what a hundred that ended are like.
TEST_F(Reasons, OneLateItemCountsAsOneBesideThoseThatEnded) {
  submit_of("red");
  const WorkerId worker = hello("w1", 1, 1);
  loaded(worker, "red-1");
  for (int i = 0; i < 9; ++i) {
    pass(seconds(1));
    hand_in_all(leases(worker).at(0));
  }
  pass(seconds(6));
  heartbeat(worker);
  EXPECT_EQ(outlook(1).late, 1u);
  EXPECT_EQ(outlook(1).item.item, seconds(2));  // 9 of 1 s, and one of 11 s as it seems.
  EXPECT_EQ(outlook(1).expected, seconds(5 + 90 * 2));
}

TEST_F(Reasons, LowIsWithAllThatOthersGiveBack) {
  submit_of("red");
  const WorkerId worker = hello("w1", 1, 10);
  loaded(worker, "red-1");
  pass(seconds(10));
  hand_in_all(leases(worker).at(0));
  submit_of("blue");
  const auto items = static_cast<std::int64_t>(job(1).pending.size()) + 10;
  EXPECT_EQ(Forecast(scheduler()).teams().at("red").entitled, 500);
  EXPECT_EQ(outlook(1).low, seconds(items));
  EXPECT_GT(outlook(1).expected, seconds(items));
}

TEST_F(Reasons, APlanCountsTheLoadsThatItNeeds) {
  submit_of("red");
  const WorkerId worker = hello("w1", 1, 10);
  loaded(worker, "red-1", seconds(40));
  pass(seconds(10));
  hand_in_all(leases(worker).at(0));
  say(op(), "cancel", R"({"job": "1"})");
  step(GoodbyeReceived{worker});
  hello("w2", 4);
  const Forecast::Plan plan =
      Forecast(scheduler()).plan("red", *state().model("red-1"), "s", 100, {});
  // 100 s of work pay for two loads of 40 s more than the first.
  EXPECT_EQ(plan.loads, 3);
  EXPECT_EQ(plan.gpu_time, seconds(100 + 3 * 40));
  EXPECT_EQ(plan.outlook->expected, seconds(40) + Duration{33'333'334});
  EXPECT_EQ(plan.outlook->low, seconds(40 + 25));
}

TEST_F(Reasons, AFurtherLoadWouldNotPay) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  step(LoadedReceived{{worker, 0, sha256("red-1"), true, seconds(600), ""}});
  const WaitReason said = reason(1, Wait::does_not_pay);
  const std::string work = std::to_string(job(1).pending.size());
  EXPECT_EQ(said.text, "What waits for its model (" + work +
                           " s of slot time) does not pay for loading it once more (10 min, with 1 "
                           "slot already).");
  EXPECT_EQ(said.data.dump(), R"({"work_seconds":)" + work + R"(,"load_seconds":600,"slots":1})");
}

TEST_F(Reasons, ASlotMakesRoom) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  work_long(worker);
  submit(op(), "blue-1", R"(, "tier": "interactive")");
  pass(seconds(12));
  heartbeat(worker);
  const WaitReason gets = reason(2, Wait::gets_room);
  EXPECT_EQ(gets.text,
            "Its team gets 1 slot for its model once what is out there has ended: worker w1 slot 0 "
            "(team red, asked 12 s ago).");
  EXPECT_EQ(gets.data.dump(),
            R"({"slots":[{"worker":"w1","slot":0,"team":"red","since_seconds":12}]})");
  const WaitReason makes = reason(1, Wait::makes_room);
  EXPECT_EQ(makes.text,
            "Nothing more is given to 1 slot of its own, where others go on once what is out there "
            "has ended: worker w1 slot 0 (team blue, asked 12 s ago).");
  EXPECT_EQ(makes.data.dump(),
            R"({"slots":[{"worker":"w1","slot":0,"team":"blue","since_seconds":12}]})");
  // Neither team hears the other's name.
  for (const auto& [id, viewer, side] :
       {std::tuple{2, "blue", Wait::gets_room}, {1, "red", Wait::makes_room}}) {
    const WaitReason told = reason(static_cast<std::uint64_t>(id), side, viewer);
    EXPECT_NE(told.text.find("(another team, asked 12 s ago)"), std::string::npos) << told.text;
    EXPECT_EQ(told.data.dump(),
              R"({"slots":[{"worker":"w1","slot":0,"team":null,"since_seconds":12}]})");
  }
  for (const LeaseId lease : leases(worker)) hand_in_all(lease);
  EXPECT_EQ(names(1).find("makes_room"), std::string::npos) << names(1);
  EXPECT_EQ(names(2).find("gets_room"), std::string::npos) << names(2);
}

TEST_F(Reasons, ASlotOfItsOwnTeamMakesRoom) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  work_long(worker);
  submit(op(), "red-2", R"(, "tier": "interactive")");
  EXPECT_NE(reason(2, Wait::gets_room, "red").text.find("(its own team, asked 0 s ago)"),
            std::string::npos);
}

TEST_F(Reasons, NothingWaitsOfAJobThatIsOver) {
  submit_of("red");
  say(op(), "cancel", R"({"job": "1"})");
  EXPECT_EQ(names(1), "");
  EXPECT_FALSE(Forecast(scheduler()).outlook(job(1)));
}

// 100 items of 1 s, as nobody has seen one.
TEST_F(Reasons, AnOutlookByHand) {
  submit_of("red");
  const WorkerId worker = hello("w1", 4);
  for (const std::uint32_t slot : {0U, 1U, 2U, 3U}) loaded(worker, "red-1", seconds(1), slot);
  // Alone, all four slots are its due: 25 s, and four times as far out in doubt.
  EXPECT_EQ(outlook(1).expected, seconds(25));
  EXPECT_EQ(outlook(1).low, milliseconds(6250));
  EXPECT_EQ(outlook(1).high, seconds(100));
  EXPECT_EQ(outlook(1).item.basis, Estimates::Basis::prior);
  submit(op(), "red-2");
  submit_of("blue");
  const Forecast forecast(scheduler());
  EXPECT_EQ(forecast.teams().at("red").entitled, 2000);
  EXPECT_EQ(forecast.teams().at("blue").entitled, 2000);
  EXPECT_EQ(forecast.teams().at("red").holds, 4);
  EXPECT_EQ(forecast.teams().at("red").jobs, 2);
  EXPECT_EQ(forecast.teams().at("blue").demands, seconds(100));
  // Two slots for job 1: 50 s. Job 2 comes after it, and blue beside them; they have to be loaded.
  EXPECT_EQ(outlook(1).expected, seconds(50));
  // But blue is over sooner: all of it takes 75 s.
  EXPECT_EQ(outlook(2).expected, seconds(76));
  // Blue's two slots have ten seconds out of red's each.
  EXPECT_EQ(outlook(3).expected, seconds(61));
  // Whatever the others give back, 25 s of the whole pool, and a load: four times as far in doubt,
  // and twice, as one of another model was seen.
  EXPECT_EQ(outlook(3).low, milliseconds(6250 + 500));
}

TEST_F(Reasons, AnOutlookSaysWhatItRestsOn) {
  submit_of("red");
  const WorkerId worker = hello("w1");
  loaded(worker, "red-1");
  const LeaseId lease = leases(worker).at(0);
  const std::uint64_t items = state().lease(lease)->rest.size();
  pass(seconds(2) * static_cast<std::int64_t>(items));
  heartbeat(worker);
  hand_in_all(lease);
  EXPECT_EQ(outlook(1).item.basis, Estimates::Basis::class_and_suite);
  EXPECT_EQ(outlook(1).item.items, items);
  EXPECT_EQ(outlook(1).item.item, seconds(2));
  EXPECT_EQ(outlook(1).expected, seconds(2) * static_cast<std::int64_t>(100 - items));
  submit_of("blue");
  EXPECT_EQ(outlook(2).item.basis, Estimates::Basis::suite);
}

TEST_F(Reasons, APlanOfATeamThatIsNotThereYet) {
  submit_of("red");
  hello("w1", 4);
  const Forecast forecast(scheduler());
  const Forecast::Plan plan = forecast.plan("green", *state().model("blue-1"), "s", 100, {});
  // Its two slots load its model, once each.
  EXPECT_EQ(plan.loads, 2);
  EXPECT_EQ(plan.load.load, seconds(1));
  EXPECT_EQ(plan.gpu_time, seconds(102));
  EXPECT_EQ(plan.entitled, 2000);
  // All there is takes 50 s on four slots, and its load.
  EXPECT_EQ(plan.outlook->expected, seconds(51));
  EXPECT_EQ(forecast.plan("green", *state().model("blue-1"), "s", 0, {}).outlook->expected,
            Duration{});
  EXPECT_EQ(forecast.plan("green", *state().model("blue-1"), "s", 0, {{1}}).outlook->expected,
            outlook(1).expected);
}

}  // namespace
}  // namespace gwageo::testing
