#include "benchmarks/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "benchmarks/bootstrap.h"
#include "benchmarks/evaluate.h"
#include "benchmarks/pairing.h"
#include "benchmarks/ratio_test.h"
#include "benchmarks/total.h"
#include "protocol/json.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::first_right;
using judging::model;
using judging::says;
using judging::two_axes;
using scoring::card;

/// Answer i is right where i * a mod m < b.
std::vector<int> pattern(int size, int a, int m, int b) {
  std::vector<int> out;
  for (int i = 0; i < size; ++i) out.push_back(i * a % m < b ? 1 : 0);
  return out;
}

Suite one_task() {
  return scoring::suite({{"a", 1}},
                        {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
}

Target stage_target() {
  Target out;
  out.name = "stage";
  out.suite = "small";
  return out;
}

TEST(Window, BeginsAfterTheSameDayAndEndsOnTheDate) {
  const Date as_of{2026, 8, 31};
  EXPECT_FALSE(in_window({2026, 2, 28}, as_of, 6));
  EXPECT_TRUE(in_window({2026, 3, 1}, as_of, 6));
  EXPECT_TRUE(in_window({2026, 8, 31}, as_of, 6));
  EXPECT_FALSE(in_window({2026, 9, 1}, as_of, 6));
}

TEST(Window, CountsForCohortsThatHaveOne) {
  const Date as_of{2026, 8, 31};
  const Date old{2025, 1, 1};
  const Date later{2026, 9, 1};
  Target rule = stage_target();
  EXPECT_TRUE(is_in_cohort(rule, "r", {2026, 3, 1}, as_of));
  EXPECT_FALSE(is_in_cohort(rule, "r", old, as_of));
  rule.comparison = Comparison::model;
  rule.compared_with = "r";
  EXPECT_TRUE(is_in_cohort(rule, "r", old, as_of));
  EXPECT_FALSE(is_in_cohort(rule, "r", later, as_of));
  EXPECT_FALSE(is_in_cohort(rule, "s", old, as_of));
  Target bar = stage_target();
  bar.comparison = Comparison::bar;
  EXPECT_FALSE(is_in_cohort(bar, "r", {2026, 3, 1}, as_of));
}

TEST(Verdict, ExactlyTheShareMeets) {
  const Suite suite = one_task();
  const Scorecard candidate = card(suite, {first_right(19, 25)});
  const Scorecard reference = card(suite, {first_right(20, 25)});
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  Target rule = stage_target();
  rule.decide_by_confidence = false;
  Verdict verdict = judge(rule, suite, model("cand", &candidate), cohort);
  EXPECT_EQ(verdict.meets, true);
  EXPECT_EQ(verdict.ratio_exact, (Fraction{19, 20}));
  EXPECT_EQ(verdict.ratio, 0.95);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  rule.share = Fraction{951, 1000};
  verdict = judge(rule, suite, model("cand", &candidate), cohort);
  EXPECT_EQ(verdict.meets, false);
  EXPECT_EQ(verdict.kind, VerdictKind::fail);
}

TEST(Verdict, MeetsIsExactWhereSixtyFourBitsAreNotEnough) {
  // Forty tasks with prime numbers of items: the common denominator has about 280 bits.
  std::vector<Task> tasks;
  std::vector<std::vector<int>> twenty, nineteen;
  int prime = 101;
  for (int t = 0; t < 40; ++t) {
    for (bool found = false; !found; found || (prime += 2, true)) {
      found = true;
      for (int d = 3; d * d <= prime; d += 2) found = found && prime % d != 0;
    }
    tasks.push_back(
        scoring::task("t" + std::to_string(t), "a", OutputType::generate_until, "exact_match"));
    twenty.push_back(first_right(20, static_cast<std::size_t>(prime)));
    nineteen.push_back(first_right(19, static_cast<std::size_t>(prime)));
    prime += 2;
  }
  const Suite suite = scoring::suite({{"a", 1}}, std::move(tasks));
  const Scorecard reference = card(suite, twenty);
  const Scorecard equal = card(suite, nineteen);
  EXPECT_FALSE(reference.total_exact.has_value());
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  const Verdict at = judge(stage_target(), suite, model("cand", &equal), cohort);
  EXPECT_EQ(at.meets, true);
  EXPECT_EQ(at.ratio_exact, (Fraction{19, 20}));  // It reduces, though neither total fits.
  nineteen[7][18] = 0;
  const Scorecard below = card(suite, nineteen);
  EXPECT_EQ(judge(stage_target(), suite, model("cand", &below), cohort).meets, false);
}

TEST(Verdict, IntervalOfOneReferenceIsTheInversionOfTheScoreTest) {
  const Suite suite = two_axes();
  const Scorecard candidate = card(suite, {pattern(200, 7, 10, 7), pattern(50, 7, 11, 6)});
  const Scorecard reference = card(suite, {pattern(200, 3, 10, 8), pattern(50, 5, 11, 9)});
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  const Verdict verdict = judge(stage_target(), suite, model("cand", &candidate), cohort);
  EXPECT_DOUBLE_EQ(*verdict.ratio, 0.8083333333333332);
  EXPECT_NEAR(*verdict.low, 0.7265325758, 1e-6);  // SciPy: SLSQP for the likelihood, Brent's root
  EXPECT_NEAR(*verdict.high, 0.8968188429, 1e-6);
  EXPECT_EQ(verdict.n, 250U);
  EXPECT_EQ(verdict.kind, VerdictKind::fail);
  EXPECT_TRUE(says(verdict, "the upper end 0.8968 stays below the share 0.9500"));
  ASSERT_EQ(verdict.axes.size(), 2U);
  EXPECT_EQ(verdict.axes[0].axis, "korean");
  EXPECT_DOUBLE_EQ(verdict.axes[0].candidate, 0.7);
  EXPECT_DOUBLE_EQ(verdict.axes[0].reference, 0.8);
  EXPECT_DOUBLE_EQ(*verdict.axes[0].ratio, 0.875);
}

TEST(Verdict, IntervalOfSeveralReferencesIsThatOfWhicheverIsBest) {
  const Suite suite = two_axes();
  const Scorecard candidate = card(suite, {pattern(200, 7, 10, 7), pattern(50, 7, 11, 6)});
  const Scorecard one = card(suite, {pattern(200, 3, 10, 8), pattern(50, 5, 11, 9)});
  const Scorecard two = card(suite, {pattern(200, 9, 13, 10), pattern(50, 3, 7, 6)});
  std::vector<JudgedModel> cohort{model("one", &one), model("two", &two)};
  const Verdict verdict = judge(stage_target(), suite, model("cand", &candidate), cohort);
  const std::vector<const Scorecard*> cards{&candidate, &one, &two};
  const Pairing pairing = pair_items(suite, cards);
  const RatioTest first(pairing, 1);
  const RatioTest second(pairing, 2);
  const double z_low = normal_quantile(0.95);
  const double z_high = normal_quantile(0.975);
  EXPECT_NEAR(*verdict.low, std::min(first.low(z_low), second.low(z_low)), 1e-12);
  EXPECT_NEAR(*verdict.high, std::min(first.high(z_high), second.high(z_high)), 1e-12);
  EXPECT_EQ(verdict.best_reference, "one");  // They tie; by name.
  std::swap(cohort[0], cohort[1]);
  const Verdict swapped = judge(stage_target(), suite, model("cand", &candidate), cohort);
  EXPECT_EQ(to_json(swapped), to_json(verdict));
}

TEST(Verdict, PassFailAndInconclusive) {
  const Suite suite = one_task();
  const Scorecard good = card(suite, {pattern(2000, 7, 10, 9)});
  const Scorecard same = card(suite, {pattern(2000, 3, 10, 9)});
  const Scorecard close = card(suite, {pattern(2000, 7, 100, 86)});
  const Scorecard poor = card(suite, {pattern(2000, 7, 10, 7)});
  const std::vector<JudgedModel> cohort{model("ref", &good)};
  EXPECT_EQ(judge(stage_target(), suite, model("c", &same), cohort).kind, VerdictKind::pass);
  EXPECT_EQ(judge(stage_target(), suite, model("c", &good), cohort).kind, VerdictKind::pass);
  EXPECT_EQ(judge(stage_target(), suite, model("c", &poor), cohort).kind, VerdictKind::fail);
  const Verdict verdict = judge(stage_target(), suite, model("c", &close), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::inconclusive);
  EXPECT_EQ(verdict.meets, true);
  EXPECT_TRUE(says(verdict, "not separated"));
}

TEST(Verdict, AModelEqualToTheReferenceHasARatioOfOne) {
  const Suite suite = one_task();
  // The more items they agree on, the less room there is for a true difference.
  const Scorecard few = card(suite, {pattern(50, 7, 10, 8)});
  const Scorecard many = card(suite, {pattern(80, 7, 10, 8)});
  const std::vector<JudgedModel> few_cohort{model("ref", &few)};
  const std::vector<JudgedModel> many_cohort{model("ref", &many)};
  const Verdict open = judge(stage_target(), suite, model("c", &few), few_cohort);
  EXPECT_EQ(open.ratio, 1.0);
  EXPECT_EQ(open.kind, VerdictKind::inconclusive);
  EXPECT_EQ(open.settled_by_items, 66U);
  const Verdict settled = judge(stage_target(), suite, model("c", &many), many_cohort);
  EXPECT_EQ(settled.ratio, 1.0);
  EXPECT_EQ(settled.kind, VerdictKind::pass);
  EXPECT_FALSE(settled.settled_by_items.has_value());
}

TEST(Verdict, InconclusiveSaysWhatWouldSettleIt) {
  const Suite suite = one_task();
  const Scorecard reference = card(suite, {pattern(2000, 7, 10, 9)});
  const Scorecard close = card(suite, {pattern(2000, 7, 100, 86)});
  const Scorecard at_share = card(suite, {pattern(2000, 7, 200, 171)});
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &close), cohort);
  ASSERT_TRUE(verdict.settled_by_items.has_value());
  const std::string items = std::to_string(*verdict.settled_by_items);
  EXPECT_TRUE(says(verdict, "about " + items + " items like these 2000 would settle it"));
  EXPECT_EQ(to_json(verdict).find("settled_by")->dump(), "{\"items\":" + items + "}");
  const Verdict never = judge(stage_target(), suite, model("c", &at_share), cohort);
  EXPECT_EQ(never.ratio_exact, (Fraction{19, 20}));
  EXPECT_EQ(never.kind, VerdictKind::inconclusive);
  EXPECT_FALSE(never.settled_by_items.has_value());
  EXPECT_TRUE(says(never, "no number of items would settle it"));
  EXPECT_TRUE(to_json(never).find("settled_by")->is_null());
}

/// Answers in passages of five questions each; whoever knows a passage knows all of it.
Scorecard passages(const Suite& suite, int count, int a, int m, int b, bool is_clustered) {
  const auto evaluator = Evaluator::create(suite).value();
  for (int i = 0; i < 5 * count; ++i) {
    PlanEntry entry = scoring::question(0, std::to_string(i), {"yes"});
    if (is_clustered) entry.cluster = "passage " + std::to_string(i / 5);
    const Response said = scoring::text(i / 5 * a % m < b ? "yes" : "no");
    evaluator->add(entry, {&said, 1});
  }
  return evaluator->finish();
}

TEST(Verdict, ItemsOfAClusterCountAsOne) {
  const Suite suite = one_task();
  const auto interval = [&](bool is_clustered, int count) {
    const Scorecard c = passages(suite, count, 7, 10, 8, is_clustered);
    const Scorecard r = passages(suite, count, 3, 10, 8, is_clustered);
    const std::vector<JudgedModel> cohort{model("ref", &r)};
    return judge(stage_target(), suite, model("c", &c), cohort);
  };
  const Verdict apart = interval(false, 100);
  const Verdict together = interval(true, 100);
  EXPECT_EQ(apart.n, 500U);
  EXPECT_EQ(together.n, 500U);
  EXPECT_EQ(apart.ratio, together.ratio);
  const double wider = (*together.high - *together.low) / (*apart.high - *apart.low);
  EXPECT_NEAR(wider, std::sqrt(5.0), 0.1);  // As many units as passages.
  const Verdict one = interval(true, 1);
  EXPECT_EQ(one.kind, VerdictKind::inconclusive);
  EXPECT_TRUE(says(one, "all items of some task are one cluster"));
}

TEST(Verdict, NamesTasksThatTellNobodyApart) {
  const Suite suite = two_axes();
  const std::vector<int> alike = pattern(400, 7, 100, 97);
  const Scorecard c = card(suite, {pattern(400, 7, 10, 7), alike});
  const Scorecard r1 = card(suite, {pattern(400, 3, 10, 7), pattern(400, 9, 100, 97)});
  const Scorecard r2 = card(suite, {pattern(400, 9, 10, 3), alike});
  const std::vector<JudgedModel> cohort{model("r1", &r1), model("r2", &r2)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &c), cohort);
  ASSERT_EQ(verdict.discrimination.size(), 2U);
  EXPECT_EQ(verdict.discrimination[0].task, "k");
  EXPECT_EQ(verdict.discrimination[0].pairs, 3U);
  EXPECT_EQ(verdict.discrimination[0].separated, 2U);
  EXPECT_EQ(verdict.discrimination[1].separated, 0U);
  EXPECT_TRUE(says(verdict, "1 of 2 tasks tell no two of these 3 models apart: 'r'"));
}

TEST(Verdict, IsPendingWithoutACohortOrAScorecard) {
  const Suite suite = one_task();
  const Scorecard some = card(suite, {first_right(5, 10)});
  Verdict verdict = judge(stage_target(), suite, model("c", &some), {});
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "no cohort"));
  EXPECT_FALSE(verdict.meets.has_value());
  const std::vector<JudgedModel> partly{model("b", nullptr), model("a", nullptr),
                                        model("ok", &some)};
  verdict = judge(stage_target(), suite, model("c", &some), partly);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "the cohort is not fully examined: no scorecard of a, b"));
  const std::vector<JudgedModel> cohort{model("ok", &some)};
  verdict = judge(stage_target(), suite, model("c", nullptr), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "the candidate is not examined yet"));
}

TEST(Verdict, AReferenceThatScoresNothingGivesNoRatio) {
  const Suite suite = one_task();
  const Scorecard none = card(suite, {first_right(0, 10)});
  const Scorecard some = card(suite, {first_right(5, 10)});
  const std::vector<JudgedModel> cohort{model("ref", &none)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &some), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::inconclusive);
  EXPECT_FALSE(verdict.ratio.has_value());
  EXPECT_TRUE(says(verdict, "scores 0"));
}

TEST(Verdict, TooFewItemsAreInconclusive) {
  const Suite suite = one_task();
  const Scorecard one = card(suite, {{1}});
  const std::vector<JudgedModel> cohort{model("ref", &one)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &one), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::inconclusive);
  EXPECT_EQ(verdict.meets, true);
  EXPECT_TRUE(says(verdict, "fewer than 2 paired items"));
}

TEST(Verdict, IneligibleByListByMetricAndByClaim) {
  Suite suite = one_task();
  const Scorecard some = card(suite, {first_right(5, 10)});
  const std::vector<JudgedModel> cohort{model("ref", &some)};
  Target rule = stage_target();
  rule.candidates = {"other"};
  EXPECT_EQ(judge(rule, suite, model("c", &some), cohort).kind, VerdictKind::ineligible);
  JudgedModel claimed = model("c", &some);
  claimed.evidence = "claimed";
  EXPECT_EQ(judge(stage_target(), suite, claimed, cohort).kind, VerdictKind::ineligible);
  suite.tasks[0].metrics[0].higher_is_better = false;
  const Scorecard lower = card(suite, {first_right(5, 10)});
  const std::vector<JudgedModel> lower_cohort{model("ref", &lower)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &lower), lower_cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::ineligible);
  EXPECT_EQ(verdict.reasons.size(), 1U);
}

TEST(Verdict, AScorecardOfAnotherSuiteIsPending) {
  const Suite suite = one_task();
  const Scorecard some = card(suite, {first_right(5, 10)});
  const Scorecard other = card(two_axes(), {first_right(5, 10), first_right(5, 10)});
  const std::vector<JudgedModel> cohort{model("ref", &other)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &some), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "another version of suite"));
}

TEST(Verdict, JsonHasTheFixedKeys) {
  const Suite suite = one_task();
  const Scorecard some = card(suite, {first_right(500, 1000)});
  const std::vector<JudgedModel> cohort{model("ref", &some)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &some), cohort);
  const std::string ends = Json(*verdict.low).dump() + "," + Json(*verdict.high).dump();
  EXPECT_NEAR(*verdict.low, 0.9946126770415, 1e-11);
  EXPECT_EQ(
      to_json(verdict).dump(),
      R"json({"candidate":"c","verdict":"pass","ratio":1.0,"ratio_exact":"1/1",)json"
      R"json("meets":true,"ci":[)json" +
          ends +
          R"json(],"n":1000,)json"
          R"json("settled_by":null,"best_reference":"ref","references":["ref"],)json"
          R"json("axes":{"a":{"candidate":0.5,"reference":0.5,"ratio":1.0}},)json"
          R"json("discrimination":{"t":{"pairs":1,"separated":0,"least":0.5,"most":0.5}},)json"
          R"json("gates":{},"admitted":true,)json"
          R"json("reasons":["the lower end 0.9946 reaches the share 0.9500"]})json");
  const Json pending = to_json(judge(stage_target(), suite, model("c", &some), {}));
  EXPECT_TRUE(pending.find("ci")->is_null());
  EXPECT_TRUE(pending.find("ratio")->is_null());
  EXPECT_EQ(pending.find("verdict")->as_string(), "pending");
}

/// f1 over yes/no questions: the answer's label against the gold label.
Scorecard f1_card(const Suite& suite, int size, int flip_every) {
  const auto evaluator = Evaluator::create(suite).value();
  for (int i = 0; i < size; ++i) {
    const std::int64_t gold = i % 3 == 0 ? 1 : 0;
    const bool is_flipped = i % flip_every == 0;
    const std::int64_t predicted = is_flipped ? 1 - gold : gold;
    const auto said = scoring::likelihoods(predicted == 1 ? std::vector<double>{-2, -1}
                                                          : std::vector<double>{-1, -2});
    evaluator->add(scoring::choice(0, std::to_string(i), {"no", "yes"}, gold), said);
  }
  return evaluator->finish();
}

TEST(Verdict, AHeadlineThatIsNoMeanIsResampledAsAWhole) {
  const Suite suite =
      scoring::suite({{"a", 1}}, {scoring::task("t", "a", OutputType::multiple_choice, "f1")});
  const Scorecard candidate = f1_card(suite, 100, 7);
  const Scorecard reference = f1_card(suite, 100, 10);
  const std::vector<JudgedModel> cohort{model("ref", &reference)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &candidate), cohort);
  const double ratio = candidate.tasks[0].metrics[0].value / reference.tasks[0].metrics[0].value;
  EXPECT_DOUBLE_EQ(*verdict.ratio, ratio);
  EXPECT_LT(*verdict.low, ratio);
  EXPECT_GT(*verdict.high, ratio);
  EXPECT_TRUE(verdict.ratio_exact.has_value());
}

/// Uniform in [0, 1).
double uniform(ResampleStream& stream) {
  return static_cast<double>(stream.next() >> 11) * 0x1.0p-53;
}

/// 250 items in two tasks of which the reference knows 80 % and 70 %, the candidate 76 % and 70 %,
/// half of the items answered alike by luck: the true ratio is 0.9652 under weights 2 and 1.
TEST(Verdict, TheIntervalCoversTheTruthAsOftenAsItSays) {
  const Suite suite = two_axes();
  const double truth = (2 * 0.76 + 0.70) / (2 * 0.80 + 0.70);
  int low_misses = 0;
  int high_misses = 0;
  constexpr int experiments = 400;
  for (int e = 0; e < experiments; ++e) {
    ResampleStream stream(42, static_cast<std::uint64_t>(e), 0);
    std::vector<std::vector<int>> c(2), r(2);
    for (std::size_t t = 0; t < 2; ++t) {
      for (int i = 0; i < 125; ++i) {
        const double luck = uniform(stream);
        const double own = uniform(stream) < 0.5 ? luck : uniform(stream);
        c[t].push_back(own < (t == 0 ? 0.76 : 0.70) ? 1 : 0);
        r[t].push_back(luck < (t == 0 ? 0.80 : 0.70) ? 1 : 0);
      }
    }
    const Scorecard candidate = card(suite, c);
    const Scorecard reference = card(suite, r);
    const std::vector<JudgedModel> cohort{model("ref", &reference)};
    const Verdict verdict = judge(stage_target(), suite, model("c", &candidate), cohort);
    low_misses += *verdict.low > truth ? 1 : 0;
    high_misses += *verdict.high < truth ? 1 : 0;
  }
  // 5 % at each end: 20 of 400, standard deviation 4.4.
  EXPECT_GE(low_misses, 7);
  EXPECT_LE(low_misses, 35);
  EXPECT_GE(high_misses, 7);
  EXPECT_LE(high_misses, 35);
}

TEST(Verdict, TenThousandItemsAndThreeReferencesTakeAMoment) {
  const Suite suite = one_task();
  const Scorecard c = card(suite, {pattern(10000, 7, 100, 80)});
  const Scorecard r1 = card(suite, {pattern(10000, 3, 100, 81)});
  const Scorecard r2 = card(suite, {pattern(10000, 9, 101, 80)});
  const Scorecard r3 = card(suite, {pattern(10000, 11, 103, 83)});
  const std::vector<JudgedModel> cohort{model("r1", &r1), model("r2", &r2), model("r3", &r3)};
  const Verdict verdict = judge(stage_target(), suite, model("c", &c), cohort);
  EXPECT_EQ(verdict.n, 10000U);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
}

TEST(Pairing, OrderOfClusteredItemsIsIrrelevant) {
  const Suite suite = one_task();
  Scorecard a = card(suite, {pattern(50, 7, 10, 7)});
  Scorecard b = card(suite, {pattern(50, 3, 10, 8)});
  for (Scorecard* const model : {&a, &b}) {
    for (std::size_t i = 0; i < 50; ++i) model->tasks[0].items[i].cluster = i < 40 ? i / 4 + 1 : 0;
  }
  const std::vector<const Scorecard*> models{&a, &b};
  const auto clusters = [&] { return pair_items(suite, models).strata.at(0).clusters; };
  const auto before = clusters();
  EXPECT_EQ(before.size(), 20U);
  std::reverse(a.tasks[0].items.begin(), a.tasks[0].items.end());
  EXPECT_EQ(clusters(), before);
  std::reverse(b.tasks[0].items.begin(), b.tasks[0].items.end());
  EXPECT_EQ(clusters(), before);
}

TEST(Pairing, OrderOfItemsIsIrrelevant) {
  const Suite suite = one_task();
  Scorecard a = card(suite, {pattern(50, 7, 10, 7)});
  const Scorecard b = card(suite, {pattern(50, 3, 10, 8)});
  const std::vector<const Scorecard*> models{&a, &b};
  const PairedEstimate before = RatioTest(pair_items(suite, models), 1).estimate();
  std::reverse(a.tasks[0].items.begin(), a.tasks[0].items.end());
  const PairedEstimate after = RatioTest(pair_items(suite, models), 1).estimate();
  EXPECT_EQ(before.candidate, after.candidate);
  EXPECT_EQ(before.candidate_variance, after.candidate_variance);
  EXPECT_EQ(before.covariance, after.covariance);
}

}  // namespace
}  // namespace gwageo
