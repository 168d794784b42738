// What the agent does with slots that may not, or may no longer, be trusted.
#include <gtest/gtest.h>

#include "worker/agent.h"

namespace gwageo {
namespace {

using Finding = CheckEnded::Finding;

struct Faulty : ::testing::Test {
  Faulty() { begin(4); }
  /// `elsewhere`: further slots, which lie on other machines.
  void begin(std::uint32_t slots, std::uint32_t elsewhere = 0) {
    AgentOptions options{WorkerId{1}, "w", "0", {"paced"}, slots + elsewhere, 8, {}};
    options.health.slots = slots;
    options.health.answers = true;
    agent.emplace(options);
    take(agent->start(now));
    step(MessageArrived{Welcome{1, seconds(1), seconds(15)}});
  }
  static Digest key(const std::string& model) { return sha256(model); }
  void grant(std::uint64_t lease, const std::string& model, std::uint32_t slot,
             std::uint32_t width = 1) {
    Grant grant;
    grant.lease = LeaseId{lease};
    grant.class_key = key(model);
    grant.slot = slot;
    grant.width = width;
    grant.items.push_back({lease, "task", std::to_string(lease), 0, {encode(Request{})}});
    grant.items.push_back({lease + 1000, "task", std::to_string(lease), 0, {encode(Request{})}});
    step(MessageArrived{std::move(grant)});
  }
  void loaded(const std::string& model, std::uint32_t slot) {
    step(ModelLoaded{slot, key(model), {}, {}, {}, false});
  }
  void step(AgentEvent event) {
    said.clear();
    take(agent->step(now, std::move(event)));
    agent->check();
  }
  void take(AgentActions actions) {
    const auto say = [&](const std::string& word) { said += (said.empty() ? "" : " ") + word; };
    for (const auto& message : actions.sends) {
      if (const auto* const heartbeat = std::get_if<Heartbeat>(message.get())) {
        std::string faults;
        for (const SlotReport& slot : heartbeat->slots) faults += slot.fault.empty() ? '.' : 'x';
        say("beat:" + faults);
      }
      if (const auto* const back = std::get_if<GiveBack>(message.get())) {
        const bool is_away = back->reason == GiveBackReason::unreachable;
        say((is_away ? "away" : "back") + std::to_string(back->lease.value));
        why = back->error;
      }
      if (std::holds_alternative<Results>(*message)) say("results");
    }
    for (const auto& order : actions.orders) {
      if (const auto* const load = std::get_if<LoadModel>(&order)) {
        say("load" + std::to_string(load->slot));
      }
      if (const auto* const unload = std::get_if<UnloadModel>(&order)) {
        say("unload" + std::to_string(unload->slot));
      }
      if (const auto* const start = std::get_if<StartCalls>(&order)) {
        say("start" + std::to_string(start->slot));
        for (const Call& call : start->calls) tokens.push_back(call.token);
      }
    }
    if (actions.check) {
      check = actions.check;
      say("check" + std::to_string(check->slot));
    }
  }
  /// Answers the check under way, and all that follow at once, as `finding` for slot `bad`.
  void answer_all(std::uint32_t bad = 99, Finding finding = Finding::wrong) {
    while (check) {
      CheckEnded found{*check, Finding::good, {}, 1'000'000'000, {}};
      if (check->slot == bad && check->kind == HealthCheckKind::known_answer) {
        found.finding = finding;
        found.what = "GPU computes wrongly";
      }
      check.reset();
      step(std::move(found));
      log += (log.empty() || said.empty() ? "" : " ") + said;
    }
  }
  void finish(std::size_t call, bool unreachable = false) {
    CallsEnded ended;
    ended.completions.push_back({tokens.at(call), {}, unreachable});
    step(std::move(ended));
  }

  Instant now;
  std::optional<Agent> agent;
  std::optional<HealthCheck> check;
  std::vector<std::uint64_t> tokens;
  std::string said;  // In the last step.
  std::string log;
  std::string why;
};

// Of a worker that spans machines: its own GPUs are looked at, and the block waits for them.
TEST_F(Faulty, SlotsOnOtherMachinesAreNotLookedAt) {
  check.reset();
  begin(2, 2);
  grant(1, "a", 0, 4);
  EXPECT_EQ(said, "");
  answer_all();
  EXPECT_EQ(log.find("check2"), std::string::npos) << log;
  EXPECT_NE(log.find("load0"), std::string::npos) << log;
  loaded("a", 0);
  EXPECT_NE(said.find("start0"), std::string::npos) << said;
}

TEST_F(Faulty, AFaultHereTakesTheWholeBlockOfMachines) {
  check.reset();
  begin(2, 2);
  answer_all(1);
  EXPECT_NE(log.find("beat:.x.."), std::string::npos) << log;
  grant(1, "a", 0, 4);
  EXPECT_EQ(said.find("load"), std::string::npos) << said;
}

TEST_F(Faulty, NothingBeginsBeforeTheSlotHasAnswered) {
  ASSERT_TRUE(check);
  EXPECT_EQ(check->slot, 0u);
  grant(1, "a", 0);
  grant(2, "a", 1);
  EXPECT_EQ(said, "");
  CheckEnded good{*check, Finding::good, {}, 0, {}};
  check.reset();
  step(good);
  EXPECT_EQ(said, "check0");  // How fast it copies.
  answer_all();
  EXPECT_EQ(log, "load0 check1 check1 load1 check2 check2 check3 check3");
}

TEST_F(Faulty, AWrongAnswerGivesTheLeasesBackAndTheOthersWork) {
  grant(1, "a", 1);
  grant(2, "a", 2);
  answer_all(1);
  EXPECT_EQ(log, "check0 check1 beat:.x.. back1 check2 check2 load2 check3 check3");
  EXPECT_EQ(why, "slot 1: GPU computes wrongly");
}

TEST_F(Faulty, AGrantForAFaultySlotGoesBackWithTheNextHeartbeat) {
  answer_all(1);
  grant(1, "a", 1);
  EXPECT_EQ(said, "");
  now = now + seconds(1);
  step(TimePassed{});
  EXPECT_EQ(said, "beat:.x.. back1");
  // So does one of a block that holds it.
  grant(2, "b", 0, 2);
  EXPECT_EQ(said, "");
  now = now + seconds(1);
  step(TimePassed{});
  EXPECT_EQ(said, "beat:.x.. back2");
}

TEST_F(Faulty, WhatRunsIsForgottenAndTheModelUnloaded) {
  answer_all();
  grant(1, "a", 1);
  loaded("a", 1);
  EXPECT_EQ(said, "start1");
  finish(0);  // Its first item waits for the rest of the lease.
  // The scheduled answers are asked for when the slots are idle.
  now = now + seconds(3600);
  step(TimePassed{});
  answer_all(1);
  EXPECT_EQ(log.find("check1 check1", 30), std::string::npos) << log;
  finish(1);
  EXPECT_EQ(said, "results check1");
  grant(2, "a", 1);
  EXPECT_EQ(said, "");  // It waits for the check.
  answer_all(1);
  EXPECT_EQ(said, "beat:.x.. back2 unload1");
  step(ModelUnloaded{1});
  EXPECT_EQ(said, "");
}

TEST_F(Faulty, ADeviceThatFailsUnderAModelIsAskedBeforeItGetsMore) {
  answer_all();
  grant(1, "a", 1);
  loaded("a", 1);
  finish(0, true);  // The engine has nobody to ask.
  EXPECT_EQ(said, "results away1 check1");
  grant(2, "b", 1);
  EXPECT_EQ(said, "");
  log.clear();
  answer_all(1, Finding::failed);
  EXPECT_EQ(log, "beat:.x.. back2 unload1");
}

TEST_F(Faulty, ASlotThatIsWellAgainWorks) {
  answer_all(1);
  now = now + seconds(300);
  step(TimePassed{});
  ASSERT_TRUE(check);
  answer_all();
  now = now + seconds(300);
  step(TimePassed{});
  log.clear();
  answer_all();
  EXPECT_EQ(log, "beat:.... check1");
  log.clear();
  grant(1, "a", 1);
  EXPECT_EQ(said, "load1");
}

TEST_F(Faulty, ACoordinatorThatCameBackIsTold) {
  answer_all(1);
  step(MessageArrived{SayHello{}});
  step(MessageArrived{Welcome{2, seconds(1), seconds(15)}});
  EXPECT_EQ(said, "beat:.x..");
}

TEST_F(Faulty, AWorkerThatStopsChecksNothingMore) {
  step(StopRequested{});
  CheckEnded good{*check, Finding::good, {}, 0, {}};
  check.reset();
  step(good);
  EXPECT_FALSE(check);
}

}  // namespace
}  // namespace gwageo
