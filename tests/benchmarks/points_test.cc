// Compositions, points and who stays. The golden figures are those of a national programme's first
// stage, as published: 33.6 + 31.6 + 25.0 = 90.2, and a mean of five teams of 79.7.
#include "benchmarks/points.h"

#include <gtest/gtest.h>

#include "benchmarks/ranking.h"

namespace gwageo {
namespace {

constexpr std::string_view programme = R"(target: t
suite: s
composition:
  benchmark:
    points: 40
    parts:
      nia: {points: 10, axis: korean}
      common: {points: 20, axis: reasoning}
      individual: {points: 10, recorded: true}
  expert: {points: 35, recorded: true}
  user: {points: 25, recorded: true}
stay: 2
)";

Target programme_target() { return load_target("t.yaml", programme).value(); }

std::string composition_error(const std::string& composition) {
  const auto read = load_target("t.yaml", "target: t\nsuite: s\ncomposition:\n" + composition);
  return read ? "no error" : read.error().message;
}

AxisComparison axis(std::string name, Fraction ratio) {
  AxisComparison out;
  out.axis = std::move(name);
  out.ratio = to_double(ratio);
  out.ratio_exact = ratio;
  return out;
}

Verdict verdict(std::string candidate, VerdictKind kind, Fraction ratio) {
  Verdict out;
  out.candidate = std::move(candidate);
  out.kind = kind;
  out.ratio = to_double(ratio);
  out.ratio_exact = ratio;
  return out;
}

Fraction decimal_fraction(const char* text) { return *Rational::from_decimal(text)->to_fraction(); }

TEST(Composition, MustSumToWhatItIsAPartOf) {
  EXPECT_EQ(
      composition_error("  a: {points: 40, recorded: true}\n  b: {points: 55.5, total: true}\n"),
      "t.yaml:4:3: key 'composition': the parts sum to 95.5, and the whole has 100 points");
  EXPECT_EQ(composition_error(
                "  a: {points: 40, parts: {x: {points: 10, axis: k}, y: {points: 25, axis: r}}}\n"
                "  b: {points: 60, total: true}\n"),
            "t.yaml:4:26: key 'composition.a.parts': the parts sum to 35, and 'a' has 40 points");
  EXPECT_EQ(composition_error("  a: {points: 33.3, axis: k}\n  b: {points: 66.7, total: true}\n"),
            "no error");
  EXPECT_NE(composition_error("  a: {points: 100}\n").find("expected one of 'parts', 'axis: NAME'"),
            std::string::npos);
  EXPECT_NE(composition_error("  a: {points: 100, axis: k, total: true}\n").find("expected one of"),
            std::string::npos);
  EXPECT_NE(composition_error("  a: {points: 100, recorded: false}\n").find("expected true"),
            std::string::npos);
  EXPECT_NE(composition_error("  a: {recorded: true}\n").find("the key 'points' is missing"),
            std::string::npos);
  EXPECT_NE(composition_error("  a: {points: 0, recorded: true}\n").find("above 0"),
            std::string::npos);
  EXPECT_NE(composition_error("  'a/b': {points: 100, recorded: true}\n").find("not a part's name"),
            std::string::npos);
  EXPECT_FALSE(load_target("t", "target: t\nbasis: claimed\nboard: b\nstay: 2\n").has_value());
}

TEST(Points, AddUpToTheLastDigit) {
  Verdict leader = verdict("c", VerdictKind::pass, {1, 1});
  leader.axes = {axis("korean", {23, 25}), axis("reasoning", {18, 25})};  // 0.92 and 0.72
  const Points points = points_of(programme_target(), leader,
                                  {{"benchmark/individual", decimal_fraction("10.0")},
                                   {"expert", decimal_fraction("31.6")},
                                   {"user", decimal_fraction("25.0")}});
  ASSERT_EQ(points.parts.size(), 6U);
  const auto text = [&](std::size_t i) {
    return points.parts[i].path + " " + points_text(*points.parts[i].points);
  };
  EXPECT_EQ(text(0), "benchmark 33.6");
  EXPECT_EQ(text(1), "benchmark/nia 9.2");
  EXPECT_EQ(text(2), "benchmark/common 14.4");
  EXPECT_EQ(text(3), "benchmark/individual 10.0");
  EXPECT_EQ(text(4), "expert 31.6");
  EXPECT_EQ(text(5), "user 25.0");
  EXPECT_EQ(points_text(*points.total), "90.2");
  EXPECT_EQ(points.total->exact->to_fraction(), (Fraction{451, 5}));
  const Json json = to_json(points);
  EXPECT_EQ(json.find("total")->find("exact")->as_string(), "451/5");
  EXPECT_EQ(json.find("parts")->find("benchmark/nia")->find("text")->as_string(), "9.2");
  EXPECT_EQ(json.find("parts")->find("benchmark/nia")->find("words")->as_string(),
            "10 times the ratio of axis 'korean', 1 at most");

  const Points mean = points_of(
      load_target("t",
                  "target: t\nsuite: s\ncomposition:\n  benchmark: {points: 40, recorded: "
                  "true}\n  expert: {points: 35, recorded: true}\n  user: {points: 25, "
                  "recorded: true}\n")
          .value(),
      leader,
      {{"benchmark", decimal_fraction("30.4")},
       {"expert", decimal_fraction("28.56")},
       {"user", decimal_fraction("20.76")}});
  EXPECT_EQ(points_text(*mean.total), "79.72");
  EXPECT_EQ(points_text(*mean.total, 1), "79.7");
}

TEST(Points, ARatioAboveOneGivesAllPointsAndNoMore) {
  Verdict ahead = verdict("c", VerdictKind::pass, {6, 5});
  const Target rule =
      load_target("t",
                  "target: t\nsuite: s\ncomposition:\n  a: {points: 60, total: true}\n"
                  "  b: {points: 40, axis: k}\n")
          .value();
  ahead.axes = {axis("k", {1, 3})};
  const Points points = points_of(rule, ahead, {});
  EXPECT_EQ(points_text(*points.parts[0].points), "60.0");
  EXPECT_EQ(points_text(*points.parts[1].points), "13.3333");
  EXPECT_EQ(points.total->exact->to_fraction(), (Fraction{220, 3}));
  ahead.axes[0].ratio_exact.reset();  // No counts, so no fraction.
  EXPECT_FALSE(points_of(rule, ahead, {}).total->exact.has_value());
  EXPECT_NEAR(points_of(rule, ahead, {}).total->value, 60 + 40.0 / 3, 1e-12);
}

TEST(Points, AreOpenWhileAPartIs) {
  Verdict some = verdict("c", VerdictKind::pass, {1, 1});
  some.axes = {axis("korean", {1, 2})};
  const Points points = points_of(programme_target(), some, {{"expert", {30, 1}}});
  EXPECT_FALSE(points.total.has_value());
  EXPECT_FALSE(points.parts[0].points.has_value());
  EXPECT_EQ(points.parts[0].words, "a part of it is open");
  EXPECT_EQ(points_text(*points.parts[1].points), "5.0");
  EXPECT_EQ(points.parts[2].words, "axis 'reasoning' has no ratio yet");
  EXPECT_EQ(points.parts[3].words, "not recorded yet");
  EXPECT_TRUE(to_json(points).find("total")->is_null());
  EXPECT_TRUE(to_json(points).find("parts")->find("user")->find("points")->is_null());
  EXPECT_TRUE(points_of(load_target("t", "target: t\nsuite: s\n").value(), some, {}).parts.empty());
}

TEST(Points, AreRecordedForThePartsThatSaySo) {
  EXPECT_EQ(read_points(programme_target(), "expert", "31.6").value(), (Fraction{158, 5}));
  EXPECT_EQ(read_points(programme_target(), "benchmark/individual", "0").value(), (Fraction{0, 1}));
  const auto wrong = [](const std::string& path, const std::string& text) {
    return read_points(programme_target(), path, text).error().message;
  };
  EXPECT_EQ(wrong("expert", "35.1"),
            "points of part expert: expected a decimal from 0 to 35, got '35.1'");
  EXPECT_NE(wrong("expert", "-1").find("expected a decimal"), std::string::npos);
  EXPECT_EQ(wrong("benchmark/nia", "5"),
            "the points of part benchmark/nia of target t are computed, not recorded; those that "
            "are: benchmark/individual, expert, user");
  EXPECT_EQ(wrong("jury", "5"),
            "target t has no part jury whose points are recorded; those that are: "
            "benchmark/individual, expert, user");
}

std::string shown(const std::vector<Ranked>& ranking) {
  std::string out;
  for (const Ranked& each : ranking) {
    out += (out.empty() ? "" : " ") + each.candidate + ":" +
           (each.rank ? std::to_string(*each.rank) : "-") +
           (each.stays ? (*each.stays ? "+" : "-") : "?");
  }
  return out;
}

TEST(Ranking, IsOfThoseThatAreAdmittedByRatio) {
  Target rule = load_target("t", "target: t\nsuite: s\nstay: 2\n").value();
  std::vector<Verdict> verdicts = {
      verdict("low", VerdictKind::pass, {95, 100}), verdict("failed", VerdictKind::fail, {9, 10}),
      verdict("high", VerdictKind::pass, {11, 10}), verdict("mid", VerdictKind::pass, {1, 1})};
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "high:1+ mid:2+ low:3- failed:--");
  // It ranks high and is out: a gate.
  verdicts[2].gates = {{"independence", GateState::fail, ""}};
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "mid:1+ low:2+ failed:-- high:--");
  rule.stay.reset();
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "mid:1+ low:2+ failed:-- high:--");
}

TEST(Ranking, TiesShareARankAndStayOrGoTogether) {
  const Target rule = load_target("t", "target: t\nsuite: s\nstay: 2\n").value();
  const std::vector<Verdict> verdicts = {
      verdict("a", VerdictKind::pass, {1, 1}), verdict("b", VerdictKind::pass, {19, 20}),
      verdict("c", VerdictKind::pass, {19, 20}), verdict("d", VerdictKind::pass, {949, 1000})};
  const std::vector<Ranked> ranking = rank_candidates(rule, verdicts, {});
  EXPECT_EQ(shown(ranking), "a:1+ b:2+ c:2+ d:4-");
  EXPECT_EQ(ranking[1].words,
            "shares the last place with 1 more, and all of them stay: 3 in place of 2");
  EXPECT_EQ(ranking[0].words, "");
}

TEST(Ranking, IsOpenWhereOthersThatAreOpenMayComeBefore) {
  const Target rule = load_target("t", "target: t\nsuite: s\nstay: 2\n").value();
  const std::vector<Verdict> verdicts = {
      verdict("a", VerdictKind::pass, {1, 1}), verdict("b", VerdictKind::pass, {98, 100}),
      verdict("c", VerdictKind::pass, {97, 100}), verdict("x", VerdictKind::inconclusive, {1, 1})};
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "a:1+ b:2? c:3- x:-?");
}

// Ranks go by figures: whoever is open and not better takes nobody's place.
TEST(Ranking, IsSettledBesideAnOpenOneThatIsNotBetter) {
  const Target rule = load_target("t", "target: t\nsuite: s\nstay: 2\n").value();
  std::vector<Verdict> verdicts = {verdict("a", VerdictKind::pass, {1, 1}),
                                   verdict("b", VerdictKind::pass, {98, 100}),
                                   verdict("c", VerdictKind::pass, {97, 100}),
                                   verdict("x", VerdictKind::inconclusive, {95, 100})};
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "a:1+ b:2+ c:3- x:-?");
  verdicts[3] = verdict("x", VerdictKind::inconclusive, {98, 100});  // They would share the place.
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "a:1+ b:2+ c:3- x:-?");
  verdicts[3] = verdict("x", VerdictKind::pending, {1, 2});
  verdicts[3].ratio.reset();
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, {})), "a:1+ b:2? c:3- x:-?");
}

TEST(Ranking, GoesByPointsWhereThereIsAComposition) {
  const Target rule = programme_target();
  const std::vector<Verdict> verdicts = {verdict("a", VerdictKind::pass, {1, 1}),
                                         verdict("b", VerdictKind::pass, {2, 1}),
                                         verdict("c", VerdictKind::pass, {3, 1})};
  std::vector<Points> points(3);
  points[0].total = Total{90.2, Rational(451, 5)};
  points[1].total = Total{79.7, Rational(797, 10)};
  EXPECT_EQ(shown(rank_candidates(rule, verdicts, points)), "a:1+ b:2? c:-?");
}

}  // namespace
}  // namespace gwageo
