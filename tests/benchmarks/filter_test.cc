// Expected answers are those of lm-eval's filters (lm_eval/filters) on the same text.
#include "benchmarks/filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/json.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using scoring::step;

/// The answer of one step.
std::string run(const std::string& function, const std::string& arguments, std::string_view said) {
  const auto chain = FilterChain::create({"f", {step(function, arguments)}});
  if (!chain) return "refused: " + chain.error().message;
  const std::string response(said);
  const Result<Filtered> filtered = chain->run({&response, 1}, {});
  if (!filtered) return "no answer: " + filtered.error().message;
  const Json& answer = filtered->answer;
  const Json& first = answer.is_array() ? answer.as_array().at(0) : answer;
  return first.is_string() ? first.as_string() : first.dump();
}

/// What the steps of a pipeline make of the responses of one item, as JSON.
std::string filtered_by_all(const std::vector<FilterStep>& steps,
                            const std::vector<std::string>& said, const Reference& reference = {}) {
  const auto chain = FilterChain::create({"f", steps});
  if (!chain) return "refused: " + chain.error().message;
  const Result<Filtered> filtered = chain->run(said, reference);
  return filtered ? filtered->answer.dump() : "no answer: " + filtered.error().message;
}

std::string regex(const std::string& arguments, std::string_view said) {
  return run("regex", arguments, said);
}

TEST(RegexFilter, TakesTheSelectedMatch) {
  const std::string numbers = R"json({"regex_pattern": "(-?[0-9]+)")json";
  EXPECT_EQ(regex(numbers + "}", "first 12, then -7"), "12");
  EXPECT_EQ(regex(numbers + R"(, "group_select": 1})", "first 12, then -7"), "-7");
  EXPECT_EQ(regex(numbers + R"(, "group_select": -1})", "1 2 3"), "3");
  EXPECT_EQ(regex(numbers + R"(, "group_select": -3})", "1 2 3"), "1");
  EXPECT_EQ(regex(numbers + R"(, "group_select": -4})", "1 2 3"), "[invalid]");
  EXPECT_EQ(regex(numbers + R"(, "group_select": 3})", "1 2 3"), "[invalid]");
}

TEST(RegexFilter, ShapesOfFindall) {
  EXPECT_EQ(regex(R"({"regex_pattern": "[A-D]"})", "C or D"), "C");
  EXPECT_EQ(regex(R"json({"regex_pattern": "\\(([A-D])\\)"})json", "I say (B)."), "B");
  EXPECT_EQ(regex(R"json({"regex_pattern": "x(\\d)?|y(\\d)?"})json", "y7"), "7");
  EXPECT_EQ(regex(R"json({"regex_pattern": "x(\\d)?|y(\\d)?"})json", "y"), "[invalid]");
  EXPECT_EQ(regex(R"json({"regex_pattern": "x(\\d)?|y(\\d)?", "fallback": " - "})json", "y"), "-");
  EXPECT_EQ(regex(R"json({"regex_pattern": "x(\\d)?"})json", "x"), "");
}

TEST(RegexFilter, StripsTheMatchButNotTheFallback) {
  EXPECT_EQ(regex(R"json({"regex_pattern": "answer:(.*)"})json", "answer: \u3000 forty two "),
            "forty two");
  EXPECT_EQ(regex(R"({"regex_pattern": "x", "fallback": " none "})", "y"), " none ");
}

TEST(RegexFilter, DefaultsToTheNumberAfterFourHashes) {
  EXPECT_EQ(regex("{}", "so it is\n#### 1,234.5"), "1,234.5");
  EXPECT_EQ(regex("{}", "#### -7"), "-7");
  EXPECT_EQ(regex("{}", "no number"), "[invalid]");
}

TEST(RegexFilter, KoreanLookBehind) {
  const std::string pattern = R"json({"regex_pattern": "(?<=정답은)\\s*[(]?(A|B|C|D)"})json";
  EXPECT_EQ(regex(pattern, "그러므로 정답은 (C)입니다."), "C");
  EXPECT_EQ(regex(pattern, "정답：C"), "[invalid]");
}

TEST(RegexFilter, GivesNoAnswerWhereThePatternExplodes) {
  const std::string answer =
      regex(R"json({"regex_pattern": "(a+)+$"})json", std::string(60, 'a') + "b");
  EXPECT_EQ(answer.substr(0, 10), "no answer:");
}

TEST(RegexFilter, RefusesWrongArguments) {
  EXPECT_EQ(regex(R"json({"regex_pattern": "(a"})json", ""),
            "refused: filter 'regex': argument 'regex_pattern': regex: missing closing "
            "parenthesis at byte 2");
  EXPECT_EQ(regex(R"({"group_select": "1"})", ""),
            "refused: filter 'regex': argument 'group_select': expected an integer, got string");
  EXPECT_EQ(regex(R"({"patern": "a"})", "").substr(0, 50),
            "refused: filter 'regex': unknown argument 'patern'");
  EXPECT_EQ(regex(R"({"fallback": 0})", "").substr(0, 8), "refused:");
}

TEST(Filters, TheSmallOnes) {
  EXPECT_EQ(run("take_first", "{}", " as it is "), " as it is ");
  EXPECT_EQ(run("remove_whitespace", "{}", " \n both ends\t"), "both ends");
  EXPECT_EQ(run("lowercase", "{}", "ÀB 한글"), "àb 한글");
}

TEST(Filters, TakeFirstLeavesTheFirstOfSeveral) {
  EXPECT_EQ(filtered_by_all({step("take_first")}, {"a", "b"}), R"("a")");
  EXPECT_EQ(filtered_by_all({step("remove_whitespace")}, {" a", "b "}), R"(["a","b"])");
  EXPECT_EQ(filtered_by_all({step("take_first")}, {}),
            "no answer: filter 'take_first': no response is left");
}

TEST(Filters, StepsFollowEachOther) {
  EXPECT_EQ(
      filtered_by_all({step("regex", R"json({"regex_pattern": "is(.*)"})json"), step("lowercase")},
                      {"The answer is  PARIS "}),
      R"(["paris"])");
  EXPECT_EQ(filtered_by_all({}, {"x"}), R"(["x"])");
}

TEST(Filters, AStepOverATextGoesOverItsCharacters) {
  EXPECT_EQ(filtered_by_all({step("take_first"), step("lowercase")}, {"A글"}), R"(["a","글"])");
  EXPECT_EQ(filtered_by_all({step("take_first"), step("take_first")}, {"글A"}), R"("글")");
  EXPECT_EQ(filtered_by_all({step("take_first"), step("majority_vote")}, {"abb"}), R"(["b"])");
  EXPECT_EQ(filtered_by_all({step("take_first"), step("take_first_k", R"({"k": 2})")}, {"글ab"}),
            R"("글a")");
}

TEST(Filters, AnswersOfAllRepeatsAreKeptBeforeTheLastTakeFirst) {
  const std::vector<std::string> said{"A", "B"};
  const auto answers = [&](const std::vector<FilterStep>& steps) {
    return Json(FilterChain::create({"f", steps}).value().run(said, {}).value().answers).dump();
  };
  EXPECT_EQ(answers({step("lowercase"), step("take_first")}), R"(["a","b"])");
  EXPECT_EQ(answers({step("lowercase")}), R"(["a","b"])");
  EXPECT_EQ(answers({step("majority_vote"), step("take_first")}), R"(["A"])");
}

TEST(Filters, UppercaseKnowsLettersThatGrow) {
  EXPECT_EQ(run("uppercase", "{}", "straße ŉ ﬁx 한글 àb ǆ"), "STRASSE ʼN FIX 한글 ÀB Ǆ");
  EXPECT_EQ(run("uppercase", "{}", "plain 1"), "PLAIN 1");
}

TEST(Filters, TakeFirstK) {
  EXPECT_EQ(filtered_by_all({step("take_first_k", R"({"k": 2})")}, {"a", "b", "c"}),
            R"(["a","b"])");
  EXPECT_EQ(filtered_by_all({step("take_first_k", R"({"k": 2})")}, {"a"}),
            "no answer: filter 'take_first_k': 1 responses, fewer than k = 2");
  EXPECT_EQ(run("take_first_k", "{}", ""),
            "refused: filter 'take_first_k': argument 'k': expected 1 or more");
}

TEST(Filters, MajorityVoteTakesTheFirstOfEquals) {
  EXPECT_EQ(filtered_by_all({step("majority_vote")}, {"a", "b", "b", "c"}), R"(["b"])");
  EXPECT_EQ(filtered_by_all({step("majority_vote")}, {"c", "a", "a", "c"}), R"(["c"])");
  EXPECT_EQ(filtered_by_all({step("regex_pos"), step("majority_vote")}, {"a"}),
            "no answer: filter 'majority_vote': a list has no vote");
}

TEST(Filters, MapKnowsItsKeys) {
  const std::string two = R"({"mapping_dict": {"A": 1, "예": "yes"}})";
  EXPECT_EQ(run("map", two, "A"), "1");
  EXPECT_EQ(run("map", two, "예"), "yes");
  EXPECT_EQ(run("map", two, "a"), "null");
  EXPECT_EQ(run("map", R"({"mapping_dict": {}, "default_value": "other"})", "a"), "other");
  EXPECT_EQ(run("map", R"({"mapping_dict": ["A"]})", ""),
            "refused: filter 'map': argument 'mapping_dict': expected a mapping, got array");
}

TEST(Filters, RegexPosListsTags) {
  const std::string pairs = "[('나는', 'PRON'), ('간다', 'VERB')]";
  EXPECT_EQ(filtered_by_all({step("regex_pos")}, {pairs, "x"}), R"([["PRON","VERB"],["invalid"]])");
  EXPECT_EQ(filtered_by_all({step("regex_pos"), step("take_first")}, {pairs}),
            R"(["PRON","VERB"])");
  EXPECT_EQ(filtered_by_all({step("regex_pos", R"({"fallback": "none"})")}, {"x"}), R"(["none"])");
}

/// Printed by the harness's filter on the same choices.
TEST(MultiChoiceRegex, TriesThreeWays) {
  Reference reference;
  reference.choices = {"Paris", " Seoul ", "New York", "Paris"};
  const auto answer = [&](const std::string& arguments, const std::string& said) {
    return filtered_by_all({step("multi_choice_regex", arguments), step("take_first")}, {said},
                           reference);
  };
  const std::string letter = R"json({"regex_pattern": "(\\([A-Z]\\))")json";
  const std::string loose = letter + R"(, "ignore_case": true, "ignore_punctuation": true)";
  EXPECT_EQ(answer(letter + "}", "It is (C), not (B)"), R"json("(C)")json");
  EXPECT_EQ(answer(letter + R"(, "group_select": -1})", "It is (C), not (B)"), R"json("(B)")json");
  EXPECT_EQ(answer(letter + "}", "It is Seoul."), R"json("(B)")json");
  EXPECT_EQ(answer(letter + "}", "It is Paris."), R"json("(D)")json");  // of equals the last
  EXPECT_EQ(answer(letter + "}", "It is seoul."), R"("[invalid]")");
  EXPECT_EQ(answer(loose + "}", "It is 《NEW》 YORK."), R"json("(C)")json");
  EXPECT_EQ(answer(letter + "}", "Answer:\n B"), R"json("(B)")json");
  EXPECT_EQ(answer(letter + "}", "Answer: E, :A"), R"json("(A)")json");
  EXPECT_EQ(answer(letter + R"(, "regexes_to_ignore": ["-"]})", "Se-oul"), R"json("(B)")json");
  reference.choices = {"", "b"};
  EXPECT_EQ(answer(letter + "}", "b: A"), R"json("(A)")json");  // an empty choice is found first
  reference.choices = {};
  EXPECT_EQ(answer(letter + "}", "b").substr(0, 10), "no answer:");
}

TEST(Filters, FormatSpanReadsLists) {
  EXPECT_EQ(run("format_span", "{}", "PERSON: Kim, Lee $$ Location : Seoul"),
            "per: kim $ per: lee $ loc: seoul");
  EXPECT_EQ(run("format_span", "{}", "Organization: None\nTime: 3 May$$"), "date: 3 may");
  EXPECT_EQ(run("format_span", "{}", "nothing of note"), "");
}

TEST(Filters, UnknownOnesAreRefusedByName) {
  EXPECT_EQ(run("custom", "{}", ""), "refused: filter 'custom': not in this version");
  EXPECT_EQ(run("regx", "{}", ""),
            "refused: filter 'regx': there is no such filter, did you mean 'regex'?");
  EXPECT_EQ(run("take_first", R"({"k": 1})", "").substr(0, 8), "refused:");
}

TEST(Filters, TheTableIsSortedAndWithoutDoubles) {
  const auto rules = filter_rules();
  EXPECT_TRUE(std::is_sorted(rules.begin(), rules.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(rules.size(), 11U);
}

}  // namespace
}  // namespace gwageo
