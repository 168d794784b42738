// When a server is started, asked whether it is well, stopped and given up.
#include "worker/engine_life.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

struct Life : ::testing::Test {
  static EngineLifeRules rules() {
    EngineLifeRules rules;
    rules.ready_at_most = seconds(30);
    rules.idle_at_most = seconds(60);
    rules.quiet_at_most = seconds(10);
    rules.ask_every = seconds(1);
    rules.restart_after = seconds(6);
    return rules;
  }
  // What is to be done, in one word each.
  std::string on(const EngineEvent& event) {
    const EngineTodo todo = life.step(now, event);
    std::string words;
    for (const EngineAct act : todo.acts) {
      constexpr const char* names[] = {"start", "ask", "open", "stop", "kill"};
      words += (words.empty() ? "" : " ") + std::string(names[static_cast<int>(act)]);
    }
    failed = todo.failed.value_or("");
    may_get_better = todo.may_get_better;
    return words;
  }
  std::string after(Duration time, std::size_t calls = 0) {
    now = now + time;
    return on(EngineTime{calls});
  }
  void serve() {
    ASSERT_EQ(on(EngineWanted{}), "start");
    ASSERT_EQ(after(seconds(1)), "ask");
    ASSERT_EQ(on(HealthAnswered{true}), "open");
    ASSERT_EQ(on(EngineOpened{}), "");
    ASSERT_TRUE(life.is_serving());
  }
  EngineLife life{rules()};
  Duration now = seconds(100);
  std::string failed;
  bool may_get_better = false;
};

TEST_F(Life, AsksUntilItIsWell) {
  EXPECT_EQ(on(EngineWanted{}), "start");
  EXPECT_EQ(on(EngineWanted{}), "") << "one is enough";
  EXPECT_EQ(life.wake_at(), now + seconds(1));
  EXPECT_EQ(after(seconds(1)), "ask");
  EXPECT_EQ(after(seconds(1)), "") << "an answer is awaited";
  EXPECT_EQ(on(HealthAnswered{false}), "");
  EXPECT_EQ(after(seconds(1)), "ask");
  EXPECT_EQ(on(HealthAnswered{true}), "open");
  EXPECT_FALSE(life.is_serving());
  EXPECT_EQ(on(EngineOpened{}), "");
  EXPECT_TRUE(life.is_serving());
  EXPECT_EQ(life.start_took(), seconds(3));
}

TEST_F(Life, GivesUpOneThatIsNotReadyInTime) {
  on(EngineWanted{});
  for (int i = 0; i < 29; ++i) {
    EXPECT_EQ(after(seconds(1)), "ask");
    on(HealthAnswered{false});
  }
  EXPECT_EQ(after(seconds(1)), "kill");
  EXPECT_EQ(failed, "it was not ready within 30 s, and was killed");
  EXPECT_FALSE(may_get_better);
  EXPECT_EQ(on(ProcessEnded{EngineEnd::killed, "by us"}), "");
  EXPECT_EQ(failed, "") << "it was told";
  EXPECT_EQ(after(seconds(100)), "") << "nobody wants it";
}

TEST_F(Life, AnEndBeforeItIsReadyIsFinalUnlessSomebodyElseIsToBlame) {
  on(EngineWanted{});
  EXPECT_EQ(on(ProcessEnded{EngineEnd::killed, "killed"}), "start");
  EXPECT_EQ(on(ProcessEnded{EngineEnd::port_taken, "port"}), "start");
  EXPECT_EQ(on(ProcessEnded{EngineEnd::exited, "it exited with code 3"}), "");
  EXPECT_EQ(failed, "before it was ready it exited with code 3");
  EXPECT_FALSE(may_get_better);
  EXPECT_EQ(life.starts(), 3U);
}

TEST_F(Life, TriesAgainAreBounded) {
  on(EngineWanted{});
  EXPECT_EQ(on(ProcessEnded{EngineEnd::killed, "killed"}), "start");
  EXPECT_EQ(on(ProcessEnded{EngineEnd::killed, "killed"}), "start");
  EXPECT_EQ(on(ProcessEnded{EngineEnd::keeper_lost, "killed"}), "");
  EXPECT_EQ(failed, "before it was ready killed");
  EXPECT_TRUE(may_get_better);
  now = now + seconds(10);
  EXPECT_EQ(on(EngineWanted{}), "start");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(on(ProcessEnded{EngineEnd::port_taken, "p"}), "start");
  EXPECT_EQ(on(ProcessEnded{EngineEnd::port_taken, "p"}), "");
  EXPECT_TRUE(may_get_better);
}

TEST_F(Life, WhatServesAnotherModelIsKilledAndFinal) {
  on(EngineWanted{});
  after(seconds(1));
  on(HealthAnswered{true});
  EXPECT_EQ(on(EngineOpened{"another model"}), "kill");
  EXPECT_EQ(failed, "another model");
  EXPECT_FALSE(may_get_better);
}

TEST_F(Life, AnEndWithCallsLosesThemAndIsPausedAfter) {
  serve();
  after(seconds(1), 3);
  EXPECT_EQ(on(ProcessEnded{EngineEnd::crashed, "signal 11"}), "");
  EXPECT_EQ(failed, "signal 11");
  EXPECT_TRUE(may_get_better);
  EXPECT_EQ(on(EngineWanted{}), "") << "whoever was told loads it again";
  EXPECT_EQ(life.wake_at(), now + seconds(6));
  EXPECT_EQ(after(seconds(6), 1), "start");
}

TEST_F(Life, AnEndWithoutCallsIsNoFailure) {
  serve();
  after(seconds(1));
  EXPECT_EQ(on(ProcessEnded{EngineEnd::crashed, "signal 11"}), "");
  EXPECT_EQ(failed, "");
  EXPECT_EQ(after(seconds(1)), "");
  EXPECT_EQ(on(EngineWanted{}), "start") << "at once";
}

TEST_F(Life, StopsWhenIdleAndStartsAtTheNextCall) {
  serve();
  EXPECT_EQ(after(seconds(59)), "");
  EXPECT_EQ(after(seconds(0), 1), "");
  EXPECT_EQ(after(seconds(5), 0), "") << "idle from here on";
  EXPECT_EQ(after(seconds(59)), "");
  EXPECT_EQ(after(seconds(1)), "stop");
  EXPECT_EQ(on(EngineWanted{}), "") << "a call while it stops waits";
  EXPECT_EQ(on(ProcessEnded{EngineEnd::exited, "code 0"}), "start");
  EXPECT_EQ(failed, "");
}

TEST_F(Life, OneThatSaysNothingIsAskedAndKilled) {
  serve();
  EXPECT_EQ(after(seconds(1), 2), "");
  EXPECT_EQ(after(seconds(9), 2), "");
  EXPECT_EQ(after(seconds(1), 2), "ask");
  EXPECT_EQ(on(HealthAnswered{true}), "") << "slow, but well";
  EXPECT_EQ(after(seconds(9), 2), "");
  on(CallAnswered{});
  EXPECT_EQ(after(seconds(9), 2), "");
  EXPECT_EQ(after(seconds(1), 2), "ask");
  EXPECT_EQ(on(HealthAnswered{false}), "kill");
  EXPECT_EQ(failed,
            "it gave no answer for 10 s and none at its health route: it hangs, and was killed");
  EXPECT_TRUE(may_get_better);
  on(ProcessEnded{EngineEnd::killed, "by us"});
  EXPECT_EQ(failed, "");
  EXPECT_EQ(after(seconds(6), 1), "start");
}

TEST_F(Life, ACallThatTimesOutHasItAskedAtOnce) {
  serve();
  after(seconds(1), 2);
  EXPECT_EQ(on(CallTimedOut{}), "ask");
  EXPECT_EQ(on(CallTimedOut{}), "");
  EXPECT_EQ(on(HealthAnswered{false}), "kill");
}

}  // namespace
}  // namespace gwageo
