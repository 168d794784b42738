// Known answers are from NumPy, and from lm-eval's and scikit-learn's formulas.
#include "benchmarks/metric.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using scoring::likelihoods;
using scoring::metric;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::unique_ptr<Metric> over_choices(const std::string& name, const std::string& arguments = "{}") {
  return make_metric(metric(name, arguments), OutputType::multiple_choice).value();
}

double choose(const std::string& name, const std::vector<double>& scores,
              const std::vector<std::string>& choices, std::int64_t gold, int greedy = -1) {
  const PlanEntry entry = scoring::choice(0, "i", choices, gold);
  const std::vector<Response> responses = likelihoods(scores, greedy);
  return over_choices(name)->score({entry, responses, nullptr}).value;
}

double match(const std::string& arguments, const std::string& answer,
             const std::vector<std::string>& targets) {
  const auto exact =
      make_metric(metric("exact_match", arguments), OutputType::generate_until).value();
  const PlanEntry entry = scoring::question(0, "i", targets);
  const Response said = scoring::text(answer);
  return exact->score({entry, {&said, 1}, &answer}).value;
}

std::string refusal(const MetricSpec& spec, OutputType type) {
  const auto made = make_metric(spec, type);
  return made ? "accepted" : made.error().message;
}

TEST(Argmax, TakesTheFirstOfEquals) {
  EXPECT_EQ(argmax(std::vector<double>{-3, -1, -1}), 1U);
  EXPECT_EQ(argmax(std::vector<double>{-infinity, -infinity}), 0U);
  EXPECT_EQ(argmax(std::vector<double>{std::nan(""), -5}), 1U);
}

TEST(Acc, IsTheMostProbableChoice) {
  EXPECT_EQ(choose("acc", {-2, -1, -3}, {"a", "b", "c"}, 1), 1);
  EXPECT_EQ(choose("acc", {-2, -1, -3}, {"a", "b", "c"}, 2), 0);
  EXPECT_EQ(choose("acc", {-1, -1}, {"a", "b"}, 0), 1);
  EXPECT_EQ(choose("acc", {-1, -1}, {"a", "b"}, 1), 0);
  EXPECT_EQ(choose("acc", {-1}, {"a"}, -1), 0);
}

TEST(Acc, OfALikelihoodIsGreedy) {
  const auto acc = make_metric(metric("acc"), OutputType::loglikelihood).value();
  const PlanEntry entry = scoring::entry(0, "i");
  EXPECT_EQ(acc->score({entry, likelihoods({-1}, 0), nullptr}).value, 1);
  EXPECT_EQ(acc->score({entry, likelihoods({-1}, -1), nullptr}).value, 0);
}

TEST(AccNorm, DividesByCharactersNotBytes) {
  // Per character -1 and -0.9; per byte it would be -0.333 and -0.9.
  EXPECT_EQ(choose("acc_norm", {-2, -1.8}, {"한글", "ab"}, 1), 1);
  EXPECT_EQ(choose("acc", {-2, -1.8}, {"한글", "ab"}, 1), 1);
  EXPECT_EQ(choose("acc_norm", {-3, -4}, {"ab", "abcdef"}, 1), 1);
  EXPECT_EQ(choose("acc", {-3, -4}, {"ab", "abcdef"}, 1), 0);
  EXPECT_EQ(choose("acc_norm", {-3, -4}, {"", "a"}, 1), 1);
}

TEST(AccBytes, DividesByBytes) {
  EXPECT_EQ(choose("acc_bytes", {-2, -1.8}, {"한글", "ab"}, 0), 1);
  EXPECT_EQ(choose("acc_bytes", {-3, -4}, {"ab", "abcdef"}, 1), 1);
  EXPECT_EQ(choose("acc_bytes", {-3, -4}, {"", "a"}, 1), 1);
}

/// mcc over items that were answered `predicted` where `gold` is right.
double correlation(const std::vector<std::pair<int, int>>& predicted_and_gold) {
  const auto mcc = over_choices("mcc");
  Tally tally;
  for (const auto& [predicted, gold] : predicted_and_gold) {
    std::vector<double> scores(3, -2);
    scores[static_cast<std::size_t>(predicted)] = -1;
    const PlanEntry entry = scoring::choice(0, "i", {"a", "b", "c"}, gold);
    tally.add(mcc->score({entry, likelihoods(scores, -1), nullptr}));
  }
  return mcc->aggregation().value(tally.counted().sample());
}

TEST(Mcc, IsTheCorrelationOfChoiceAndGold) {
  EXPECT_DOUBLE_EQ(correlation({{0, 0}, {1, 1}, {2, 2}, {1, 1}}), 1);
  // scikit-learn's documentation: -0.33 for these four.
  EXPECT_DOUBLE_EQ(correlation({{1, 1}, {0, 1}, {1, 1}, {1, 0}}), -1.0 / 3);
  EXPECT_DOUBLE_EQ(correlation({{0, 0}, {0, 1}, {1, 2}, {2, 2}, {1, 1}}),
                   (3 * 5.0 - 8) / std::sqrt((25 - 9) * (25 - 9)));
  EXPECT_EQ(correlation({{0, 0}, {0, 1}}), 0);  // One choice for all: no correlation.
}

TEST(Mcc, HasABootstrappedError) {
  const auto mcc = over_choices("mcc");
  const Tally::Counted half{{{1, 0, 0}, {0, 0, 1}, {1, 1, 1}}, {20, 10, 20}};
  const Estimate estimate = mcc->aggregation().estimate(half.sample());
  EXPECT_NEAR(*estimate.standard_error, 0.1, 0.03);
  EXPECT_FALSE(estimate.exact);
}

TEST(ExactMatch, OfChoicesIsGreedyOnTheGoldOne) {
  EXPECT_EQ(choose("exact_match", {-1, -9}, {"a", "b"}, 1, 1), 1);
  EXPECT_EQ(choose("exact_match", {-1, -9}, {"a", "b"}, 1, 0), 0);
  EXPECT_EQ(choose("exact_match", {-1, -9}, {"a", "b"}, 2, 0), 0);
}

TEST(ExactMatch, AnyTargetCounts) {
  EXPECT_EQ(match("{}", "b", {"a", "b"}), 1);
  EXPECT_EQ(match("{}", "B", {"a", "b"}), 0);
  EXPECT_EQ(match("{}", "b ", {"b"}), 0);
  EXPECT_EQ(match("{}", "b", {}), 0);
}

TEST(ExactMatch, Normalises) {
  EXPECT_EQ(match(R"({"ignore_case": true})", "PARIS", {"Paris"}), 1);
  EXPECT_EQ(match(R"({"ignore_case": true})", "ÀÉ", {"àé"}), 1);
  EXPECT_EQ(match(R"({"ignore_punctuation": true})", "(a.b)!", {"ab"}), 1);
  EXPECT_EQ(match(R"({"ignore_punctuation": true})", "정답。", {"정답"}), 0);  // ASCII only
  EXPECT_EQ(match(R"({"ignore_numbers": true})", "a1b2", {"ab"}), 1);
  EXPECT_EQ(
      match(R"({"regexes_to_ignore": [",", "\\$", "(?s).*#### "]})", "so\n#### $1,234", {"1234"}),
      1);
  EXPECT_EQ(match(R"({"regexes_to_ignore": [" ", "\n"]})", "a b\n", {"ab"}), 1);
  EXPECT_EQ(match(R"({"hf_evaluate": true})", "a", {"a"}), 1);
}

TEST(ExactMatch, NormalisesInTheHarnesssOrder) {
  // The pattern sees the text before case and punctuation change it.
  EXPECT_EQ(match(R"({"regexes_to_ignore": ["ANSWER:"], "ignore_case": true})", "ANSWER:x", {"x"}),
            1);
  EXPECT_EQ(match(R"({"regexes_to_ignore": ["answer"], "ignore_case": true})", "ANSWERx", {"x"}),
            0);
}

TEST(ExactMatch, NoAnswerIsWrong) {
  const auto exact = make_metric(metric("exact_match"), OutputType::generate_until).value();
  const PlanEntry entry = scoring::question(0, "i", {""});
  const Response said = scoring::text("");
  EXPECT_EQ(exact->score({entry, {&said, 1}, nullptr}).value, 0);
  EXPECT_EQ(match(R"({"regexes_to_ignore": ["(a+)+$"]})", std::string(60, 'a') + "b", {"b"}), 0);
}

/// Gold and predicted labels of 60 items: 8 true, 16 false, 12 missed positives.
Tally::Counted sixty() {
  Tally tally;
  for (int i = 0; i < 60; ++i) {
    tally.add({.value = 0, .predicted = i * 7 % 5 < 2 ? 1 : 0, .gold = i % 3 == 0 ? 1 : 0});
  }
  return tally.counted();
}

TEST(F1, BinaryKnownAnswer) {
  const auto f1 = over_choices("f1");
  const auto items = sixty();
  const Estimate estimate = f1->aggregation().estimate(items.sample());
  EXPECT_DOUBLE_EQ(estimate.value, 0.36363636363636365);  // 2 * 8 / (2 * 8 + 16 + 12)
  EXPECT_EQ(estimate.exact, (Fraction{4, 11}));
  EXPECT_NEAR(*estimate.standard_error, 0.0931, 0.003);  // NumPy, 100,000 resamples
  EXPECT_FALSE(f1->aggregation().is_mean());
}

TEST(F1, MacroAndMicro) {
  const auto items = sixty();
  // Label 0: tp 24, fp 12, fn 16: 48 / 76. Label 1: 16 / 44.
  const Estimate macro =
      over_choices("f1", R"({"average": "macro"})")->aggregation().estimate(items.sample());
  EXPECT_DOUBLE_EQ(macro.value, (48.0 / 76 + 16.0 / 44) / 2);
  EXPECT_EQ(macro.exact, (Fraction{104, 209}));
  const Estimate micro =
      over_choices("f1", R"({"average": "micro"})")->aggregation().estimate(items.sample());
  EXPECT_EQ(micro.exact, (Fraction{8, 15}));  // 32 of 60 right
}

TEST(F1, WithoutPositivesIsZero) {
  Tally tally;
  for (int i = 0; i < 5; ++i) tally.add({.value = 1, .predicted = 0, .gold = 0});
  const auto items = tally.counted();
  const Estimate estimate = over_choices("f1")->aggregation().estimate(items.sample());
  EXPECT_EQ(estimate.value, 0);
  EXPECT_EQ(estimate.exact, (Fraction{0, 1}));
}

TEST(F1, LabelsOfAnswers) {
  const auto f1 = make_metric(metric("f1"), OutputType::generate_until).value();
  const auto label = [&](PlanEntry entry, const std::string& answer) {
    const Response said = scoring::text(answer);
    return f1->score({entry, {&said, 1}, &answer});
  };
  PlanEntry yes_no = scoring::question(0, "i", {"yes"});
  EXPECT_EQ(label(yes_no, "yes").predicted, -1);  // no choices, no integer
  yes_no.reference.choices = {"no", "yes"};
  EXPECT_EQ(label(yes_no, "yes"), (Observation{1, 1, 1}));
  EXPECT_EQ(label(yes_no, "no"), (Observation{0, 0, 1}));
  EXPECT_EQ(label(yes_no, "perhaps"), (Observation{0, -1, 1}));
  EXPECT_EQ(label(scoring::question(0, "i", {"1"}), " 1\n"), (Observation{1, 1, 1}));
  EXPECT_EQ(label(scoring::question(0, "i", {"1"}), "-3"), (Observation{0, -1, 1}));
}

TEST(Metrics, RefusedByName) {
  EXPECT_EQ(refusal(metric("perplexity"), OutputType::loglikelihood),
            "metric 'perplexity': not in this version");
  EXPECT_EQ(refusal(metric("exact_mach"), OutputType::generate_until),
            "metric 'exact_mach': there is no such metric, did you mean 'exact_match'?");
  EXPECT_EQ(refusal(metric("acc"), OutputType::generate_until),
            "metric 'acc': not for output_type generate_until");
  EXPECT_EQ(refusal(metric("acc_norm"), OutputType::loglikelihood),
            "metric 'acc_norm': not for output_type loglikelihood");
  EXPECT_EQ(refusal({"acc", "median", true, {}}, OutputType::multiple_choice),
            "metric 'acc': aggregation 'median' is not in this version; it takes 'mean'");
  EXPECT_EQ(refusal(metric("exact_match", R"({"ignore_cas": true})"), OutputType::generate_until),
            "metric 'exact_match': unknown argument 'ignore_cas', did you mean 'ignore_case'?");
  EXPECT_EQ(refusal(metric("exact_match", R"({"ignore_case": 1})"), OutputType::generate_until),
            "metric 'exact_match': argument 'ignore_case': expected true or false, got integer");
  EXPECT_NE(refusal(metric("exact_match", R"json({"regexes_to_ignore": ["(a"]})json"),
                    OutputType::generate_until)
                .find("at byte 2"),
            std::string::npos);
  EXPECT_EQ(refusal(metric("f1", R"({"average": "weighted"})"), OutputType::multiple_choice),
            "metric 'f1': argument 'average': expected binary, macro or micro, got 'weighted'");
}

TEST(Metrics, OverChoicesIgnoreNormalisationsAsTheHarnessDoes) {
  for (const char* name : {"acc", "acc_norm", "exact_match", "f1"}) {
    EXPECT_EQ(refusal(metric(name, R"({"ignore_case": true, "ignore_punctuation": true})"),
                      OutputType::multiple_choice),
              "accepted");
  }
}

TEST(Metrics, TheTableIsSortedAndHasDefaults) {
  const auto rules = metric_rules();
  EXPECT_TRUE(std::is_sorted(rules.begin(), rules.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(find_metric_rule("f1")->aggregation, "f1");
  EXPECT_TRUE(find_metric_rule("acc")->higher_is_better);
  EXPECT_EQ(find_metric_rule("none"), nullptr);
}

}  // namespace
}  // namespace gwageo
