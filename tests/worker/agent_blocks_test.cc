// Models on blocks of slots: what is loaded on a block has it for itself.
#include <gtest/gtest.h>

#include "worker/agent.h"

namespace gwageo {
namespace {

struct Blocks : ::testing::Test {
  Blocks() {
    agent.start(now);
    agent.step(now, MessageArrived{Welcome{1, seconds(1), seconds(15)}});
  }
  static Digest key(const std::string& model) { return sha256(model); }
  void grant(std::uint64_t lease, const std::string& model, std::uint32_t slot,
             std::uint32_t width) {
    Grant grant;
    grant.lease = LeaseId{lease};
    grant.class_key = key(model);
    grant.slot = slot;
    grant.width = width;
    grant.items.push_back({lease, "task", std::to_string(lease), 0, {encode(Request{})}});
    step(MessageArrived{std::move(grant)});
  }
  void loaded(const std::string& model, std::uint32_t slot) {
    step(ModelLoaded{slot, key(model), {}, {}, {}, false});
  }
  void step(AgentEvent event) {
    said.clear();
    const AgentActions actions = agent.step(now, std::move(event));
    agent.check();
    for (const auto& order : actions.orders) {
      if (const auto* const load = std::get_if<LoadModel>(&order)) {
        said += "load " + std::to_string(load->slot) + "+" + std::to_string(load->width) + " ";
      }
      if (const auto* const unload = std::get_if<UnloadModel>(&order)) {
        said += "unload " + std::to_string(unload->slot) + " ";
      }
      if (const auto* const load = std::get_if<BreakOffLoad>(&order)) {
        said += "break off " + std::to_string(load->slot) + " ";
      }
      if (const auto* const start = std::get_if<StartCalls>(&order)) {
        said += "start " + std::to_string(start->slot) + " ";
        for (const Call& call : start->calls) tokens.push_back(call.token);
      }
    }
  }
  void finish(std::size_t call) {
    CallsEnded ended;
    ended.completions.push_back({tokens.at(call), {}});
    step(std::move(ended));
  }
  Instant now;
  Agent agent{AgentOptions{WorkerId{1}, "w", "0", {"paced"}, 4, 8, {}}};
  std::vector<std::uint64_t> tokens;
  std::string said;  // What was ordered by the last step.
};

TEST_F(Blocks, WhatLiesOnTheBlockIsUnloadedFirst) {
  grant(1, "a", 0, 1);
  EXPECT_EQ(said, "load 0+1 ");
  loaded("a", 0);
  grant(2, "a", 1, 1);
  loaded("a", 1);
  finish(0);
  finish(1);
  grant(3, "b", 0, 2);
  EXPECT_EQ(said, "unload 1 ");  // A load frees the block's first slot itself.
  step(ModelUnloaded{1});
  EXPECT_EQ(said, "load 0+2 ");
  loaded("b", 0);
  EXPECT_EQ(said, "start 0 ");
  finish(2);
  // And back: a slot within the block.
  grant(4, "a", 1, 1);
  EXPECT_EQ(said, "unload 0 ");
  step(ModelUnloaded{0});
  EXPECT_EQ(said, "load 1+1 ");
}

TEST_F(Blocks, NothingIsUnloadedUnderWhatRuns) {
  grant(1, "a", 1, 1);
  loaded("a", 1);
  grant(2, "b", 0, 2);
  EXPECT_EQ(said, "");
  finish(0);
  EXPECT_EQ(said, "unload 1 ");
  // What was asked for later waits for what was asked for before.
  grant(3, "a", 1, 1);
  EXPECT_EQ(said, "");
  step(ModelUnloaded{1});
  EXPECT_EQ(said, "load 0+2 ");
}

TEST_F(Blocks, ALoadOnTheWayIsWaitedFor) {
  grant(1, "a", 2, 2);
  EXPECT_EQ(said, "load 2+2 ");
  step(MessageArrived{Revoke{{1}}});
  EXPECT_EQ(said, "break off 2 ");
  grant(2, "b", 0, 4);
  EXPECT_EQ(said, "");
  loaded("a", 2);
  EXPECT_EQ(said, "unload 2 ");
  step(ModelUnloaded{2});
  EXPECT_EQ(said, "load 0+4 ");
}

TEST_F(Blocks, ALoadThatWasBrokenOffSaysNothingOfItsModel) {
  grant(1, "a", 0, 1);
  grant(2, "a", 0, 1);
  step(MessageArrived{Revoke{{1}}});
  EXPECT_EQ(said, "");  // The other waits for it.
  step(MessageArrived{Revoke{{2}}});
  EXPECT_EQ(said, "break off 0 ");
  step(TimePassed{});
  EXPECT_EQ(said, "");  // Once.
  grant(3, "a", 0, 1);
  const AgentActions actions = agent.step(now, ModelLoaded{0, key("a"), {}, "given up", {}, false});
  ASSERT_EQ(actions.sends.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(*actions.sends[0]));
  ASSERT_EQ(actions.orders.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<LoadModel>(actions.orders[0]));
}

TEST_F(Blocks, AClassOfAnotherWidthIsLoadedAgain) {
  grant(1, "a", 0, 1);
  loaded("a", 0);
  finish(0);
  grant(2, "a", 0, 2);
  EXPECT_EQ(said, "load 0+2 ");
}

TEST_F(Blocks, ABlockBeyondTheSlotsIsNotTaken) {
  grant(1, "a", 4, 4);
  EXPECT_EQ(said, "");
  EXPECT_TRUE(agent.leases_held().empty());
}

TEST_F(Blocks, TheFirstSlotSpeaksForTheBlock) {
  grant(1, "a", 2, 2);
  loaded("a", 2);
  now = now + seconds(1);
  const AgentActions actions = agent.step(now, TimePassed{});
  const auto* const heartbeat = std::get_if<Heartbeat>(actions.sends.front().get());
  ASSERT_NE(heartbeat, nullptr);
  ASSERT_EQ(heartbeat->slots.size(), 4u);
  EXPECT_EQ(heartbeat->slots[2].class_key, key("a"));
  for (const std::size_t slot : {0u, 1u, 3u}) {
    EXPECT_EQ(heartbeat->slots[slot].class_key, Digest{}) << slot;
  }
}

}  // namespace
}  // namespace gwageo
