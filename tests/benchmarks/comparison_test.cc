// What a candidate is compared with, if not with one reference: the best of each axis, the mean of
// several, a bar. Known answers are worked out by hand, or are from SciPy 1.10.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "benchmarks/bootstrap.h"
#include "benchmarks/evaluate.h"
#include "benchmarks/ratio_interval.h"
#include "benchmarks/verdict.h"
#include "protocol/json.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/pairings.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::first_right;
using judging::model;
using judging::says;
using judging::scored;
using judging::target;
using judging::two_axes;
using scoring::card;

TEST(BestPerAxis, IsAFrontierThatNobodyNeedReach) {
  const Scorecard k = scored(90, 60, 100);
  const Scorecard r = scored(70, 80, 100);
  const Scorecard c = scored(88, 70, 100);
  const std::vector<JudgedModel> cohort{model("r", &r), model("k", &k)};
  const Verdict verdict =
      judge(target("compare: best_per_axis"), two_axes(), model("c", &c), cohort);
  // (2 * 88 + 70) / (2 * 90 + 80)
  EXPECT_EQ(verdict.ratio_exact, (Fraction{123, 130}));
  EXPECT_EQ(verdict.meets, false);
  EXPECT_TRUE(verdict.best_reference.empty());
  ASSERT_EQ(verdict.axes.size(), 2U);
  EXPECT_EQ(verdict.axes[0].reference, 0.9);
  EXPECT_EQ(verdict.axes[1].reference, 0.8);
  EXPECT_EQ(verdict.axes[1].ratio_exact, (Fraction{7, 8}));
  EXPECT_TRUE(says(verdict,
                   "compared with the best of each axis, 0.8667 in all: 'k' on korean, "
                   "'r' on reasoning"));
  const Json json = to_json(verdict);
  EXPECT_TRUE(json.find("best_reference")->is_null());
  EXPECT_EQ(json.find("references")->dump(), R"({"korean":"k","reasoning":"r"})");
  // Against the best reference alone it is far ahead: (2 * 88 + 70) / (2 * 90 + 60)
  EXPECT_EQ(judge(target("compare: best"), two_axes(), model("c", &c), cohort).ratio_exact,
            (Fraction{41, 40}));
}

TEST(BestPerAxis, IsTheBestWhereOneReferenceLeadsEverywhere) {
  const Scorecard ahead = scored(90, 80, 100);
  const Scorecard behind = scored(40, 30, 100);
  const Scorecard c = scored(85, 78, 100);
  const std::vector<JudgedModel> cohort{model("a", &ahead), model("b", &behind)};
  const Verdict best = judge(target("compare: best"), two_axes(), model("c", &c), cohort);
  const Verdict frontier =
      judge(target("compare: best_per_axis"), two_axes(), model("c", &c), cohort);
  EXPECT_EQ(frontier.ratio_exact, best.ratio_exact);
  EXPECT_EQ(frontier.low, best.low);      // Against each choice; this one is the hardest.
  EXPECT_GE(*frontier.high, *best.high);  // Four choices instead of two references.
}

TEST(MeanTop, IsTheMeanOfTheHighestTotals) {
  const Scorecard r1 = scored(90, 90, 100);
  const Scorecard r2 = scored(80, 80, 100);
  const Scorecard r3 = scored(60, 60, 100);
  const Scorecard c = scored(85, 85, 100);
  const std::vector<JudgedModel> cohort{model("r3", &r3), model("r1", &r1), model("r2", &r2)};
  const Verdict verdict =
      judge(target("compare: {mean_top: 2}"), two_axes(), model("c", &c), cohort);
  EXPECT_EQ(verdict.ratio_exact, (Fraction{1, 1}));
  EXPECT_EQ(to_json(verdict).find("references")->dump(), R"(["r1","r2"])");
  EXPECT_TRUE(says(verdict, "compared with the mean 0.8500 of the 2 best, 'r1', 'r2'"));
  EXPECT_EQ(verdict.axes[0].ratio_exact, (Fraction{1, 1}));
  const Verdict few = judge(target("compare: {mean_top: 4}"), two_axes(), model("c", &c), cohort);
  EXPECT_EQ(few.kind, VerdictKind::pending);
  EXPECT_TRUE(
      says(few, "the mean of the 4 best needs 4 references, and 3 of the window are there"));
  const Verdict one = judge(target("compare: {mean_top: 1}"), two_axes(), model("c", &c), cohort);
  const Verdict best = judge(target("compare: best"), two_axes(), model("c", &c), cohort);
  EXPECT_EQ(one.ratio_exact, best.ratio_exact);
  EXPECT_EQ(one.low, best.low);
  EXPECT_EQ(one.high, best.high);
}

TEST(Bar, IsReachedOrNotWhateverOthersDo) {
  const Scorecard c = scored(70, 70, 100);
  const std::vector<JudgedModel> unexamined{model("r", nullptr)};
  const Target rule = target("compare: {bar: 0.70}\ndecide: point");
  const Verdict verdict = judge(rule, two_axes(), model("c", &c), unexamined);
  EXPECT_EQ(verdict.ratio_exact, (Fraction{1, 1}));
  EXPECT_EQ(verdict.meets, true);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  EXPECT_EQ(verdict.n, 200U);
  EXPECT_TRUE(says(verdict, "compared with the bar 0.7000"));
  EXPECT_EQ(to_json(verdict).find("references")->dump(), "[]");
  EXPECT_TRUE(to_json(verdict).find("best_reference")->is_null());
  const Scorecard below = scored(70, 69, 100);
  EXPECT_EQ(judge(rule, two_axes(), model("c", &below), {}).meets, false);
  // 0.65 / 0.70 is 13 / 14, and that is below 0.95 but not below 0.9.
  const Scorecard lower = scored(65, 65, 100);
  const auto meets = [&](const std::string& share) {
    return judge(target("compare: {bar: 0.70}\nshare: " + share), two_axes(), model("c", &lower),
                 {})
        .meets;
  };
  EXPECT_EQ(meets("0.95"), false);
  EXPECT_EQ(meets("0.9"), true);
}

// Wilson's interval, with the variance over n - 1 in place of n: score^2 = z^2 p (1 - p) / (n - 1).
TEST(Bar, HasTheScoreIntervalOfAProportion) {
  const Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  const Scorecard c = card(suite, {first_right(160, 200)});
  const Verdict verdict = judge(target("compare: {bar: 0.5}"), suite, model("c", &c), {});
  const double z = 1.6448536269514722;
  const double score = 0.8;
  const double a = 1 + z * z / 199;
  const double b = -(2 * score + z * z / 199);
  const double root = std::sqrt(b * b - 4 * a * score * score);
  EXPECT_NEAR(*verdict.low, (-b - root) / (2 * a) / 0.5, 1e-9);
  EXPECT_NEAR(*verdict.high, (-b + root) / (2 * a) / 0.5, 1e-9);
  EXPECT_EQ(verdict.kind, VerdictKind::pass);
  const Scorecard all = card(suite, {first_right(200, 200)});
  const Verdict whole = judge(target("compare: {bar: 1}"), suite, model("c", &all), {});
  EXPECT_EQ(whole.meets, true);
  EXPECT_NEAR(*whole.high, 1, 1e-9);
  EXPECT_EQ(whole.kind, VerdictKind::inconclusive);  // 200 of 200 are no proof of all.
}

TEST(Bar, InconclusiveSaysWhatWouldSettleIt) {
  const Suite suite = scoring::suite(
      {{"a", 1}}, {scoring::task("t", "a", OutputType::generate_until, "exact_match")});
  const Scorecard c = card(suite, {first_right(72, 100)});
  const Verdict verdict = judge(target("compare: {bar: 0.7}"), suite, model("c", &c), {});
  EXPECT_EQ(verdict.kind, VerdictKind::inconclusive);
  ASSERT_TRUE(verdict.settled_by_items.has_value());
  // (z / (0.02 / sqrt(0.7 * 0.3 / 99)))^2 * 100
  EXPECT_NEAR(static_cast<double>(*verdict.settled_by_items), 143477.0 / 100, 2);
}

TEST(Bar, CountsClustersAsOne) {
  Stratum s = pairings::stratum({{{0}, 3}, {{1}, 5}});
  s.clusters = {{0, 0, 1}, {1, 1}, {0, 1, 1}};
  std::vector<Stratum> strata;
  strata.push_back(std::move(s));
  const Pairing p = pairings::pairing(std::move(strata));
  const RatioTest test = RatioTests(p).test(0, only_the_bar(p).each[0]);
  const double mean = 5.0 / 8;
  const double deviations[] = {1 - 3 * mean, 2 - 2 * mean, 2 - 3 * mean};
  double squares = 0;
  for (const double d : deviations) squares += d * d;
  EXPECT_NEAR(test.estimate().candidate_variance, 3.0 / 2 * squares / 64, 1e-15);
  EXPECT_NEAR(test.estimate().candidate, mean, 1e-15);
  EXPECT_EQ(test.estimate().reference, 1);
  EXPECT_EQ(test.estimate().reference_variance, 0);
}

/// So many models of 0 and 1 on two axes of `items` each, in all kinds of agreement.
Pairing two_axes_of(std::uint64_t items, std::size_t models) {
  std::vector<Stratum> strata;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    std::vector<pairings::Kind> kinds;
    for (std::uint64_t i = 0; i < items; ++i) {
      pairings::Kind kind;
      for (std::size_t m = 0; m < models; ++m) {
        kind.values.push_back((i * (2 * m + 3) + axis) % 10 < 7 + (m + axis) % 2 ? 1 : 0);
      }
      kinds.push_back(std::move(kind));
    }
    strata.push_back(pairings::stratum(kinds, axis == 0 ? 0.6 : 0.4));
    strata.back().axis = axis;
  }
  return pairings::pairing(std::move(strata));
}

TEST(Rivals, AreAllChoicesWhereThereAreFew) {
  const Pairing p = two_axes_of(50, 4);
  const Rivals by_axis = best_of_each_axis(p, 0.05, 1).value();
  EXPECT_EQ(by_axis.each.size(), 9U);
  EXPECT_EQ(by_axis.count, 9);
  EXPECT_EQ(by_axis.spent, 0);
  const Rivals pairs = mean_of_best(p, 2, 0.05, 1).value();
  EXPECT_EQ(pairs.each.size(), 3U);
  EXPECT_EQ(pairs.each[0], (Rival{{1, 2}, {1, 2}}));
  // The ends are the least over all choices, each by its own test.
  const Interval interval = interval_to_best(p, by_axis, 0.05, 1).value();
  RatioTests tests(p);
  double low = 10;
  double high = 10;
  for (const Rival& rival : by_axis.each) {
    low = std::min(low, tests.test(0, rival).low(normal_quantile(0.95)));
    high = std::min(high, tests.test(0, rival).high(normal_quantile(1 - 0.05 / 9)));
  }
  EXPECT_EQ(interval.low, low);
  EXPECT_EQ(interval.high, high);
}

/// Three axes of 500 items, on each of which another reference is far ahead of all others.
Pairing led_by_others(std::size_t models) {
  std::vector<Stratum> strata;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<pairings::Kind> kinds(2);
    kinds[0].count = 400;
    kinds[1].count = 100;
    for (std::size_t m = 0; m < models; ++m) {
      const bool is_ahead = m == 0 || m == axis + 1;
      const double odd = m % 2 == 1 ? 1 : 0;
      // Those with m odd are alike on the first kind, so a leader is told from them by the second.
      kinds[0].values.push_back(is_ahead ? 1 : odd);
      kinds[1].values.push_back(is_ahead ? odd : 0);
    }
    strata.push_back(pairings::stratum(kinds, 1.0 / 3));
    strata.back().axis = axis;
  }
  return pairings::pairing(std::move(strata));
}

bool holds(const Rivals& rivals, const Rival& rival) {
  return std::find(rivals.each.begin(), rivals.each.end(), rival) != rivals.each.end();
}

TEST(Rivals, ManyChoicesAreCutDownToThoseThatMayBeTheBest) {
  const auto rivals = best_of_each_axis(led_by_others(82), 0.05, 1);
  ASSERT_TRUE(rivals.has_value());
  EXPECT_EQ(rivals->count, 81.0 * 81 * 81);
  EXPECT_DOUBLE_EQ(rivals->spent, 0.005);
  EXPECT_LT(rivals->each.size(), 100U);
  EXPECT_TRUE(holds(*rivals, {{1}, {2}, {3}}));
  // 30 over 3 are few enough to try each.
  const auto means = mean_of_best(led_by_others(31), 3, 0.05, 1);
  ASSERT_TRUE(means.has_value());
  EXPECT_EQ(means->count, 4060);
  EXPECT_EQ(means->spent, 0);
}

TEST(Rivals, AreCutDownByResamplesWhereHeadlinesAreNoMeans) {
  Pairing p = led_by_others(12);
  EXPECT_EQ(best_of_each_axis(p, 0.05, 1)->each.size(), 11U * 11 * 11);
  p.is_all_means = false;
  const auto rivals = best_of_each_axis(p, 0.05, 1);
  ASSERT_TRUE(rivals.has_value());
  EXPECT_EQ(rivals->count, 11.0 * 11 * 11);
  EXPECT_DOUBLE_EQ(rivals->spent, 0.005);
  EXPECT_LT(rivals->each.size(), 100U);
  EXPECT_TRUE(holds(*rivals, {{1}, {2}, {3}}));
  const Interval interval = interval_to_best(p, *rivals, 0.05, 1).value();
  EXPECT_GT(interval.high, interval.low);
}

TEST(Rivals, TooManyChoicesGiveNoInterval) {
  std::vector<Stratum> strata;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    strata.push_back(pairings::stratum(
        {{std::vector<double>(82, 1), 50}, {std::vector<double>(82, 0), 50}}, 1.0 / 3));
    strata.back().axis = axis;
  }
  EXPECT_FALSE(best_of_each_axis(pairings::pairing(std::move(strata)), 0.05, 1).has_value());
}

TEST(Rivals, PValuesAreWhatTheEndsSay) {
  const Pairing p = two_axes_of(200, 4);
  for (const Rivals& rivals : {each_reference(p), best_of_each_axis(p, 0.05, 1).value(),
                               mean_of_best(p, 2, 0.05, 1).value()}) {
    const Interval interval = interval_to_best(p, rivals, 0.05, 1).value();
    EXPECT_NEAR(p_values_at(p, rivals, interval.low, 1).pass, 0.05, 1e-9);
    EXPECT_NEAR(p_values_at(p, rivals, interval.high, 1).fail, 0.05, 1e-9);
  }
}

/// f1 over yes/no questions on two axes: no mean, so everything is resampled.
Scorecard f1_card_of_two(const Suite& suite, int size, int flip_first, int flip_second) {
  const auto evaluator = Evaluator::create(suite).value();
  for (std::uint32_t task = 0; task < 2; ++task) {
    for (int i = 0; i < size; ++i) {
      const std::int64_t gold = i % 3 == 0 ? 1 : 0;
      const bool is_flipped = i % (task == 0 ? flip_first : flip_second) == 0;
      const std::int64_t predicted = is_flipped ? 1 - gold : gold;
      const auto said = scoring::likelihoods(predicted == 1 ? std::vector<double>{-2, -1}
                                                            : std::vector<double>{-1, -2});
      evaluator->add(scoring::choice(task, std::to_string(i), {"no", "yes"}, gold), said);
    }
  }
  return evaluator->finish();
}

TEST(Comparison, HeadlinesThatAreNoMeansAreResampledForEachKind) {
  const Suite suite = scoring::suite({{"a", 1}, {"b", 1}},
                                     {scoring::task("t", "a", OutputType::multiple_choice, "f1"),
                                      scoring::task("u", "b", OutputType::multiple_choice, "f1")});
  const Scorecard c = f1_card_of_two(suite, 60, 7, 7);
  const Scorecard r1 = f1_card_of_two(suite, 60, 10, 4);
  const Scorecard r2 = f1_card_of_two(suite, 60, 4, 10);
  const std::vector<JudgedModel> cohort{model("r1", &r1), model("r2", &r2)};
  std::map<std::string, double> ratios;
  for (const char* compare : {"best_per_axis", "{mean_top: 2}", "{bar: 0.9}"}) {
    const Verdict verdict =
        judge(target("compare: " + std::string(compare)), suite, model("c", &c), cohort);
    ASSERT_TRUE(verdict.low.has_value()) << compare;
    EXPECT_LT(*verdict.low, *verdict.ratio) << compare;
    EXPECT_GT(*verdict.high, *verdict.ratio) << compare;
    ratios[compare] = *verdict.ratio;
  }
  EXPECT_NEAR(ratios["best_per_axis"], c.tasks[0].metrics[0].value / r1.tasks[0].metrics[0].value,
              1e-12);
}

}  // namespace
}  // namespace gwageo
