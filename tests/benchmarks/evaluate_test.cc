#include "benchmarks/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "benchmarks/total.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using scoring::card;

Suite weighted() {
  Suite out = scoring::suite(
      {{"korean", 2}, {"reasoning", 1}},
      {scoring::task("particles", "korean", OutputType::generate_until, "exact_match"),
       scoring::task("idioms", "korean", OutputType::generate_until, "exact_match"),
       scoring::task("sums", "reasoning", OutputType::generate_until, "exact_match")});
  out.tasks[1].weight = 0.5;
  return out;
}

std::string refusal_of_evaluation(const Suite& suite) {
  const auto made = Evaluator::create(suite);
  return made ? "accepted" : made.error().message;
}

TEST(Evaluate, WeighsTasksIntoAxesAndAxesIntoTheTotal) {
  const Scorecard result = card(weighted(), {{1, 1, 1, 0}, {1, 0}, {1, 0, 0}});
  ASSERT_EQ(result.axes.size(), 2U);
  // korean: (1 * 3/4 + 0.5 * 1/2) / 1.5 = 2/3; reasoning: 1/3; total: (2 * 2/3 + 1/3) / 3 = 5/9.
  EXPECT_EQ(result.axes[0].value, 2.0 / 3);
  EXPECT_EQ(result.axes[1].value, 1.0 / 3);
  EXPECT_EQ(result.total, 5.0 / 9);
  EXPECT_EQ(result.total_exact, (Fraction{5, 9}));
  // Standard errors 0.25 and 0.5, weighted 1 and 0.5, over 1.5.
  EXPECT_DOUBLE_EQ(*result.axes[0].standard_error, std::sqrt(0.25 * 0.25 + 0.25 * 0.25) / 1.5);
  EXPECT_EQ(result.item_count, 9U);
}

// Probabilities 1/2, 1/4, 1/4 with the first right: 3/8. 1/2, 1/2: 1/2. 1, 0 with the second right:
// 2. Their mean is 23/24, whatever number of choices each has.
TEST(Evaluate, ABrierScoreIsTheMeanOverItemsAndWeighsNothing) {
  Suite suite =
      scoring::suite({{"korean", 1}},
                     {scoring::task("pick", "korean", OutputType::multiple_choice, "brier_score")});
  suite.tasks[0].metrics[0].aggregation = "brier_score";
  suite.tasks[0].metrics[0].higher_is_better = false;
  suite.tasks[0].score = {"brier_score", "none"};
  auto evaluator = Evaluator::create(suite).value();
  const double half = std::log(0.5);
  evaluator->add(scoring::choice(0, "a", {"x", "y", "z"}, 0),
                 scoring::likelihoods({half, 2 * half, 2 * half}));
  evaluator->add(scoring::choice(0, "b", {"x", "y"}, 1), scoring::likelihoods({half, half}));
  evaluator->add(scoring::choice(0, "c", {"x", "y"}, 1), scoring::likelihoods({0, -2000}));
  const Scorecard result = evaluator->finish();
  ASSERT_EQ(result.tasks.at(0).metrics.size(), 1U);
  EXPECT_DOUBLE_EQ(result.tasks[0].metrics[0].value, 23.0 / 24);
  EXPECT_EQ(result.tasks[0].metrics[0].n, 3U);
  EXPECT_FALSE(result.tasks[0].metrics[0].higher_is_better);
  EXPECT_FALSE(result.total.has_value());
}

TEST(Evaluate, UnscoredItemsAreNeitherRightNorWrong) {
  const Scorecard result = card(weighted(), {{1, 1, -1, 0}, {1, 0}, {1, 0, 0}});
  EXPECT_EQ(result.tasks[0].metrics[0].n, 3U);
  EXPECT_EQ(result.tasks[0].metrics[0].exact, (Fraction{2, 3}));
  EXPECT_EQ(result.tasks[0].items.size(), 3U);
  EXPECT_EQ(result.outcomes[static_cast<std::size_t>(Outcome::engine_failed)], 1U);
  EXPECT_EQ(result.axes.size(), 2U);
  EXPECT_FALSE(result.total.has_value());
  EXPECT_FALSE(result.total_exact.has_value());
}

TEST(Evaluate, WhatAFilterCannotReadIsUnscoredUnderEveryMetric) {
  Suite suite = weighted();
  suite.tasks[0].filters.push_back(
      {"slow",
       {scoring::step("regex", R"json({"regex_pattern": "(?:a|a)*(b)"})json"),
        scoring::step("take_first")}});
  std::vector<std::string> told;
  const auto evaluator = Evaluator::create(suite, [&](const ItemScores& item) {
                           EXPECT_EQ(item.has_score(), item.unscored.empty());
                           EXPECT_EQ(item.filters.empty(), !item.has_score());
                           told.emplace_back(item.unscored);
                         }).value();
  const std::string slow = std::string(60, 'a') + "xb";
  const std::vector<std::string> answers = {"b", slow, slow, "ab"};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Response said =
        scoring::text(answers[i], i == 2 ? Outcome::truncated : Outcome::answered);
    evaluator->add(scoring::question(0, std::to_string(i), {"b"}), {&said, 1});
  }
  for (std::uint32_t task = 1; task < 3; ++task) {
    const Response said = scoring::text("b");
    evaluator->add(scoring::question(task, "0", {"b"}), {&said, 1});
  }
  const Scorecard result = evaluator->finish();
  EXPECT_EQ(result.item_count, 6U);
  EXPECT_EQ(result.outcomes[static_cast<std::size_t>(Outcome::answered)], 5U);
  EXPECT_EQ(result.unscored, 2U);
  EXPECT_EQ(scored_items(result), 4U);
  ASSERT_EQ(result.tasks[0].metrics.size(), 2U);
  EXPECT_EQ(result.tasks[0].metrics[0].exact, (Fraction{1, 2}));  // "b" and "ab" as they are.
  EXPECT_EQ(result.tasks[0].metrics[1].exact, (Fraction{1, 1}));
  EXPECT_EQ(result.tasks[0].items.size(), 2U);
  EXPECT_FALSE(result.total.has_value());
  const std::vector<UnscoredItems> unscored = evaluator->unscored();
  ASSERT_EQ(unscored.size(), 1U);
  EXPECT_EQ(unscored[0].task, 0U);
  EXPECT_EQ(unscored[0].items, 2U);
  EXPECT_EQ(unscored[0].item, "1");
  EXPECT_EQ(unscored[0].reason.find("regex: gave up on a text of 62 bytes"), 0U)
      << unscored[0].reason;
  EXPECT_EQ(told[1], unscored[0].reason);
}

TEST(Evaluate, ATaskWithoutAScoreLeavesItsAxisToTheOthers) {
  const Scorecard result = card(weighted(), {{1, 0}, {-1, -1}, {-1}});
  ASSERT_EQ(result.axes.size(), 1U);
  EXPECT_EQ(result.axes[0].value, 0.5);
  EXPECT_EQ(result.tasks[1].metrics[0].n, 0U);
  EXPECT_FALSE(result.tasks[1].metrics[0].exact.has_value());
}

TEST(Evaluate, AnItemTakesTheWorstOfItsRequests) {
  const Suite suite =
      scoring::suite({{"a", 1}}, {scoring::task("t", "a", OutputType::multiple_choice, "acc")});
  const auto evaluator = Evaluator::create(suite).value();
  std::vector<Response> responses = scoring::likelihoods({-1, -2});
  evaluator->add(scoring::choice(0, "1", {"x", "y"}, 0), responses);
  responses[1].outcome = Outcome::truncated;
  evaluator->add(scoring::choice(0, "2", {"x", "y"}, 1), responses);
  responses[0].outcome = Outcome::timed_out;
  evaluator->add(scoring::choice(0, "3", {"x", "y"}, 0), responses);
  const Scorecard result = evaluator->finish();
  EXPECT_EQ(result.outcomes[static_cast<std::size_t>(Outcome::answered)], 1U);
  EXPECT_EQ(result.outcomes[static_cast<std::size_t>(Outcome::truncated)], 1U);
  EXPECT_EQ(result.outcomes[static_cast<std::size_t>(Outcome::timed_out)], 1U);
  EXPECT_EQ(result.tasks[0].metrics[0].exact, (Fraction{1, 2}));
}

TEST(Evaluate, MetricsAndFiltersAreNamedAndTheHeadlineChosen) {
  Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  Task& task = suite.tasks[0];
  task.filters = {{"strict", {scoring::step("take_first")}},
                  {"lower", {scoring::step("lowercase"), scoring::step("take_first")}}};
  task.metrics.push_back(scoring::metric("f1"));
  task.score = {"exact_match", "lower"};
  const auto evaluator = Evaluator::create(suite).value();
  const Response said = scoring::text("YES");
  evaluator->add(scoring::question(0, "1", {"yes"}), {&said, 1});
  const TaskScore score = evaluator->finish().tasks[0];
  ASSERT_EQ(score.metrics.size(), 4U);
  EXPECT_EQ(score.metrics[0].name, "exact_match,strict");
  EXPECT_EQ(score.metrics[1].name, "exact_match,lower");
  EXPECT_EQ(score.metrics[2].name, "f1,strict");
  EXPECT_EQ(score.headline, 1U);
  EXPECT_EQ(score.metrics[0].value, 0);
  EXPECT_EQ(score.metrics[1].value, 1);
  EXPECT_EQ(score.items[0].value, 1);
}

TEST(Evaluate, CountsDoNotDependOnTheOrderOfItems) {
  const Suite suite = weighted();
  std::vector<std::pair<PlanEntry, Response>> items;
  for (std::uint32_t t = 0; t < 3; ++t) {
    for (int i = 0; i < 97; ++i) {
      items.emplace_back(scoring::question(t, std::to_string(i), {"yes"}),
                         scoring::text(i * 31 % 97 < 60 ? "yes" : "no"));
    }
  }
  const auto fold = [&] {
    const auto evaluator = Evaluator::create(suite).value();
    for (const auto& [entry, said] : items) evaluator->add(entry, {&said, 1});
    return evaluator->finish();
  };
  const Scorecard in_order = fold();
  std::reverse(items.begin(), items.end());
  std::rotate(items.begin(), items.begin() + 101, items.end());
  const Scorecard shuffled = fold();
  EXPECT_EQ(shuffled.total, in_order.total);
  EXPECT_EQ(shuffled.total_exact, in_order.total_exact);
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(shuffled.tasks[t].metrics[0].exact, in_order.tasks[t].metrics[0].exact);
    EXPECT_EQ(shuffled.tasks[t].metrics[0].value, in_order.tasks[t].metrics[0].value);
    EXPECT_DOUBLE_EQ(*shuffled.tasks[t].metrics[0].standard_error,
                     *in_order.tasks[t].metrics[0].standard_error);
  }
}

TEST(Evaluate, AnItemIsScoredWhenItsRepeatsAreIn) {
  Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  suite.tasks[0].metrics.push_back(scoring::metric("pass@2"));
  suite.tasks[0].metrics.push_back(scoring::metric("avg@3"));
  std::vector<std::string> seen;
  const auto evaluator =
      Evaluator::create(suite, [&](const ItemScores& item) {
        seen.push_back(std::string(item.item) + " " + std::to_string(item.repeats.size()) + " " +
                       std::string(to_string(item.outcome)));
        for (const FilteredItem& filter : item.filters) {
          seen.back() += " " + filter.responses.dump() + filter.metrics.dump();
        }
      }).value();
  const auto add = [&](const std::string& item, std::uint32_t repeat, const Response& said) {
    PlanEntry entry = scoring::question(0, item, {"yes"});
    entry.repeat = repeat;
    evaluator->add(entry, {&said, 1});
  };
  add("1", 0, scoring::text("no"));
  add("1", 1, scoring::text("yes"));
  add("1", 2, scoring::text("yes", Outcome::truncated));
  add("2", 0, scoring::text("yes"));
  add("2", 1, scoring::text("", Outcome::timed_out));
  add("2", 2, scoring::text("yes"));
  const Scorecard card = evaluator->finish();
  EXPECT_EQ(
      seen,
      (std::vector<std::string>{
          R"(1 3 truncated ["no"]{"exact_match":0.0,"pass@2":1.0,"avg@3":0.6666666666666666})",
          "2 3 timed_out"}));
  EXPECT_EQ(card.item_count, 2U);
  EXPECT_EQ(card.outcomes[static_cast<std::size_t>(Outcome::truncated)], 1U);
  EXPECT_EQ(card.outcomes[static_cast<std::size_t>(Outcome::timed_out)], 1U);
  ASSERT_EQ(card.tasks[0].items.size(), 1U);
  EXPECT_EQ(card.tasks[0].metrics[1].name, "pass@2");
  EXPECT_EQ(card.tasks[0].metrics[1].value, 1);
}

TEST(Evaluate, TellsOfLikelihoodsAsTheHarnessLogsThem) {
  Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::multiple_choice, "acc_norm"),
                   scoring::task("r", "a", OutputType::loglikelihood_rolling, "byte_perplexity")});
  suite.tasks[0].metrics.push_back(scoring::metric("acc"));
  std::vector<std::string> seen;
  const auto evaluator =
      Evaluator::create(suite, [&](const ItemScores& item) {
        seen.push_back(item.filters[0].responses.dump() + item.filters[0].metrics.dump());
      }).value();
  evaluator->add(scoring::choice(0, "1", {"x", "yy"}, 1), scoring::likelihoods({-1, -1.5}, 0));
  evaluator->add(scoring::question(1, "1", {"abcd"}), scoring::likelihoods({-2}));
  const Scorecard card = evaluator->finish();
  EXPECT_EQ(seen,
            (std::vector<std::string>{R"([[-1.0,true],[-1.5,false]]{"acc":0.0,"acc_norm":1.0})",
                                      R"([-2.0]{"byte_perplexity":[-2.0,4]})"}));
  EXPECT_EQ(card.tasks[1].metrics[0].value, std::exp(0.5));
}

TEST(Evaluate, TextThatIsNoUtf8IsScoredAllTheSame) {
  const Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  const auto evaluator = Evaluator::create(suite).value();
  const Response said = scoring::text("yes\xED\x95", Outcome::truncated);
  evaluator->add(scoring::question(0, "1", {"yes"}), {&said, 1});
  EXPECT_EQ(evaluator->finish().tasks[0].metrics[0].exact, (Fraction{0, 1}));
}

TEST(Evaluate, RefusesByTaskAndName) {
  Suite suite = weighted();
  suite.tasks[2].metrics[0].metric = "bleu";
  EXPECT_EQ(refusal_of_evaluation(suite), "task 'sums': metric 'bleu': not in this version");
  suite = weighted();
  suite.tasks[1].filters[0].steps[0].function = "custom";
  EXPECT_EQ(refusal_of_evaluation(suite), "task 'idioms': filter 'custom': not in this version");
  suite = weighted();
  suite.tasks[0].score.metric = "acc";
  EXPECT_EQ(refusal_of_evaluation(suite), "task 'particles': score: no metric 'acc' in this task");
  suite = weighted();
  suite.tasks[0].score.filter = "strict";
  EXPECT_EQ(refusal_of_evaluation(suite),
            "task 'particles': score: no filter 'strict' in this task");
  suite = scoring::suite({{"a", 1}}, {scoring::task("t", "a", OutputType::multiple_choice, "acc")});
  suite.tasks[0].filters[0].steps.push_back(scoring::step("lowercase"));
  EXPECT_EQ(refusal_of_evaluation(suite),
            "task 't': filter 'lowercase': only take_first goes with log-likelihoods");
}

TEST(Total, SharesAddUpToOne) {
  const std::vector<double> shares = task_shares(weighted());
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_DOUBLE_EQ(shares[0], 4.0 / 9);
  EXPECT_DOUBLE_EQ(shares[1], 2.0 / 9);
  EXPECT_DOUBLE_EQ(shares[2], 1.0 / 3);
  Suite suite = weighted();
  suite.axes.push_back({"empty", 5});  // an axis without tasks weighs nothing
  EXPECT_EQ(task_shares(suite), shares);
}

TEST(Scorer, DigestIsStable) {
  EXPECT_EQ(scorer_digest(), scorer_digest());
  EXPECT_NE(scorer_digest(), Digest{});
}

}  // namespace
}  // namespace gwageo
