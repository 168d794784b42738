// A suite that is asked again: what is asked, and what several rounds come to.
#include "benchmarks/rounds.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "benchmarks/evaluate.h"
#include "benchmarks/verdict.h"
#include "protocol/request.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/memory_files.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::first_right;
using judging::model;
using judging::says;
using judging::scored;
using judging::target;
using judging::two_axes;

const char* const two_tasks =
    "suite: s\nversion: 1\naxes: {a: {}}\ntasks:\n"
    "  - task: free\n    axis: a\n    output_type: generate_until\n    repeats: 2\n"
    "    dataset_kwargs: {data_files: d.jsonl}\n    doc_to_text: '{{q}}'\n"
    "    doc_to_target: '{{q}}'\n"
    "    generation_kwargs: {until: ['.'], max_gen_toks: 8, do_sample: true, temperature: 0.7}\n"
    "    metric_list: [{metric: exact_match}]\n"
    "  - task: choice\n    axis: a\n    output_type: multiple_choice\n"
    "    dataset_kwargs: {data_files: d.jsonl}\n    doc_to_text: '{{q}}'\n"
    "    doc_to_choice: [x, y]\n    doc_to_target: 0\n"
    "    metric_list: [{metric: acc}]\n";

using Rounded = std::vector<const Scorecard*>;

struct RoundRendered {
  Suite suite;
  std::vector<PlanEntry> entries;
};

RoundRendered rendered_in_round(const std::string& text, std::uint32_t round) {
  const MemoryFiles files = {{"s.yaml", text}, {"d.jsonl", "{\"id\":1,\"q\":\"one\"}\n"}};
  auto suite = load_suite("s.yaml", files);
  EXPECT_TRUE(suite) << (suite ? "" : suite.error().message);
  RoundRendered out{*suite, {}};
  const Status status = render_plan(
      *suite, files,
      [&](PlanEntry entry) -> Status {
        out.entries.push_back(std::move(entry));
        return {};
      },
      round);
  EXPECT_TRUE(status);
  return out;
}

TEST(Rounds, ARoundAsksWhatGeneratesWithRepeatsAndSeedsThatCountOn) {
  const std::vector<PlanEntry> first = rendered_in_round(two_tasks, 0).entries;
  ASSERT_EQ(first.size(), 3U);
  const std::vector<PlanEntry> third = rendered_in_round(two_tasks, 2).entries;
  ASSERT_EQ(third.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(first[i].repeat, i);
    EXPECT_EQ(third[i].repeat, 4 + i);
    EXPECT_EQ(decode_request(first[i].requests[0])->seed, 1234U + i);
    EXPECT_EQ(decode_request(third[i].requests[0])->seed, 1238U + i);
    EXPECT_EQ(third[i].item_digest, first[i].item_digest);  // So it is paired with itself.
  }
}

TEST(Rounds, ASuiteThatOnlyWeighsChoicesIsAskedAllOfThemAgain) {
  std::string text = two_tasks;
  text.erase(text.find("  - task: free"),
             text.find("  - task: choice") - text.find("  - task: free"));
  const std::vector<PlanEntry> again = rendered_in_round(text, 1).entries;
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].repeat, 1U);
}

TEST(Rounds, ARoundIsEvaluatedAsAnyPlanIs) {
  const RoundRendered round = rendered_in_round(two_tasks, 1);
  auto evaluator = Evaluator::create(round.suite);
  ASSERT_TRUE(evaluator);
  for (const PlanEntry& entry : round.entries) {
    Response response;
    response.text = "one";
    (*evaluator)->add(entry, std::array{response});
  }
  const Scorecard card = (*evaluator)->finish();
  EXPECT_EQ(card.item_count, 1U);  // Two repeats of one item.
  ASSERT_EQ(card.tasks[0].items.size(), 1U);
  EXPECT_EQ(card.tasks[0].items[0].value, 1);
  EXPECT_EQ(card.tasks[0].items[0].repeat, 0U);
  EXPECT_TRUE(card.tasks[1].items.empty());
}

TEST(Rounds, AnItemIsWorthTheMeanOfItsRounds) {
  const Suite suite = two_axes();
  const Scorecard first = scored(6, 4, 10);
  const Scorecard second = scored(8, 4, 10);
  const Scorecard third = scored(9, 4, 10);
  const Rounded rounds{&first, &second, &third};
  const Scorecard mean = mean_of_rounds(suite, rounds);
  EXPECT_EQ(mean.tasks[0].metrics[0].exact, (Fraction{23, 30}));
  EXPECT_DOUBLE_EQ(mean.tasks[0].metrics[0].value, 23.0 / 30);
  EXPECT_DOUBLE_EQ(mean.tasks[0].items[5].value, 1);
  EXPECT_DOUBLE_EQ(mean.tasks[0].items[6].value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(mean.tasks[0].items[8].value, 1.0 / 3);
  // (2 * 23/30 + 2/5) / 3
  EXPECT_EQ(mean.total_exact, (Fraction{29, 45}));
  EXPECT_EQ(mean.item_count, first.item_count);
  EXPECT_EQ(encode(mean_of_rounds(suite, Rounded{&first})), encode(first));
}

TEST(Rounds, WhatARoundDidNotScoreIsLeftOutOfThatRoundAlone) {
  const Suite suite = two_axes();
  const Scorecard first = scoring::card(suite, {{1, 0, 1, 0}, {1, 1, 1, 1}});
  const Scorecard second = scoring::card(suite, {{1, 1, -1, 1}, {1, 1, 1, 1}});
  const Scorecard mean = mean_of_rounds(suite, Rounded{&first, &second});
  ASSERT_EQ(mean.tasks[0].items.size(), 4U);
  EXPECT_EQ(mean.tasks[0].items[2].value, 1);
  EXPECT_EQ(mean.tasks[0].items[3].value, 0.5);
  EXPECT_DOUBLE_EQ(mean.tasks[0].metrics[0].value, (1 + 0.5 + 1 + 0.5) / 4);
  EXPECT_FALSE(mean.tasks[0].metrics[0].exact);  // The rounds are not of the same items.
  // What the first has no score for stays without.
  const Scorecard other = mean_of_rounds(suite, Rounded{&second, &first});
  EXPECT_EQ(other.tasks[0].items.size(), 3U);
  EXPECT_FALSE(other.total);
}

TEST(Rounds, ATaskWithoutARoundStaysAsItIs) {
  const Suite suite = two_axes();
  const Scorecard first = scored(5, 3, 10);
  Scorecard again = scored(7, 0, 10);
  again.tasks[1].items.clear();
  const Scorecard mean = mean_of_rounds(suite, Rounded{&first, &again});
  EXPECT_EQ(mean.tasks[0].metrics[0].exact, (Fraction{3, 5}));
  EXPECT_EQ(mean.tasks[1].metrics[0].exact, (Fraction{3, 10}));
  EXPECT_TRUE(mean.total);
}

TEST(Rounds, TheErrorThatIsAllowedIsDividedAmongTheLooks) {
  EXPECT_EQ(confidence_of_a_look(target("confidence: 0.95\n")), 0.95);
  const Target settled = target("settle: {rounds: 4, requests: 10}\n");
  EXPECT_DOUBLE_EQ(confidence_of_a_look(settled), 0.99);
  const Scorecard reference = scored(60, 60, 100);
  const Scorecard candidate = scored(64, 64, 100);
  const std::vector<JudgedModel> cohort{model("r", &reference)};
  const Verdict once = judge(target(""), two_axes(), model("c", &candidate), cohort);
  const Verdict look = judge(settled, two_axes(), model("c", &candidate), cohort);
  EXPECT_LT(*look.low, *once.low);
  EXPECT_GT(*look.high, *once.high);
  Target strict = target("confidence: 0.99\n");
  EXPECT_EQ(*judge(strict, two_axes(), model("c", &candidate), cohort).low, *look.low);
  EXPECT_TRUE(says(look, "up to 5 looks are allowed, each at confidence 0.99,"));
}

TEST(Rounds, ATargetSaysHowFarItGoes) {
  const auto refused = [](const std::string& lines) {
    const auto read = load_target("t.yaml", "target: t\nsuite: small\n" + lines);
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(target("settle: {rounds: 3, requests: 7}\n").settle, (Settle{3, 7}));
  EXPECT_NE(refused("settle: {rounds: 0, requests: 7}\n"), "");
  EXPECT_NE(refused("settle: {rounds: 21, requests: 7}\n"), "");
  EXPECT_NE(refused("settle: {rounds: 3}\n").find("requests"), std::string::npos);
  EXPECT_NE(refused("settle: {rounds: 3, requests: 7, more: 1}\n"), "");
  EXPECT_NE(refused("decide: point\nsettle: {rounds: 3, requests: 7}\n").find("every verdict is"),
            std::string::npos);
  EXPECT_NE(refused("rerun: manual\nsettle: {rounds: 3, requests: 7}\n").find("rerun: automatic"),
            std::string::npos);
}

}  // namespace
}  // namespace gwageo
