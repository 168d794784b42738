#include "worker/fast_way.h"

#include <gtest/gtest.h>

#include <set>

#include "worker/caught_ways.h"

namespace gwageo {
namespace {

Response sum_of(double log_probability) {
  Response response;
  response.log_probability = log_probability;
  response.tokens = 1;
  return response;
}

Call call_of(std::uint64_t token) {
  Call call;
  call.token = token;
  return call;
}

/// An answer to one call.
void hold(FastWay& way, std::uint64_t token) {
  way.hold({call_of(token)}, {sum_of(-1)}, Duration{});
}

/// Open, with answers that wait, from number 1 on.
FastWay way_with(std::uint64_t answers) {
  FastWay way;
  way.path = FastPath(7);
  for (std::uint64_t i = 1; i <= answers; ++i) hold(way, i);
  return way;
}

std::vector<std::uint64_t> call_tokens_of(const std::vector<HeldAnswer>& answers) {
  std::vector<std::uint64_t> tokens;
  for (const HeldAnswer& each : answers) {
    for (const Call& call : each.calls) tokens.push_back(call.token);
  }
  return tokens;
}

using CallTokens = std::vector<std::uint64_t>;

TEST(FastWay, AnswersWaitForAGoodComparisonThatWasDrawnAfterThem) {
  FastWay way = way_with(3);
  const std::uint64_t good_for = way.last();
  hold(way, 4);
  const HeldAnswers ended = way.end_comparison(good_for, {sum_of(-2)}, {sum_of(-2)});
  EXPECT_EQ(call_tokens_of(ended.handed_in), (CallTokens{1, 2, 3}));
  EXPECT_TRUE(ended.asked_again.empty());
  EXPECT_EQ(way.handed_in(), 3u);
  EXPECT_EQ(call_tokens_of(way.take_all()), CallTokens{4});
}

TEST(FastWay, WhatWaitsIsAskedAgainWhenTheWayIsCaught) {
  FastWay way = way_with(2);
  const HeldAnswers ended = way.end_comparison(way.last(), {sum_of(-2)}, {sum_of(-3)});
  EXPECT_TRUE(ended.handed_in.empty());
  EXPECT_EQ(call_tokens_of(ended.asked_again), (CallTokens{1, 2}));
  EXPECT_FALSE(way.path.is_open());
  FastWay other = way_with(2);
  EXPECT_EQ(call_tokens_of(other.close("no numbers")), (CallTokens{1, 2}));
  EXPECT_EQ(other.handed_in(), 0u);
}

TEST(FastWay, AComparisonWithoutAnAnswerOfTheSlowWayLetsNothingThrough) {
  FastWay way = way_with(2);
  Response failed;
  failed.outcome = Outcome::engine_failed;
  const HeldAnswers ended = way.end_comparison(way.last(), {sum_of(-2)}, {failed});
  EXPECT_TRUE(ended.handed_in.empty() && ended.asked_again.empty());
  EXPECT_EQ(call_tokens_of(way.take_all()), (CallTokens{1, 2}));
}

// A server that is wrong when it is asked first and right when it is asked again: a prefix that is
// in its cache by then, say.
TEST(FastWay, WhatWasDrawnHasToBeRightAsWell) {
  FastWay way = way_with(2);
  const HeldAnswers ended =
      way.end_comparison(way.last(), {sum_of(-2)}, {sum_of(-2)}, {sum_of(-3)});
  EXPECT_TRUE(ended.handed_in.empty());
  EXPECT_EQ(call_tokens_of(ended.asked_again), (CallTokens{1, 2}));
  EXPECT_EQ(way.path.closed_because(), "the fast way gave log-probability -3, and the slow one -2");
  FastWay right = way_with(2);
  EXPECT_EQ(right.end_comparison(2, {sum_of(-2)}, {sum_of(-2)}, {sum_of(-2)}).handed_in.size(), 2u);
}

// Of a question that was compared in part the rest may be wrong.
TEST(FastWay, AComparisonOfAPartVouchesForNothing) {
  FastWay way = way_with(2);
  Response failed;
  failed.outcome = Outcome::engine_failed;
  const HeldAnswers ended =
      way.end_comparison(way.last(), {sum_of(-2), sum_of(-2)}, {sum_of(-2), failed});
  EXPECT_TRUE(ended.handed_in.empty() && ended.asked_again.empty());
  // What has no fast answer was left to the slow way.
  const HeldAnswers next =
      way.end_comparison(way.last(), {sum_of(-2), std::nullopt}, {sum_of(-2), failed});
  EXPECT_EQ(call_tokens_of(next.handed_in), (CallTokens{1, 2}));
}

TEST(FastWay, DrawsWhenManyWaitOrNothingElseDoes) {
  EXPECT_FALSE(way_with(0).draw(false));
  EXPECT_FALSE(way_with(FastWay::held_max - 1).draw(true));
  FastWay way = way_with(2);
  const auto drawn = way.draw(false);
  ASSERT_TRUE(drawn);
  EXPECT_EQ(drawn->number, 2u) << "the last";
  EXPECT_TRUE(way.holds_any());
  EXPECT_EQ(call_tokens_of(way.take_all()), CallTokens{1});
  EXPECT_FALSE(way.holds_any());
}

// Else what waits would be no less after a good comparison.
TEST(FastWay, DrawsAnyOfTheLaterHalfWhileCallsWait) {
  std::set<std::uint64_t> drawn;
  FastWay way = way_with(FastWay::held_max);
  for (std::uint64_t i = FastWay::held_max + 1; i < 1000; ++i) {
    const std::optional<HeldAnswer> answer = way.draw(true);
    ASSERT_TRUE(answer);
    std::vector<HeldAnswer> rest = way.take_all();
    drawn.insert(answer->number - rest.front().number);
    for (HeldAnswer& each : rest) way.hold(std::move(each.calls), each.responses, Duration{});
    hold(way, i);
  }
  EXPECT_EQ(*drawn.begin(), FastWay::held_max / 2);
  EXPECT_EQ(*drawn.rbegin(), FastWay::held_max - 1);
  EXPECT_EQ(drawn.size(), FastWay::held_max / 2) << "each of them, some time";
}

/// The answers to questions of four choices by a server that is wrong about one of the four, now
/// this and now that, in every answer that it gives from the k-th on. Its last few answers come in
/// any order, here backwards, as those do that are under way together.
struct TurningServer {
  static constexpr std::size_t choices = 4;
  static constexpr std::uint64_t together = 8;

  std::vector<Response> answer() {
    ++given;
    std::vector<Response> numbers(choices, sum_of(-1));
    if (given >= lies_from) numbers[given % choices] = sum_of(-2);
    return numbers;
  }
  /// Asks and compares one of those that wait, as the engine does.
  void compare(bool is_any_call_waiting) {
    std::optional<HeldAnswer> drawn = way.draw(is_any_call_waiting);
    if (!drawn) return;
    if (way.holds_any()) drawn->responses = answer();
    const HeldAnswers ended = way.end_comparison(
        drawn->number, {drawn->responses.begin(), drawn->responses.end()}, honest);
    for (const HeldAnswer& each : ended.handed_in) {
      handed_in += each.calls.size();
      for (const Response& number : each.responses) wrong += number == honest[0] ? 0 : 1;
    }
    compared += choices;
    asked_again += calls_in(ended.asked_again);
  }
  void ask_together() {
    std::vector<std::vector<Response>> answers;
    for (std::uint64_t i = 0; i < together; ++i) answers.push_back(answer());
    for (; !answers.empty() && way.path.is_open(); answers.pop_back()) {
      way.hold(std::vector<Call>(choices), std::move(answers.back()), Duration{});
      compare(true);
    }
    asked_again += answers.size() * choices;
  }

  FastWay way;
  std::uint64_t lies_from = 0;
  const std::vector<Response> honest = std::vector<Response>(choices, sum_of(-1));
  std::uint64_t given = 0;
  std::size_t handed_in = 0, wrong = 0, compared = 0, asked_again = 0;
};

TEST(FastWay, OfAServerThatTurnsWrongNoWrongAnswerIsHandedIn) {
  constexpr std::uint64_t last = 400;
  for (std::uint64_t k = 1; k <= last; ++k) {
    TurningServer server;
    server.way.path = FastPath(k);
    server.lies_from = k;
    std::size_t asked = 0;
    for (; server.way.path.is_open() && server.given < last; asked += server.together) {
      server.ask_together();
    }
    while (server.way.holds_any()) server.compare(false);
    EXPECT_EQ(server.wrong, 0u) << "from " << k;
    EXPECT_FALSE(server.way.path.is_open()) << "from " << k;
    EXPECT_EQ(server.handed_in + server.compared + server.asked_again, asked * server.choices);
  }
}

TEST(CaughtWays, AreKnownByProfileAndWay) {
  CaughtWays caught;
  const ModelSpec model{"m", {}, "process", "/models/m", {{"template", "vllm"}}};
  ModelSpec other = model;
  other.path = "/models/other";
  EXPECT_EQ(engine_profile(model), engine_profile(other)) << "the server is the same";
  caught.add(engine_profile(model), "questions_whole", "wrong");
  EXPECT_EQ(caught.reason(engine_profile(other), "questions_whole"), "wrong");
  EXPECT_EQ(caught.reason(engine_profile(other), "continuations_only"), "");
  other.options["context"] = "8192";
  EXPECT_EQ(caught.reason(engine_profile(other), "questions_whole"), "");
  const ModelSpec here{"m", {}, "openai", "http://a/v1", {}};
  ModelSpec there = here;
  there.path = "http://b/v1";
  EXPECT_NE(engine_profile(here), engine_profile(there));
}

TEST(CaughtWays, SoManyAreRemembered) {
  CaughtWays caught;
  for (std::size_t i = 0; i <= CaughtWays::remembered_max; ++i) {
    caught.add(std::to_string(i), "way", "wrong");
  }
  std::size_t known = 0;
  for (std::size_t i = 0; i <= CaughtWays::remembered_max; ++i) {
    known += caught.reason(std::to_string(i), "way").empty() ? 0 : 1;
  }
  EXPECT_EQ(known, CaughtWays::remembered_max);
}

}  // namespace
}  // namespace gwageo
