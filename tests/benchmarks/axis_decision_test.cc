// Weights, floors and shares of single axes.
#include "benchmarks/axis_decision.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "benchmarks/bootstrap.h"
#include "benchmarks/target_suite.h"
#include "benchmarks/verdict.h"
#include "protocol/json.h"
#include "tests/benchmarks/judging.h"
#include "tests/benchmarks/scoring.h"

namespace gwageo {
namespace {

using judging::model;
using judging::says;
using judging::scored;
using judging::target;
using judging::two_axes;
using scoring::card;

TEST(AxisWeights, ReplaceThoseOfTheSuite) {
  const Suite suite = two_axes();
  const Scorecard c = scored(50, 100, 100);
  const Scorecard r = scored(100, 50, 100);
  const std::vector<JudgedModel> cohort{model("r", &r)};
  const auto ratio = [&](const std::string& lines) {
    return judge(target(lines), suite, model("c", &c), cohort).ratio_exact;
  };
  EXPECT_EQ(ratio(""), (Fraction{4, 5}));  // (2 * 50 + 100) / (2 * 100 + 50)
  EXPECT_EQ(ratio("axes: {korean: {weight: 1}, reasoning: {weight: 1}}"), (Fraction{1, 1}));
  EXPECT_EQ(ratio("axes: {korean: {weight: 0.1}, reasoning: {weight: 0.3}}"),
            (Fraction{7, 5}));  // (0.1 * 50 + 0.3 * 100) / (0.1 * 100 + 0.3 * 50), exactly
  EXPECT_EQ(ratio("axes: {korean: {weight: 0}, reasoning: {weight: 3}}"), (Fraction{2, 1}));
}

TEST(AxisWeights, HaveToFitTheSuite) {
  const Suite suite = two_axes();
  const auto faults = [&](const std::string& lines) {
    const std::vector<TargetFault> found = suite_faults(target(lines), suite.axes);
    return found.empty() ? std::string() : found.front().place + ": " + found.front().words;
  };
  EXPECT_EQ(faults("axes: {korean: {weight: 1}, reasoning: {weight: 1}}"), "");
  EXPECT_EQ(faults("axes: {korean: {share: 0.9}}"), "");
  EXPECT_EQ(faults("axes: {math: {share: 0.9}}"),
            "t.yaml:3:14: key 'axes.math': has no axis math; it has korean, reasoning");
  EXPECT_EQ(faults("axes: {korean: {weight: 1}}"),
            "t.yaml:3:16: key 'axes.korean': has an axis reasoning that has no weight "
            "here: weights are relative, so give one to every axis, 0 to leave it out of the "
            "total");
  EXPECT_EQ(faults("gates: {g: {axis: math, floor: 0.5}}"),
            "t.yaml:3:19: key 'gates.g.axis': has no axis math; it has korean, reasoning");
  EXPECT_EQ(faults("gates: {g: {decision: {rule: v1}}}"), "");
  // A suite may lose an axis afterwards: that is pending, never a pass.
  const Scorecard c = scored(50, 50, 100);
  const std::vector<JudgedModel> cohort{model("r", &c)};
  const Verdict verdict =
      judge(target("axes: {math: {share: 0.5}}"), suite, model("c", &c), cohort);
  EXPECT_EQ(verdict.kind, VerdictKind::pending);
  EXPECT_TRUE(says(verdict, "suite 'small' has no axis math"));
}

TEST(AxisFloor, IsAGateOfTheAxisName) {
  const Scorecard c = scored(59, 90, 100);
  const Verdict verdict =
      judge(target("axes: {korean: {floor: 0.6}}"), two_axes(), model("c", &c), {});
  ASSERT_EQ(verdict.gates.size(), 1U);
  EXPECT_EQ(verdict.gates[0].gate, "korean");
  EXPECT_EQ(verdict.gates[0].state, GateState::fail);
}

TEST(DecidingAxis, IsAskedAsIfItWereTheWholeSuite) {
  const Scorecard c = scored(950, 700, 1000);
  const Scorecard r1 = scored(900, 800, 1000);
  const Scorecard r2 = scored(100, 900, 1000);
  const std::vector<JudgedModel> cohort{model("r1", &r1), model("r2", &r2)};
  const Verdict verdict = judge(target("share: 0.9\naxes: {reasoning: {share: 0.85}}"), two_axes(),
                                model("c", &c), cohort);
  EXPECT_EQ(verdict.best_reference, "r1");
  EXPECT_GE(*verdict.low, 0.9);  // In all it would pass.
  EXPECT_EQ(verdict.kind, VerdictKind::fail);
  EXPECT_FALSE(verdict.axes[0].decision.has_value());
  const AxisDecision& decision = *verdict.axes[1].decision;
  EXPECT_EQ(decision.kind, VerdictKind::fail);
  EXPECT_EQ(decision.references, (std::vector<std::string>{"r2"}));  // The best there.
  EXPECT_EQ(decision.ratio.exact->to_fraction(), (Fraction{7, 9}));
  EXPECT_EQ(decision.n, 1000U);
  EXPECT_TRUE(says(verdict, "in all: the lower end"));
  EXPECT_TRUE(says(verdict, "axis 'reasoning': the upper end"));
  const Json json = to_json(verdict);
  const Json& row = *json.find("axes")->find("reasoning");
  EXPECT_EQ(row.find("verdict")->as_string(), "fail");
  EXPECT_EQ(row.find("share")->as_double(), 0.85);
  EXPECT_EQ(row.find("reference")->as_double(), 0.8);  // Of the best in all, as without a share.
  EXPECT_EQ(row.find("against")->find("ratio_exact")->as_string(), "7/9");
  EXPECT_EQ(row.find("against")->find("references")->dump(), R"(["r2"])");
  EXPECT_EQ(row.find("ci")->as_array().size(), 2U);
  EXPECT_LE(row.find("p_corrected")->find("fail")->as_double(), 0.05);
  // Of the total as well: two may fail by luck.
  const double alone = json.find("p")->find("fail")->as_double();
  EXPECT_EQ(json.find("p_corrected")->find("pass")->as_double(),
            json.find("p")->find("pass")->as_double());
  EXPECT_GE(json.find("p_corrected")->find("fail")->as_double(), alone);
  EXPECT_EQ(json.find("axes")->find("korean")->find("verdict"), nullptr);
}

TEST(DecidingAxis, UnderPointsAllHaveToMeet) {
  const Scorecard r = scored(100, 100, 200);
  const std::vector<JudgedModel> cohort{model("r", &r)};
  const Target rule =
      target("decide: point\nshare: 0.9\naxes: {korean: {share: 0.95}, reasoning: {share: 0.8}}");
  const auto kind = [&](std::size_t korean, std::size_t reasoning) {
    const Scorecard c = scored(korean, reasoning, 200);
    return judge(rule, two_axes(), model("c", &c), cohort).kind;
  };
  EXPECT_EQ(kind(95, 80), VerdictKind::pass);
  EXPECT_EQ(kind(94, 100), VerdictKind::fail);
  EXPECT_EQ(kind(100, 79), VerdictKind::fail);
}

AxisDecision decided(double pass, double fail) {
  AxisDecision out;
  out.ratio.kind = pass <= 0.05   ? VerdictKind::pass
                   : fail <= 0.05 ? VerdictKind::fail
                                  : VerdictKind::inconclusive;
  out.ratio.p = {pass, fail};
  return out;
}

TEST(DecidingAxis, PassingTogetherNeedsNoCorrectionFailingAnywhereDoes) {
  Target rule = target("axes: {a: {share: 0.9}}");
  const RatioDecision passes = decided(0.01, 0.99).ratio;
  // One claim about all of them, and Holm's for each: 2 * 0.03 is too much for the smaller one.
  std::vector<AxisDecision> axes{decided(0.03, 0.97), decided(0.04, 0.96)};
  EXPECT_EQ(decide_together(rule, passes, axes).kind, VerdictKind::pass);
  EXPECT_EQ(axes[0].kind, VerdictKind::inconclusive);
  EXPECT_DOUBLE_EQ(axes[0].corrected.pass, 0.06);
  // Three could fail by luck: 0.03 is not enough, 0.01 is.
  axes = {decided(0.97, 0.03), decided(0.01, 0.99)};
  EXPECT_EQ(decide_together(rule, passes, axes).kind, VerdictKind::inconclusive);
  EXPECT_EQ(axes[0].kind, VerdictKind::inconclusive);
  EXPECT_DOUBLE_EQ(axes[0].corrected.fail, 0.09);
  EXPECT_EQ(axes[1].kind, VerdictKind::pass);
  axes = {decided(0.99, 0.01), decided(0.01, 0.99)};
  EXPECT_EQ(decide_together(rule, passes, axes).kind, VerdictKind::fail);
  EXPECT_EQ(axes[0].kind, VerdictKind::fail);
  rule.correction = Correction::none;
  axes = {decided(0.97, 0.03), decided(0.01, 0.99)};
  EXPECT_EQ(decide_together(rule, passes, axes).kind, VerdictKind::fail);
}

/// How often verdicts are wrong on candidates of known truth.
struct Rates {
  int pass = 0;
  int fail = 0;
  int some_axis_passes = 0;
  int some_axis_fails = 0;

  void count(const Verdict& verdict) {
    pass += verdict.kind == VerdictKind::pass ? 1 : 0;
    fail += verdict.kind == VerdictKind::fail ? 1 : 0;
    const auto any = [&](VerdictKind kind) {
      return std::any_of(verdict.axes.begin(), verdict.axes.end(),
                         [&](const AxisComparison& row) { return row.decision->kind == kind; });
    };
    some_axis_passes += any(VerdictKind::pass) ? 1 : 0;
    some_axis_fails += any(VerdictKind::fail) ? 1 : 0;
  }
};

/// 200 items an axis, by axis: whether they are answered right by a reference that knows 80 %, and
/// by a candidate that knows these; half of the answers are alike by luck. Of one trial the
/// reference is the same, whatever the candidate knows.
struct Answers {
  std::vector<std::vector<int>> candidate = std::vector<std::vector<int>>(2);
  std::vector<std::vector<int>> reference = std::vector<std::vector<int>>(2);
};
Answers answers(int trial, double korean, double reasoning) {
  ResampleStream stream(2026, static_cast<std::uint64_t>(trial), 0);
  const auto uniform = [&] { return static_cast<double>(stream.next() >> 11) * 0x1.0p-53; };
  Answers out;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    for (int i = 0; i < 200; ++i) {
      const double luck = uniform();
      const double own = uniform() < 0.5 ? luck : uniform();
      out.candidate[axis].push_back(own < (axis == 0 ? korean : reasoning) ? 1 : 0);
      out.reference[axis].push_back(luck < 0.80 ? 1 : 0);
    }
  }
  return out;
}

// 5 % of 600 are 30, with a standard deviation of 5.3.
TEST(DecidingAxis, IsWrongAsOftenAsItSays) {
  const Target rule = target("axes: {korean: {share: 0.95}, reasoning: {share: 0.95}}");
  const Target loose =
      target("axes: {korean: {share: 0.95}, reasoning: {share: 0.95}}\ncorrection: none");
  constexpr int trials = 600;
  constexpr int most = 46;
  const Suite suite = two_axes();
  Rates at_share, at_share_loose, one;
  for (int trial = 0; trial < trials; ++trial) {
    const Answers at = answers(trial, 0.76, 0.76);
    const Scorecard reference = card(suite, at.reference);
    const std::vector<JudgedModel> cohort{model("r", &reference)};
    const Scorecard candidate = card(suite, at.candidate);
    at_share.count(judge(rule, suite, model("c", &candidate), cohort));
    at_share_loose.count(judge(loose, suite, model("c", &candidate), cohort));
    const Scorecard other = card(suite, answers(trial, 0.97, 0.76).candidate);
    one.count(judge(rule, suite, model("c", &other), cohort));
  }
  // Everything exactly at its share: whatever is said is wrong.
  EXPECT_LE(at_share.pass, most);
  EXPECT_LE(at_share.fail, most);
  EXPECT_LE(at_share.some_axis_passes, most);
  EXPECT_LE(at_share.some_axis_fails, most);
  // One axis at its share, the other beyond doubt: the worst case of a false pass.
  EXPECT_LE(one.pass, most);
  EXPECT_GE(one.pass, 14);  // And no correction makes it rarer than stated.
  // Without the correction too many fail that should not.
  EXPECT_GT(at_share_loose.fail, at_share.fail);
}

TEST(TargetAxes, AreReadWithTheirPlaces) {
  const Target rule = target(
      "axes: {korean: {weight: 2.50, floor: 0.6, share: 0.9}, reasoning: {weight: 1}}\n"
      "correction: none\ngates: {safe: {axis: korean, floor: 0.5}}");
  ASSERT_EQ(rule.axes.size(), 2U);
  EXPECT_EQ(rule.axes[0].axis, "korean");
  EXPECT_EQ(rule.axes[0].weight, (Fraction{5, 2}));
  EXPECT_EQ(rule.axes[0].share, (Fraction{9, 10}));
  EXPECT_FALSE(rule.axes[1].share.has_value());
  EXPECT_EQ(rule.correction, Correction::none);
  ASSERT_EQ(rule.gates.size(), 2U);
  EXPECT_EQ(rule.gates[1].name, "korean");
  EXPECT_EQ(rule.gates[1].floor, (Fraction{3, 5}));
  const auto error = [](const std::string& lines) {
    const auto read = load_target("t.yaml", "target: t\nsuite: s\n" + lines);
    return read ? std::string("no error") : read.error().message;
  };
  EXPECT_EQ(error("axes: {a: {weight: -1}}"),
            "t.yaml:3:20: key 'axes.a.weight': expected a decimal number from 0 to 1000000");
  EXPECT_EQ(error("axes: {a: {weight: 0}, b: {}}"),
            "t.yaml:3:7: key 'axes': no axis has a weight above 0, so there is no total");
  EXPECT_EQ(error("axes: {a: {weight: 0.12345678901234567}}"),
            "t.yaml:3:20: key 'axes.a.weight': too many digits");
  EXPECT_NE(error("axes: {a: {floor: 0.5}}\ngates: {a: {axis: a, floor: 0.4}}")
                .find("there is a gate 'a' already"),
            std::string::npos);
  EXPECT_NE(error("axes: {a: {weight: 1}}\ncorrection: holm").find("nothing to correct for"),
            std::string::npos);
  EXPECT_NE(
      error("axes: {a: {share: 1}}\ndecide: point\ncorrection: holm").find("nothing is tested"),
      std::string::npos);
  EXPECT_NE(error("axes: {a: {share: 1}}\ncorrection: sidak").find("got 'sidak'"),
            std::string::npos);
  const auto claimed =
      load_target("t", "target: t\nbasis: claimed\nboard: b\naxes: {a: {weight: 1}}");
  EXPECT_FALSE(claimed.has_value());
}

}  // namespace
}  // namespace gwageo
