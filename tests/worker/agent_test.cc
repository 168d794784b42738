// When the worker's state machine hands in results. What it does with leases that end, with
// messages that are lost and with coordinators that come back is the simulator's business.
#include "worker/agent.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

// An agent of one slot whose model is loaded, and which is at work on the leases that it is given.
struct HandingIn : ::testing::Test {
  explicit HandingIn(Duration stop_grace = limits::stop_grace) {
    AgentOptions options{WorkerId{1}, "w", "0", {"paced"}, 1, 8};
    options.stop_grace = stop_grace;
    agent = Agent(options);
    agent.start(now);
    agent.step(now, MessageArrived{Welcome{1, seconds(1), seconds(15)}});
  }
  // Items from `begin` on, one request each.
  void grant(std::uint64_t lease, std::uint64_t begin, std::uint64_t count) {
    Grant grant;
    grant.lease = LeaseId{lease};
    grant.class_key = key;
    for (std::uint64_t i = begin; i < begin + count; ++i) {
      grant.items.push_back({i, "task", std::to_string(i), 0, {encode(Request{})}});
    }
    take(agent.step(now, MessageArrived{std::move(grant)}));
    if (is_loaded) return;
    is_loaded = true;
    take(agent.step(now, ModelLoaded{0, key, {}, {}, {}, false}));
  }
  // The next `count` calls end, one after another; how many items were handed in meanwhile.
  std::size_t finish(std::size_t count) {
    handed_in = 0;
    for (; count > 0; --count) {
      CallsEnded ended;
      ended.completions.push_back({tokens.at(next++), {}});
      take(agent.step(now, std::move(ended)));
    }
    return handed_in;
  }
  void take(const AgentActions& actions) {
    for (const auto& order : actions.orders) {
      if (const auto* const start = std::get_if<StartCalls>(&order)) {
        for (const Call& call : start->calls) tokens.push_back(call.token);
      }
    }
    for (const auto& message : actions.sends) {
      if (const auto* const results = std::get_if<Results>(message.get())) {
        handed_in += results->items.size();
      }
    }
  }
  Instant now;
  Digest key = sha256("model");
  Agent agent{AgentOptions{}};
  std::vector<std::uint64_t> tokens;  // Of calls, in the order in which they were started.
  std::size_t next = 0;
  std::size_t handed_in = 0;
  bool is_loaded = false;
};

TEST_F(HandingIn, HalfOfTheCreditDoesNotWaitForTheRest) {
  grant(1, 0, 8);
  EXPECT_EQ(finish(3), 0u);
  EXPECT_EQ(finish(1), 4u);  // The coordinator may grant again while the engine has work.
  EXPECT_EQ(finish(3), 0u);
  EXPECT_EQ(finish(1), 4u);
}

TEST_F(HandingIn, ALeaseGoesInOnePieceWhileThereIsOtherWork) {
  grant(1, 0, 4);
  grant(2, 4, 4);
  EXPECT_EQ(finish(3), 0u);
  EXPECT_EQ(finish(1), 4u);
  grant(3, 8, 4);
  EXPECT_EQ(finish(3), 0u);
  EXPECT_EQ(finish(1), 4u);
}

TEST_F(HandingIn, SlowItemsComeInParts) {
  grant(1, 0, 8);
  EXPECT_EQ(finish(1), 0u);
  now = now + milliseconds(250);
  handed_in = 0;
  take(agent.step(now, TimePassed{}));
  EXPECT_EQ(handed_in, 1u);
}

// On a slow link a heartbeat waits for what was sent before it.
TEST_F(HandingIn, LongAnswersLeaveRoomForHeartbeats) {
  grant(1, 0, 8);
  std::vector<std::string> sent;
  std::uint32_t chunks = 0;
  const auto note = [&](const AgentActions& actions) {
    for (const auto& message : actions.sends) {
      if (std::holds_alternative<Heartbeat>(*message)) sent.emplace_back("heartbeat");
      if (const auto* const results = std::get_if<Results>(message.get())) {
        EXPECT_LE(results->items.size(), 1u);  // Two are more than a message should have.
        sent.emplace_back("results");
        ++chunks;
      }
    }
  };
  for (int i = 0; i < 8; ++i) {
    CallsEnded ended;
    ended.completions.push_back({tokens.at(next++), {}});
    ended.completions.back().response.text = std::string(200'000, 'x');
    note(agent.step(now, std::move(ended)));
  }
  EXPECT_EQ(sent, (std::vector<std::string>{"results", "results"}));
  now = now + seconds(1);
  note(agent.step(now, TimePassed{}));
  EXPECT_EQ(sent.back(), "heartbeat");
  for (std::uint32_t chunk = 0; chunk < 8; ++chunk) {
    note(agent.step(now, MessageArrived{Acknowledge{LeaseId{1}, chunk}}));
  }
  EXPECT_EQ(chunks, 8u);
  EXPECT_TRUE(agent.leases_held().empty());
}

TEST_F(HandingIn, TheSameModelOfAnotherTenantGetsAnEngineOfItsOwn) {
  grant(1, 0, 2);
  Grant others;
  others.lease = LeaseId{2};
  others.class_key = sha256("the same model, of another tenant");
  others.items.push_back({2, "task", "2", 0, {encode(Request{})}});
  // Not while anything of the first is in the engine: one tenant at a time.
  EXPECT_TRUE(agent.step(now, MessageArrived{others}).orders.empty());
  finish(1);
  CallsEnded ended;
  ended.completions.push_back({tokens.at(next++), {}});
  const AgentActions actions = agent.step(now, std::move(ended));
  ASSERT_EQ(actions.orders.size(), 1u);
  const auto* const load = std::get_if<LoadModel>(&actions.orders.front());
  ASSERT_NE(load, nullptr);
  EXPECT_EQ(load->class_key, others.class_key);
  // Back again, and it is loaded again: nothing is kept for whoever comes back.
  agent.step(now, ModelLoaded{0, others.class_key, {}, {}, {}, false});
  Grant again;
  again.lease = LeaseId{3};
  again.class_key = key;
  again.items.push_back({3, "task", "3", 0, {encode(Request{})}});
  agent.step(now, MessageArrived{Revoke{LeaseId{2}}});
  const AgentActions loads = agent.step(now, MessageArrived{std::move(again)});
  ASSERT_EQ(loads.orders.size(), 1u);
  EXPECT_EQ(std::get<LoadModel>(loads.orders.front()).class_key, key);
}

TEST_F(HandingIn, AServerThatIsAwayIsAskedAgainAfterAPause) {
  is_loaded = true;  // By hand.
  grant(1, 0, 1);
  const AgentActions lost = agent.step(now, ModelLoaded{0, key, {}, "no server", {}, true});
  const auto* const back = std::get_if<GiveBack>(lost.sends.back().get());
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->reason, GiveBackReason::unreachable);
  Grant again;
  again.lease = LeaseId{2};
  again.class_key = key;
  again.items.push_back({0, "task", "0", 0, {encode(Request{})}});
  EXPECT_TRUE(agent.step(now, MessageArrived{std::move(again)}).orders.empty());
  now = now + seconds(4);
  EXPECT_TRUE(agent.step(now, TimePassed{}).orders.empty());
  now = now + seconds(1);
  const AgentActions loads = agent.step(now, TimePassed{});
  ASSERT_EQ(loads.orders.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<LoadModel>(loads.orders.front()));
}

// What the slot had before is of use at once, without a load.
TEST_F(HandingIn, AServerThatIsAwayCostsNothingThatIsLoaded) {
  grant(1, 0, 1);
  finish(1);
  agent.step(now, MessageArrived{Acknowledge{LeaseId{1}, 0}});
  Grant others;
  others.lease = LeaseId{2};
  others.class_key = sha256("away");
  others.items.push_back({2, "task", "2", 0, {encode(Request{})}});
  const AgentActions loads = agent.step(now, MessageArrived{std::move(others)});
  ASSERT_EQ(loads.orders.size(), 1u);
  const AgentActions lost =
      agent.step(now, ModelLoaded{0, sha256("away"), {}, "no server", {}, true, true});
  const auto* const heard = std::get_if<Heartbeat>(lost.sends.back().get());
  ASSERT_NE(heard, nullptr);
  EXPECT_EQ(heard->slots.at(0).class_key, key);
  grant(3, 3, 1);
  EXPECT_EQ(tokens.size(), 2u) << "begun at once";
}

TEST_F(HandingIn, AServerThatIsLostCostsWhatEndedAndNoMore) {
  grant(1, 0, 4);
  finish(1);
  CallsEnded ended;
  Completion lost{tokens.at(next++), {}, true};
  lost.response.outcome = Outcome::engine_failed;
  lost.response.error = "nobody answers";
  ended.completions.push_back(std::move(lost));
  const AgentActions actions = agent.step(now, std::move(ended));
  ASSERT_EQ(actions.sends.size(), 2u);
  const auto* const results = std::get_if<Results>(actions.sends.front().get());
  ASSERT_NE(results, nullptr);
  EXPECT_EQ(results->items.size(), 2u);  // What was answered, and what met nobody.
  const auto* const back = std::get_if<GiveBack>(actions.sends.back().get());
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->reason, GiveBackReason::unreachable);
  EXPECT_EQ(back->error, "nobody answers");
  // The model is loaded again, after the pause, before anything else is asked.
  grant(2, 2, 2);
  EXPECT_EQ(tokens.size(), 4u);
  now = now + seconds(5);
  const AgentActions loads = agent.step(now, TimePassed{});
  ASSERT_EQ(loads.orders.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<LoadModel>(loads.orders.front()));
  EXPECT_EQ(finish(1), 0u);  // Of the lease that went back: nobody's any more.
}

// What an agent that was told to stop says, in order.
std::vector<std::string> said(const AgentActions& actions) {
  std::vector<std::string> words;
  for (const auto& message : actions.sends) {
    if (std::holds_alternative<Results>(*message)) words.emplace_back("results");
    if (const auto* const back = std::get_if<GiveBack>(message.get())) {
      words.push_back("gives back " + std::to_string(back->lease.value));
    }
    const auto* const heartbeat = std::get_if<Heartbeat>(message.get());
    if (heartbeat != nullptr && heartbeat->leaving) words.emplace_back("leaves");
    if (std::holds_alternative<Goodbye>(*message)) words.emplace_back("goodbye");
  }
  return words;
}

using Words = std::vector<std::string>;

TEST_F(HandingIn, WithoutAGraceWhatRunsIsGivenBackAtOnce) {
  grant(1, 0, 2);
  finish(1);
  EXPECT_EQ(said(agent.step(now, StopRequested{})), (Words{"leaves", "results", "gives back 1"}));
  EXPECT_EQ(said(agent.step(now, MessageArrived{Acknowledge{LeaseId{1}, 0, true}})),
            (Words{"goodbye"}));
}

struct StoppingSlowly : HandingIn {
  StoppingSlowly() : HandingIn(seconds(20)) {}
  // A lease of another model, for which the slot is not free.
  void grant_other(std::uint64_t lease) {
    Grant other;
    other.lease = LeaseId{lease};
    other.class_key = sha256("another model");
    other.items.push_back({9, "task", "9", 0, {encode(Request{})}});
    take(agent.step(now, MessageArrived{std::move(other)}));
  }
};

TEST_F(StoppingSlowly, WhatRunsEndsAndTheRestIsGivenBackAtOnce) {
  grant(1, 0, 2);
  grant_other(2);
  EXPECT_EQ(said(agent.step(now, StopRequested{})), (Words{"leaves", "gives back 2"}));
  // What the coordinator granted before it heard of that.
  Grant late;
  late.lease = LeaseId{3};
  late.class_key = key;
  late.items.push_back({5, "task", "5", 0, {encode(Request{})}});
  EXPECT_EQ(said(agent.step(now, MessageArrived{late})), (Words{"gives back 3"}));
  now = now + seconds(9);
  EXPECT_EQ(said(agent.step(now, TimePassed{})), (Words{"leaves"}));
  EXPECT_EQ(finish(2), 2u);
  EXPECT_EQ(said(agent.step(now, MessageArrived{Acknowledge{LeaseId{1}, 0, true}})),
            (Words{"goodbye"}));
}

TEST_F(StoppingSlowly, WhatDoesNotEndInTimeIsGivenBackWhileThereIsTimeForIt) {
  grant(1, 0, 2);
  finish(1);
  const AgentActions stopping = agent.step(now, StopRequested{});
  EXPECT_EQ(said(stopping), (Words{"leaves"}));
  now = now + seconds(16) - milliseconds(1);
  const AgentActions almost = agent.step(now, TimePassed{});
  EXPECT_EQ(said(almost), (Words{"leaves", "results"}));
  EXPECT_EQ(almost.wake_at, now + milliseconds(1));
  now = now + milliseconds(1);
  const AgentActions over = agent.step(now, TimePassed{});
  EXPECT_EQ(said(over), (Words{"gives back 1"}));
  EXPECT_LE(over.wake_at, now + seconds(4));
  // Nobody acknowledges: it leaves all the same.
  now = now + seconds(4);
  const AgentActions gone = agent.step(now, TimePassed{});
  EXPECT_TRUE(gone.finished);
  EXPECT_EQ(said(gone).back(), "goodbye");
}

}  // namespace
}  // namespace gwageo
