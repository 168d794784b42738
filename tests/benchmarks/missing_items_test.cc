// Items without a score: what a target allows, and what totals are over then.
#include <gtest/gtest.h>

#include "benchmarks/verdict.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::first_right;
using judging::model;
using judging::says;
using judging::target;
using judging::two_axes;
using scoring::card;

TEST(MissingItems, IncompleteCoverageIsPendingUnlessTheTargetAllowsIt) {
  const Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  std::vector<int> answers = first_right(90, 100);
  const Scorecard reference = card(suite, {answers});
  answers[3] = -1;
  answers[4] = -1;
  const Scorecard candidate = card(suite, {answers});
  EXPECT_FALSE(candidate.total.has_value());
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  Target rule = target("");
  Verdict verdict = judge(rule, suite, model("c", &candidate), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "98 %"));
  rule.min_coverage = 0.98;
  verdict = judge(rule, suite, model("c", &candidate), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  EXPECT_EQ(verdict.n, 98U);
  EXPECT_TRUE(says(verdict, "the target allows 98 %"));
  EXPECT_TRUE(says(verdict, "2 scored items of 'ref' are not paired"));
  rule.min_coverage = 0.981;
  EXPECT_EQ(judge(rule, suite, model("c", &candidate), cohort).kind, VerdictKind::pending);
}

TEST(MissingItems, TotalsMayBeOverTheItemsThatAllHaveScored) {
  const Suite suite = two_axes();
  // The candidate lacks two items that the reference got right, and one that it got wrong.
  const Scorecard candidate = card(suite, {{1, 1, 0, -1, -1, -1, 1, 0}, {1, 0, 1, 1}});
  const Scorecard reference = card(suite, {{1, 1, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 0}});
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  Target rule = target("");
  rule.min_coverage = 0.5;
  const Verdict own = judge(rule, suite, model("c", &candidate), cohort);
  // (2 * 3/5 + 3/4) / (2 * 5/8 + 3/4)
  EXPECT_EQ(own.ratio_exact, (Fraction{39, 40}));
  EXPECT_TRUE(says(own, "missing: own_items"));
  rule.missing = Missing::paired_items;
  const Verdict paired = judge(rule, suite, model("c", &candidate), cohort);
  EXPECT_EQ(paired.ratio_exact, (Fraction{1, 1}));  // (2 * 3/5 + 3/4) / (2 * 3/5 + 3/4)
  EXPECT_EQ(paired.n, 9U);
  EXPECT_EQ(paired.axes[0].reference, 0.6);
  EXPECT_TRUE(says(paired, "missing: paired_items: totals are over the 9 items"));
  EXPECT_FALSE(says(paired, "not paired"));
  const Scorecard half = card(suite, {{0, 0, 0, 1, 1, 1, 0, 0}, {-1, -1, 1, 1}});
  const Scorecard rest = card(suite, {{0, 0, 0, 1, 1, 1, 0, 0}, {1, 1, -1, -1}});
  const std::vector<JudgedModel> apart{model("ref", &half)};
  const Verdict none = judge(rule, suite, model("c", &rest), apart);
  EXPECT_EQ(none.kind, VerdictKind::pending);
  EXPECT_TRUE(says(none, "all of these models have scored no item of some task"));
  // Nothing is missing: nothing is said, and the policy changes nothing.
  const Verdict whole = judge(rule, suite, model("c", &reference), cohort);
  EXPECT_FALSE(says(whole, "missing"));
}

TEST(MissingItems, ATaskWithoutAnyScoreIsPendingWhateverTheCoverage) {
  const Suite suite = two_axes();
  const Scorecard whole = card(suite, {first_right(50, 90), first_right(1, 2)});
  const Scorecard holed = card(suite, {first_right(50, 90), {-1, -1}});
  const std::vector<JudgedModel> cohort{model("ref", &whole)};
  Target rule = target("");
  rule.min_coverage = 0.5;
  const Verdict verdict = judge(rule, suite, model("c", &holed), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "no scored item in some task"));
}

}  // namespace
}  // namespace gwageo
