#include "worker/paced_engine.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/worker/test_clock.h"

namespace gwageo {
namespace {

using testing::TestClock;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct Paced : ::testing::Test {
  Status load(PacedEngine& engine, std::map<std::string, std::string> options) {
    return engine.load({"paced", {}, "paced", "", std::move(options)});
  }
  // Tokens that complete now, in order.
  static std::vector<std::uint64_t> done(PacedEngine& engine) {
    std::vector<std::uint64_t> tokens;
    for (const Completion& each : engine.step()) tokens.push_back(each.token);
    return tokens;
  }
  static Call call(std::uint64_t token, RequestKind kind = RequestKind::generate,
                   std::string prompt = "p") {
    Call made{token, "T", "i", 0, 0, {}};
    made.request.kind = kind;
    made.request.prompt = std::move(prompt);
    if (kind == RequestKind::likelihood) made.request.continuation = "xyz";
    return made;
  }
  using Tokens = std::vector<std::uint64_t>;
  TestClock clock;
};

TEST_F(Paced, ServesSoManyAtATimeForSoLong) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {{"milliseconds", "2.5"}, {"in_flight", "2"}}));
  EXPECT_EQ(engine.calls_in_flight(), 2u);
  for (std::uint64_t i = 1; i <= 5; ++i) engine.start(call(i));
  EXPECT_EQ(done(engine), Tokens{});
  clock.now = microseconds(2499);
  EXPECT_EQ(done(engine), Tokens{});
  clock.now = microseconds(2500);
  EXPECT_EQ(done(engine), (Tokens{1, 2}));
  // A late look changes nothing: 3 and 4 began when 1 and 2 ended, and 5 after them.
  clock.now = microseconds(7499);
  EXPECT_EQ(done(engine), (Tokens{3, 4}));
  clock.now = microseconds(7500);
  EXPECT_EQ(done(engine), (Tokens{5}));
}

TEST_F(Paced, ASlowedOneTakesSoManyTimesAsLong) {
  PacedEngine engine(clock, 20);
  ASSERT_TRUE(load(engine, {{"milliseconds", "2"}}));
  engine.start(call(1));
  clock.now = microseconds(39999);
  EXPECT_EQ(done(engine), Tokens{});
  clock.now = microseconds(40000);
  EXPECT_EQ(done(engine), Tokens{1});
}

TEST_F(Paced, ZeroMillisecondsIsAtOnce) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {}));
  for (std::uint64_t i = 1; i <= 100; ++i) engine.start(call(i));
  engine.wait(seconds(3600));
  EXPECT_EQ(done(engine).size(), 100u);
}

TEST_F(Paced, AnswersDependOnTheRequestAlone) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {{"bytes", "100"}}));
  engine.start(call(1));
  engine.start(call(2));
  engine.start(call(3, RequestKind::generate, "q"));
  engine.start(call(4, RequestKind::likelihood));
  engine.start(call(5, RequestKind::likelihood, "q"));
  const auto answers = engine.step();
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ(answers[0].response, answers[1].response);
  EXPECT_NE(answers[0].response.text, answers[2].response.text);
  EXPECT_EQ(answers[0].response.text.size(), 100u);
  for (const char c : answers[0].response.text) EXPECT_TRUE(c >= ' ' && c <= '~');
  EXPECT_LE(answers[3].response.log_probability, -1);
  EXPECT_GT(answers[3].response.log_probability, -11);
  EXPECT_NE(answers[3].response.log_probability, answers[4].response.log_probability);
  EXPECT_EQ(answers[3].response.tokens, 3u);
}

TEST_F(Paced, SaysTheTextItIsGiven) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {{"text", "42"}}));
  engine.start(call(1));
  EXPECT_EQ(engine.step().front().response.text, "42");
}

TEST_F(Paced, CancelsWhatRunsAndWhatWaits) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {{"milliseconds", "1000"}, {"in_flight", "1"}}));
  engine.start(call(1));
  engine.start(call(2));
  engine.cancel_all();
  engine.wait(seconds(3600));
  const auto cancelled = engine.step();
  ASSERT_EQ(cancelled.size(), 2u);
  for (const Completion& each : cancelled) EXPECT_EQ(each.response.outcome, Outcome::cancelled);
  clock.now = seconds(5);
  EXPECT_EQ(done(engine), Tokens{});
}

TEST_F(Paced, WakeEndsAWait) {
  PacedEngine engine(clock);
  ASSERT_TRUE(load(engine, {{"milliseconds", "3600000"}}));
  engine.start(call(1));
  engine.wake();
  engine.wait(seconds(3600));
  EXPECT_EQ(done(engine), Tokens{});
}

TEST_F(Paced, RefusesSenselessOptions) {
  const auto error = [&](std::map<std::string, std::string> options) {
    PacedEngine engine(clock);
    const Status loaded = load(engine, std::move(options));
    return loaded ? std::string("loaded") : loaded.error().message;
  };
  EXPECT_HAS(error({{"speed", "1"}}), "unknown option \"speed\"");
  EXPECT_HAS(error({{"milliseconds", "-1"}}), "option milliseconds=-1 must be a number from 0");
  EXPECT_HAS(error({{"milliseconds", "nan"}}), "milliseconds=nan");
  EXPECT_HAS(error({{"milliseconds", "1x"}}), "milliseconds=1x");
  for (const std::string load : {"86400001", "1e300", "-5", "nan"}) {
    EXPECT_HAS(error({{"load_milliseconds", load}}), "option load_milliseconds=" + load + " must");
    const Status checked = check_paced({"paced", {}, "paced", "", {{"load_milliseconds", load}}});
    ASSERT_FALSE(checked);
    EXPECT_HAS(checked.error().message, "load_milliseconds=" + load);
  }
  EXPECT_TRUE(check_paced({"paced", {}, "paced", "", {{"load_milliseconds", "86400000"}}}));
  EXPECT_HAS(error({{"in_flight", "0"}}), "in_flight=0 must be a whole number from 1");
  EXPECT_HAS(error({{"text", "a"}, {"bytes", "1"}}), "exclude each other");
}

TEST_F(Paced, MakeEngineKnowsItsKinds) {
  for (const char* kind : {"builtin", "openai", "process", "recorded", "paced"})
    EXPECT_TRUE(make_engine(kind, clock, {}));
  const auto unknown = make_engine("openai-2", clock, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message,
            "unknown engine \"openai-2\"; known: builtin, openai, paced, process, recorded");
}

}  // namespace
}  // namespace gwageo
