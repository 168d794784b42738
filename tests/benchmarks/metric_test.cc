// Known answers are from NumPy, and from lm-eval's and scikit-learn's formulas.
#include "benchmarks/metric.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "benchmarks/metrics/choice_scores.h"
#include "protocol/json.h"
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
  return over_choices(name)->score({entry.reference, responses})->value;
}

double match(const std::string& arguments, const std::string& answer,
             const std::vector<std::string>& targets) {
  const auto exact =
      make_metric(metric("exact_match", arguments), OutputType::generate_until).value();
  const PlanEntry entry = scoring::question(0, "i", targets);
  const Filtered filtered{Json(answer), {Json(answer)}};
  return exact->score({entry.reference, {}, &filtered})->value;
}

std::string refusal_of_metric(const MetricSpec& spec, OutputType type) {
  const auto made = make_metric(spec, type);
  return made ? "accepted" : made.error().message;
}

TEST(Argmax, TakesTheFirstOfEquals) {
  EXPECT_EQ(argmax(std::vector<double>{-3, -1, -1}), 1U);
  EXPECT_EQ(argmax(std::vector<double>{-infinity, -infinity}), 0U);
  EXPECT_EQ(argmax(std::vector<double>{-5, std::nan(""), 0, std::nan("")}), 1U);  // as numpy
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
  EXPECT_EQ(acc->score({entry.reference, likelihoods({-1}, 0)})->value, 1);
  EXPECT_EQ(acc->score({entry.reference, likelihoods({-1}, -1)})->value, 0);
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
    tally.add(*mcc->score({entry.reference, likelihoods(scores, -1)}));
  }
  return make_aggregation(metric("mcc"))->value(tally.series().sample());
}

TEST(Mcc, IsTheCorrelationOfChoiceAndGold) {
  EXPECT_DOUBLE_EQ(correlation({{0, 0}, {1, 1}, {2, 2}, {1, 1}}), 1);
  // scikit-learn's documentation: -0.33 for these four.
  EXPECT_DOUBLE_EQ(correlation({{1, 1}, {0, 1}, {1, 1}, {1, 0}}), -1.0 / 3);
  EXPECT_DOUBLE_EQ(correlation({{0, 0}, {0, 1}, {1, 2}, {2, 2}, {1, 1}}),
                   (3 * 5.0 - 8) / std::sqrt((25 - 9) * (25 - 9)));
  EXPECT_EQ(correlation({{0, 0}, {0, 1}}), 0);  // One choice for all: no correlation.
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

TEST(ExactMatch, APatternThatGivesUpIsNoWrongAnswer) {
  const MetricSpec spec = metric("exact_match", R"({"regexes_to_ignore": ["(a+)+$"]})");
  const auto exact = make_metric(spec, OutputType::generate_until).value();
  const PlanEntry entry = scoring::question(0, "i", {"b"});
  const Filtered filtered{std::string(60, 'a') + "b", {}};
  const auto score = exact->score({entry.reference, {}, &filtered});
  ASSERT_FALSE(score.has_value());
  EXPECT_NE(score.error().message.find("gave up"), std::string::npos);
}

TEST(F1, LabelsOfAnswers) {
  const auto f1 = make_metric(metric("f1"), OutputType::generate_until).value();
  const auto label = [&](PlanEntry entry, const std::string& answer) {
    const Filtered filtered{Json(answer), {Json(answer)}};
    return *f1->score({entry.reference, {}, &filtered});
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

TEST(AccMutualInfo, ComparesWithTheChoiceAlone) {
  // Conditional -2, -3; alone -1, -4: the second gains 1, the first loses 1.
  EXPECT_EQ(choose("acc_mutual_info", {-2, -3, -1, -4}, {"a", "b"}, 1), 1);
  EXPECT_EQ(choose("acc", {-2, -3, -1, -4}, {"a", "b"}, 0), 1);
  EXPECT_EQ(choose("acc_norm", {-2, -3, -1, -4}, {"a", "b"}, 0), 1);
  EXPECT_EQ(choose("exact_match", {-2, -3, -1, -4}, {"a", "b"}, 1, 1), 1);
}

TEST(BrierScore, IsTheDistanceFromCertainty) {
  // numpy: p = softmax([-1, -2, -4]); sum((p - [0, 1, 0]) ** 2)
  EXPECT_DOUBLE_EQ(choose("brier_score", {-1, -2, -4}, {"a", "b", "c"}, 1), 1.0471461490545124);
  // By hand: where the choices' probabilities are 1/2, 1/4, 1/4, the first one being right gives
  // 1/4 + 1/16 + 1/16 = 3/8, and another one 1/4 + 1/16 + 9/16 = 7/8.
  const std::vector<std::string> three = {"a", "b", "c"};
  const double half = std::log(0.5);
  EXPECT_DOUBLE_EQ(choose("brier_score", {half, 2 * half, 2 * half}, three, 0), 3.0 / 8);
  EXPECT_DOUBLE_EQ(choose("brier_score", {half, 2 * half, 2 * half}, three, 2), 7.0 / 8);
  // Only how far they lie apart counts: the probabilities need not add up to 1.
  EXPECT_DOUBLE_EQ(choose("brier_score", {9 * half, 10 * half, 10 * half}, three, 0), 3.0 / 8);
  // Nothing known of k choices: (k - 1)^2 / k^2 + (k - 1) / k^2 = (k - 1) / k.
  EXPECT_DOUBLE_EQ(choose("brier_score", {-7, -7, -7, -7}, {"a", "b", "c", "d"}, 3), 3.0 / 4);
  // Certain and right, certain and wrong: the best and the worst there is.
  EXPECT_EQ(choose("brier_score", {0, -2000}, {"a", "b"}, 0), 0);
  EXPECT_EQ(choose("brier_score", {0, -2000}, {"a", "b"}, 1), 2);
  const PlanEntry entry = scoring::choice(0, "i", {"a", "b"}, 1);
  const std::vector<Response> even = likelihoods({-1, -1});
  EXPECT_EQ(logged_value(metric("brier_score"), OutputType::multiple_choice,
                         {entry.reference, even}, {0.5, 0, 1})
                .dump(),
            "[1,[0.5,0.5]]");
}

TEST(AccNorm, AnEmptyChoiceIsWhatNumpyMakesOfIt) {
  EXPECT_EQ(choose("acc_norm", {0, -1}, {"", "a"}, 0), 1);   // 0 / 0: NaN, and so the largest
  EXPECT_EQ(choose("acc_norm", {-1, -9}, {"", "a"}, 1), 1);  // -1 / 0: -infinity
}

TEST(ExactMatch, OfListsIsTheShareAsNumpyBroadcastsIt) {
  const auto exact = make_metric(metric("exact_match"), OutputType::generate_until).value();
  const auto share = [&](std::string_view answer, std::vector<std::string> targets) {
    const PlanEntry entry = scoring::question(0, "i", std::move(targets));
    const Filtered filtered{Json::parse(answer).value(), {}};
    return exact->score({entry.reference, {}, &filtered})->value;
  };
  EXPECT_EQ(share(R"(["a"])", {"a"}), 1);
  EXPECT_EQ(share(R"(["a", "b", "a", "c"])", {"a"}), 0.5);
  EXPECT_EQ(share(R"([["N", "V"]])", {"N"}), 0.5);
  EXPECT_EQ(share(R"(["b"])", {"a", "b"}), 1);
  EXPECT_EQ(share(R"(["b", "a"])", {"a", "b"}), 0);  // place by place
  EXPECT_EQ(share(R"(["a", "x"])", {"a", "b"}), 1);
  EXPECT_EQ(share(R"(["a", "b", "c"])", {"a", "b"}), 0);
  EXPECT_EQ(share("[]", {"a"}), 0);
}

TEST(ExactMatch, ReadsTheTargetAsWhatTheAnswerIs) {
  const auto exact = make_metric(metric("exact_match"), OutputType::generate_until).value();
  const auto share = [&](const Json& answer, const std::string& target) {
    const PlanEntry entry = scoring::question(0, "i", {target});
    const Filtered filtered{answer, {}};
    return exact->score({entry.reference, {}, &filtered})->value;
  };
  EXPECT_EQ(share(1, " 1"), 1);
  EXPECT_EQ(share(1, "one"), 0);
  EXPECT_EQ(share(0.5, "5e-1"), 1);
  EXPECT_EQ(share(true, "anything"), 1);
  EXPECT_EQ(share(false, ""), 1);
  EXPECT_EQ(share(Json(), "None"), 0);
}

TEST(ExactMatch, LowerCaseKeepsNumpysWidth) {
  // str.lower() makes two characters of U+0130; numpy cuts to the width of the longest text.
  EXPECT_EQ(match(R"({"ignore_case": true})", "\u0130", {"i"}), 1);
  EXPECT_EQ(match(R"({"ignore_case": true})", "a\u0130", {"A\u0130"}), 1);
  EXPECT_EQ(match("{}", std::string("a\0\0", 3), {"a"}), 1);
}

/// A figure over repeats for answers of which `pattern` tells the right ones.
double over_repeats(const std::string& figure, std::string_view pattern,
                    const std::string& arguments = "{}") {
  const auto made = make_metric(metric(figure, arguments), OutputType::generate_until).value();
  const PlanEntry entry = scoring::question(0, "i", {"y"});
  Filtered filtered;
  for (const char c : pattern) filtered.answers.emplace_back(std::string(1, c));
  return made->score({entry.reference, {}, &filtered})->value;
}

TEST(PassAtK, IsTheUnbiasedEstimate) {
  EXPECT_EQ(over_repeats("pass@1", "nnnn"), 0);
  EXPECT_EQ(over_repeats("pass@1", "ynnn"), 0.25);
  EXPECT_EQ(over_repeats("pass@4", "ynnn"), 1);
  // 1 - C(7, 3) / C(10, 3) = 1 - 35 / 120
  EXPECT_DOUBLE_EQ(over_repeats("pass@3", "ynynnnynnn"), 85.0 / 120);
  // numpy: 1 - prod(1 - 2 / arange(4, 6)) = 1 - 0.5 * 0.6
  EXPECT_EQ(over_repeats("pass@2", "yynnn"), 1 - 0.5 * (1.0 - 2.0 / 5));
  EXPECT_EQ(over_repeats("pass@1", "Ynnn", R"({"ignore_case": true})"), 0.25);
}

TEST(AvgAndMajAtK, LookAtTheFirstK) {
  EXPECT_EQ(over_repeats("avg@4", "ynynyyyy"), 0.5);
  EXPECT_EQ(over_repeats("maj@1", "yn"), 1);
  EXPECT_EQ(over_repeats("maj@4", "nyyn"), 0);  // of equals the first
  EXPECT_EQ(over_repeats("maj@4", "ynny"), 1);
  EXPECT_EQ(over_repeats("maj@4", "abyy"), 1);
  EXPECT_EQ(over_repeats("maj@3", "Yyn", R"({"ignore_case": true})"), 1);
}

TEST(TextLikelihood, CountsWordsAndBytesAsPython) {
  const auto weight = [](const std::string& name, const std::string& text) {
    const auto made = make_metric(metric(name), OutputType::loglikelihood_rolling).value();
    const PlanEntry entry = scoring::question(0, "i", {text});
    return *made->score({entry.reference, likelihoods({-3.5})});
  };
  EXPECT_EQ(weight("word_perplexity", "one two\n\nthree").weight, 3U);
  EXPECT_EQ(weight("word_perplexity", " one\u3000two ").weight, 4U);  // empty words at the ends
  EXPECT_EQ(weight("word_perplexity", "").weight, 1U);
  EXPECT_EQ(weight("byte_perplexity", "한글 a").weight, 8U);
  EXPECT_EQ(weight("bits_per_byte", "한글 a").value, -3.5);
}

TEST(Metrics, AreLoggedAsTheHarnessLogsThem) {
  const auto logged = [](const std::string& name, OutputType type, const Observation& seen) {
    const Reference none;
    return logged_value(metric(name), type, {none, {}}, seen).dump();
  };
  EXPECT_EQ(logged("acc", OutputType::multiple_choice, {1}), "1.0");
  EXPECT_EQ(logged("acc", OutputType::loglikelihood, {1}), "1");
  EXPECT_EQ(logged("exact_match", OutputType::multiple_choice, {0}), "0");
  EXPECT_EQ(logged("exact_match", OutputType::generate_until, {0}), "0.0");
  EXPECT_EQ(logged("f1", OutputType::multiple_choice, {0, 2, 1}), "[1,2]");
  EXPECT_EQ(logged("mcc", OutputType::multiple_choice, {0, 2, -1}), "[-100,2]");
  EXPECT_EQ(logged("word_perplexity", OutputType::loglikelihood_rolling, {-2.5, 0, 0, 7}),
            "[-2.5,7]");
}

TEST(Metrics, AreReportedInTheHarnesssOrder) {
  Task task = scoring::task("t", "a", OutputType::multiple_choice, "acc_norm");
  task.metrics.push_back(metric("exact_match"));
  task.metrics.push_back(metric("acc"));
  EXPECT_EQ(reported_order(task), (std::vector<std::size_t>{2, 0, 1}));
  task.output_type = OutputType::generate_until;
  EXPECT_EQ(reported_order(task), (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Metrics, RefusedByName) {
  EXPECT_EQ(refusal_of_metric(metric("bleu"), OutputType::generate_until),
            "metric 'bleu': not in this version");
  EXPECT_EQ(refusal_of_metric(metric("perplexity"), OutputType::multiple_choice),
            "metric 'perplexity': not for output_type multiple_choice");
  EXPECT_EQ(refusal_of_metric(metric("bypass"), OutputType::generate_until).substr(0, 36),
            "metric 'bypass': it scores nothing; ");
  EXPECT_EQ(refusal_of_metric(metric("exact_mach"), OutputType::generate_until),
            "metric 'exact_mach': there is no such metric, did you mean 'exact_match'?");
  EXPECT_EQ(refusal_of_metric(metric("acc"), OutputType::generate_until),
            "metric 'acc': not for output_type generate_until");
  EXPECT_EQ(refusal_of_metric(metric("acc_norm"), OutputType::loglikelihood),
            "metric 'acc_norm': not for output_type loglikelihood");
  EXPECT_EQ(refusal_of_metric({"acc", "median", true, {}}, OutputType::multiple_choice),
            "accepted");
  EXPECT_EQ(refusal_of_metric({"acc", "man", true, {}}, OutputType::multiple_choice),
            "metric 'acc': aggregation 'man' is not in this version, did you mean 'mean'?");
  EXPECT_EQ(refusal_of_metric({"mcc", "mean", true, {}}, OutputType::multiple_choice),
            "metric 'mcc': aggregation 'mean' does not go with what it sees of an item; it takes "
            "'matthews_corrcoef'");
  EXPECT_EQ(refusal_of_metric(metric("exact_match", R"({"ignore_cas": true})"),
                              OutputType::generate_until),
            "metric 'exact_match': unknown argument 'ignore_cas', did you mean 'ignore_case'?");
  EXPECT_EQ(refusal_of_metric(metric("exact_match", R"({"ignore_case": "no"})"),
                              OutputType::generate_until),
            "metric 'exact_match': argument 'ignore_case': expected true or false, got string");
  EXPECT_NE(refusal_of_metric(metric("exact_match", R"json({"regexes_to_ignore": ["(a"]})json"),
                              OutputType::generate_until)
                .find("at byte 2"),
            std::string::npos);
  EXPECT_EQ(
      refusal_of_metric(metric("f1", R"({"average": "weighted"})"), OutputType::multiple_choice),
      "metric 'f1': argument 'average': expected binary, macro or micro, got 'weighted'");
}

TEST(Metrics, OverChoicesIgnoreNormalisationsAsTheHarnessDoes) {
  for (const char* name : {"acc", "acc_norm", "exact_match", "f1"}) {
    EXPECT_EQ(
        refusal_of_metric(metric(name, R"({"ignore_case": true, "ignore_punctuation": true})"),
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
  EXPECT_EQ(find_metric_rule("pass@4")->name, "pass_at_k");
  EXPECT_EQ(find_metric_rule("pass@04"), nullptr);
  EXPECT_EQ(find_metric_rule("acc@4"), nullptr);
}

}  // namespace
}  // namespace gwageo
