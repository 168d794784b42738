// Expected answers are those of lm-eval's filters (lm_eval/filters) on the same text.
#include "benchmarks/filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using scoring::step;

/// The answer of one step.
std::string run(const std::string& function, const std::string& arguments, std::string_view said) {
  const auto chain = FilterChain::create({"f", {step(function, arguments)}});
  if (!chain) return "refused: " + chain.error().message;
  const Result<std::string> answer = chain->run(said);
  return answer ? *answer : "no answer: " + answer.error().message;
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
  const auto filter = make_take_first_filter({}).value();
  EXPECT_EQ(filter->apply({"a", "b"}).value(), std::vector<std::string>{"a"});
  EXPECT_TRUE(filter->apply({}).value().empty());
  const auto strip = make_remove_whitespace_filter({}).value();
  EXPECT_EQ(strip->apply({" a", "b "}).value(), (std::vector<std::string>{"a", "b"}));
}

TEST(Filters, StepsFollowEachOther) {
  const auto chain = FilterChain::create(
      {"f", {step("regex", R"json({"regex_pattern": "is(.*)"})json"), step("lowercase")}});
  EXPECT_EQ(chain->run("The answer is  PARIS ").value(), "paris");
  EXPECT_EQ(FilterChain::create({"none", {}})->run("x\xFF").value(), "x\uFFFD");
}

TEST(Filters, UppercaseKnowsLettersThatGrow) {
  EXPECT_EQ(run("uppercase", "{}", "straße ŉ ﬁx 한글 àb ǆ"), "STRASSE ʼN FIX 한글 ÀB Ǆ");
  EXPECT_EQ(run("uppercase", "{}", "plain 1"), "PLAIN 1");
}

TEST(Filters, TakeFirstKTakesOne) {
  const auto filter = make_take_first_k_filter(Json::parse(R"({"k": 1})").value()).value();
  EXPECT_EQ(filter->apply({"a", "b", "c"}).value(), std::vector<std::string>{"a"});
  EXPECT_FALSE(filter->apply({}));
  EXPECT_EQ(run("take_first_k", "{}", ""),
            "refused: filter 'take_first_k': argument 'k': expected 1 or more");
  EXPECT_EQ(run("take_first_k", R"({"k": 2})", ""),
            "refused: filter 'take_first_k': argument 'k': more than one response an item is not "
            "in this version");
}

TEST(Filters, MajorityVoteTakesTheFirstOfEquals) {
  const auto filter = make_majority_vote_filter({}).value();
  EXPECT_EQ(filter->apply({"a", "b", "b", "c"}).value(), std::vector<std::string>{"b"});
  EXPECT_EQ(filter->apply({"c", "a", "a", "c"}).value(), std::vector<std::string>{"c"});
  EXPECT_TRUE(filter->apply({}).value().empty());
}

TEST(Filters, MapKnowsItsKeys) {
  const std::string two = R"({"mapping_dict": {"A": 1, "예": "yes"}})";
  EXPECT_EQ(run("map", two, "A"), "1");
  EXPECT_EQ(run("map", two, "예"), "yes");
  EXPECT_EQ(run("map", two, "a"), "no answer: filter 'map': the response is not in 'mapping_dict'");
  EXPECT_EQ(run("map", R"({"mapping_dict": {}, "default_value": "other"})", "a"), "other");
  EXPECT_EQ(run("map", R"({"mapping_dict": {"A": [1]}})", ""),
            "refused: filter 'map': argument 'mapping_dict.A': expected a string or an integer, "
            "got array");
}

TEST(Filters, FormatSpanReadsLists) {
  EXPECT_EQ(run("format_span", "{}", "PERSON: Kim, Lee $$ Location : Seoul"),
            "per: kim $ per: lee $ loc: seoul");
  EXPECT_EQ(run("format_span", "{}", "Organization: None\nTime: 3 May$$"), "date: 3 may");
  EXPECT_EQ(run("format_span", "{}", "nothing of note"), "");
}

TEST(Filters, UnknownOnesAreRefusedByName) {
  EXPECT_EQ(run("regex_pos", "{}", ""), "refused: filter 'regex_pos': not in this version");
  EXPECT_EQ(run("regx", "{}", ""),
            "refused: filter 'regx': there is no such filter, did you mean 'regex'?");
  EXPECT_EQ(run("take_first", R"({"k": 1})", "").substr(0, 8), "refused:");
}

TEST(Filters, TheTableIsSortedAndWithoutDoubles) {
  const auto rules = filter_rules();
  EXPECT_TRUE(std::is_sorted(rules.begin(), rules.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(rules.size(), 9U);
}

}  // namespace
}  // namespace gwageo
