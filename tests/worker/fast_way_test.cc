#include "worker/fast_way.h"

#include <gtest/gtest.h>

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

/// Open, with answers that wait, from number 1 on.
FastWay way_with(std::uint64_t answers) {
  FastWay way;
  way.path = FastPath(7);
  for (std::uint64_t i = 1; i <= answers; ++i) way.hold(call_of(i), sum_of(-1), Duration{});
  return way;
}

std::vector<std::uint64_t> call_tokens_of(const std::vector<HeldAnswer>& answers) {
  std::vector<std::uint64_t> tokens;
  for (const HeldAnswer& each : answers) tokens.push_back(each.call.token);
  return tokens;
}

using CallTokens = std::vector<std::uint64_t>;

TEST(FastWay, AnswersWaitForAGoodComparisonThatWasDrawnAfterThem) {
  FastWay way = way_with(3);
  const std::uint64_t good_for = way.last();
  way.hold(call_of(4), sum_of(-1), Duration{});
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

TEST(FastWay, DrawsWhenManyWaitOrNothingElseDoes) {
  EXPECT_FALSE(way_with(0).draw(false));
  EXPECT_FALSE(way_with(FastWay::held_max - 1).draw(true));
  EXPECT_TRUE(way_with(FastWay::held_max).draw(true));
  FastWay way = way_with(2);
  const auto drawn = way.draw(false);
  ASSERT_TRUE(drawn);
  EXPECT_EQ(call_tokens_of(way.take_all()), CallTokens{3 - drawn->call.token});
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
