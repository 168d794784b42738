#include "benchmarks/scorecard.h"

#include <gtest/gtest.h>

#include "benchmarks/total.h"
#include "protocol/bytes.h"
#include "protocol/digest.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

Scorecard sample_card() {
  const Suite suite =
      scoring::suite({{"korean", 2}, {"reasoning", 1}},
                     {scoring::task("k", "korean", OutputType::generate_until, "exact_match"),
                      scoring::task("r", "reasoning", OutputType::generate_until, "exact_match")});
  return scoring::card(suite, {{1, 1, 0, 1}, {1}});
}

TEST(Scorecard, ComesBackFromItsBytes) {
  Scorecard card = sample_card();
  card.tasks[0].items[1].predicted = -1;
  card.unscored = 1;
  const std::string bytes = encode(card);
  const Scorecard back = decode_scorecard(bytes).value();
  EXPECT_EQ(encode(back), bytes);
  EXPECT_EQ(back.total_exact, (Fraction{5, 6}));
  EXPECT_EQ(back.tasks[0].items[1].predicted, -1);
  EXPECT_EQ(back.unscored, 1U);
  EXPECT_FALSE(back.tasks[1].metrics[0].standard_error.has_value());
  EXPECT_EQ(to_json(back), to_json(card));
}

TEST(Scorecard, ClustersTakeALayoutOfTheirOwn) {
  Scorecard card = sample_card();
  const std::string plain = encode(card);
  EXPECT_EQ(plain[0], 3);
  card.tasks[0].items[2].cluster = 7;
  const std::string clustered = encode(card);
  EXPECT_EQ(clustered[0], 4);
  EXPECT_EQ(clustered.size(), plain.size() + 5 * 8);
  EXPECT_EQ(decode_scorecard(clustered)->tasks[0].items[2].cluster, 7U);
  EXPECT_EQ(encode(*decode_scorecard(clustered)), clustered);
  std::string pretends = plain;
  pretends[0] = 4;
  EXPECT_FALSE(decode_scorecard(pretends).has_value());
}

TEST(Scorecard, WhatIsBetterTheLessItIsHasNoPartInAxesAndTotals) {
  Suite suite = scoring::suite(
      {{"korean", 1}}, {scoring::task("k", "korean", OutputType::generate_until, "exact_match"),
                        scoring::task("p", "korean", OutputType::loglikelihood, "perplexity")});
  Scorecard card;
  for (const char* name : {"exact_match", "perplexity"}) {
    TaskScore& task = card.tasks.emplace_back();
    task.axis = "korean";
    MetricScore& score = task.metrics.emplace_back();
    score.name = name;
    score.n = 4;
    score.value = card.tasks.size() == 1 ? 0.25 : 20;
    score.standard_error = 0.5;
    score.higher_is_better = card.tasks.size() == 1;
  }
  const std::vector<AxisScore> axes = axis_scores(suite, card.tasks);
  ASSERT_EQ(axes.size(), 1u);
  EXPECT_EQ(axes[0].value, 0.25);
  EXPECT_EQ(axes[0].standard_error, 0.5);
  EXPECT_EQ(total_score(suite, card.tasks)->value, 0.25);
  card.tasks[0].metrics[0].higher_is_better = false;
  EXPECT_TRUE(axis_scores(suite, card.tasks).empty());
  EXPECT_FALSE(total_score(suite, card.tasks));
}

TEST(Scorecard, EveryCutAndEveryFlipIsSafe) {
  const std::string bytes = encode(sample_card());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_scorecard(std::string_view(bytes).substr(0, size)).has_value());
  }
  EXPECT_FALSE(decode_scorecard(bytes + "x").has_value());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto decoded = decode_scorecard(flipped);
      // What is accepted has one encoding: the bytes it came from.
      if (!decoded) continue;
      EXPECT_EQ(encode(*decoded), flipped) << i;
    }
  }
}

TEST(Scorecard, CountsThatCannotBeAreRefused) {
  Scorecard card = sample_card();
  card.unscored = 6;  // Of five.
  EXPECT_FALSE(decode_scorecard(encode(card)));
  card.unscored = 0;
  card.outcomes[0] = 6;
  EXPECT_FALSE(decode_scorecard(encode(card)));
}

TEST(Scorecard, BytesOfTheSecondLayoutAreRead) {
  const Scorecard card = sample_card();
  std::string bytes = encode(card);
  bytes[0] = 2;
  bytes.erase(1 + 8 + 7 * 8, 8);  // It has no unscored items.
  EXPECT_EQ(encode(decode_scorecard(bytes).value()), encode(card));
}

TEST(Scorecard, BytesOfTheFirstLayoutAreRead) {
  // Layout 1 of {one item of one task, right}.
  ByteWriter out;
  out.u8(1);
  out.u64(1);
  out.u64(1);
  for (int i = 0; i < 6; ++i) out.u64(0);
  out.u32(1);
  out.text("k");
  out.text("korean");
  out.u32(1);
  out.text("f1");
  out.f64(0.5);
  out.u8(1);
  out.f64(0.25);
  out.u64(1);
  out.u8(0);
  out.u8(1);
  out.u32(0);
  out.u32(1);
  out.digest(sha256("item"));
  out.u32(0);
  out.f64(1);
  out.u32(1);
  out.u32(1);
  out.u32(0);
  out.u8(0);
  out.u8(0);
  const Scorecard card = decode_scorecard(out.take()).value();
  const MetricScore& score = card.tasks[0].metrics[0];
  EXPECT_EQ(score.standard_error, 0.25);
  EXPECT_FALSE(score.bootstrap_error.has_value());
  EXPECT_EQ(score.error(), 0.25);
  EXPECT_EQ(card.tasks[0].items[0].weight, 1U);
  EXPECT_EQ(encode(decode_scorecard(encode(card)).value()), encode(card));
}

TEST(Scorecard, HugeCountsAllocateNothing) {
  std::string bytes = encode(sample_card());
  // The number of tasks follows the version, the items and eight counts.
  const std::size_t at = 1 + 8 + 8 * 8;
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(0xFF);
  EXPECT_EQ(decode_scorecard(bytes).error().kind, ErrorKind::corrupt);
}

TEST(Scorecard, JsonHasTheFixedKeys) {
  EXPECT_EQ(to_json(sample_card()).dump(),
            R"json({"coverage":{"items":5,"answered":5,"truncated":0,)json"
            R"json("unscored":0,"failed":0,"cancelled":0},)json"
            R"json("tasks":{"k":{"exact_match":{"value":0.75,"stderr":0.25,"n":4}},)json"
            R"json("r":{"exact_match":{"value":1.0,"stderr":null,"n":1}}},)json"
            R"json("axes":{"korean":{"value":0.75,"stderr":0.25},)json"
            R"json("reasoning":{"value":1.0,"stderr":null}},)json"
            R"json("total":0.8333333333333334,"total_exact":"5/6"})json");
}

TEST(Scorecard, JsonOfMissingScoresIsNull) {
  const Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  EXPECT_EQ(to_json(scoring::card(suite, {{-1}})).dump(),
            R"json({"coverage":{"items":1,"answered":0,"truncated":0,)json"
            R"json("unscored":0,"failed":1,"cancelled":0},)json"
            R"json("tasks":{"t":{"exact_match":{"value":null,"stderr":null,"n":0}}},)json"
            R"json("axes":{},"total":null,"total_exact":null})json");
}

}  // namespace
}  // namespace gwageo
