#include "benchmarks/target.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr std::string_view whole = R"(target: stage-2
suite: national@3
window: {months: 12}
share: 0.95
compare: best
confidence: 0.9
decide: point
min_coverage: 0.98
basis: measured
candidates: [alpha, beta-2]
gates: {}
)";

std::string error(std::string_view text) {
  const Result<Target> target = load_target("t.yaml", text);
  return target ? "no error" : target.error().message;
}

/// A minimal target with one more line.
std::string error_of_line(const std::string& line) {
  return error("target: t\nsuite: s\n" + line + "\n");
}

TEST(Target, ReadsEveryKey) {
  const Target target = load_target("t.yaml", whole).value();
  EXPECT_EQ(target.name, "stage-2");
  EXPECT_EQ(target.suite, "national");
  EXPECT_EQ(target.suite_version, 3U);
  EXPECT_EQ(target.window_months, 12);
  EXPECT_EQ(target.share, (Fraction{19, 20}));
  EXPECT_EQ(target.confidence, 0.9);
  EXPECT_FALSE(target.decide_by_confidence);
  EXPECT_EQ(target.min_coverage, 0.98);
  EXPECT_EQ(target.candidates, (std::vector<std::string>{"alpha", "beta-2"}));
}

TEST(Target, HasDefaults) {
  const Target target = load_target("t.yaml", "target: t\nsuite: s\n").value();
  EXPECT_FALSE(target.suite_version.has_value());
  EXPECT_EQ(target.window_months, 6);
  EXPECT_EQ(Rational(target.share), Rational(95, 100));
  EXPECT_EQ(target.confidence, 0.95);
  EXPECT_TRUE(target.decide_by_confidence);
  EXPECT_EQ(target.min_coverage, 1.0);
  EXPECT_TRUE(target.candidates.empty());
  EXPECT_EQ(error_of_line("candidates: all"), "no error");
}

TEST(Target, KeepsTheShareAsWritten) {
  const auto share = [](const std::string& text) {
    return to_string(load_target("t", "target: t\nsuite: s\nshare: " + text).value().share);
  };
  EXPECT_EQ(share("0.1"), "1/10");
  EXPECT_EQ(share("0.333"), "333/1000");
  EXPECT_EQ(share("1"), "1/1");
  EXPECT_EQ(share("1.5"), "3/2");
}

TEST(Target, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(error("suite: s\n").substr(0, 8), "t.yaml:1");
  EXPECT_NE(error("suite: s\n").find("target"), std::string::npos);
  EXPECT_EQ(error_of_line("shares: 0.9").substr(0, 11), "t.yaml:3:1:");
  EXPECT_NE(error_of_line("shares: 0.9").find("did you mean 'share'"), std::string::npos);
  EXPECT_EQ(error_of_line("share: 1.6"),
            "t.yaml:3:8: key 'share': expected a decimal number above 0 and up to 1.5");
}

TEST(Target, ChecksRanges) {
  for (const char* bad :
       {"share: 0", "share: -0.5", "share: '0.9'", "share: .nan", "share: 1.51", "confidence: 1",
        "confidence: 0.49", "min_coverage: 1.1", "min_coverage: -1", "window: {months: 0}",
        "window: {months: 121}", "window: {days: 3}", "window: 6", "decide: maybe",
        "candidates: []", "candidates: some", "candidates: [a, a]", "candidates: ['a b']"}) {
    EXPECT_EQ(error_of_line(bad).substr(0, 9), "t.yaml:3:") << bad;
  }
  for (const char* bad : {"s@", "s@0", "s@x", "s@1x", "@1", "'a b'"}) {
    EXPECT_NE(error("target: t\nsuite: " + std::string(bad) + "\n"), "no error") << bad;
  }
  EXPECT_NE(error("target: 'a b'\nsuite: s\n"), "no error");
}

// What a claim's target says of a measurement would change nothing, or mix the two.
TEST(Target, ClaimsHaveABoardAndNoSuite) {
  const auto claimed = [](const std::string& lines) {
    return error("target: t\nbasis: claimed\n" + lines);
  };
  const Target target =
      load_target("t.yaml",
                  "target: t\nbasis: claimed\nboard: livebench\ncandidates: ['amazon.nova:0', "
                  "'o1 (high)']\n")
          .value();
  EXPECT_TRUE(target.is_claimed);
  EXPECT_EQ(target.board, "livebench");
  EXPECT_FALSE(target.board_release);
  EXPECT_FALSE(target.decide_by_confidence);
  EXPECT_EQ(target.candidates, (std::vector<std::string>{"amazon.nova:0", "o1 (high)"}));
  EXPECT_EQ(target.board_place, "t.yaml:3:8: key 'board'");
  EXPECT_EQ(load_target("t", "target: t\nbasis: claimed\nboard: b@2026-01-08\ndecide: point\n")
                .value()
                .board_release,
            "2026-01-08");
  EXPECT_EQ(claimed(""), "t.yaml:1:1: the key 'board' is missing");
  EXPECT_EQ(claimed("board: b@2026-02-30\n"),
            "t.yaml:3:8: key 'board': expected a release's date YYYY-MM-DD after '@'");
  EXPECT_EQ(claimed("board: 'a b'\n"), "t.yaml:3:8: key 'board': expected BOARD or BOARD@RELEASE");
  EXPECT_EQ(claimed("board: b\nsuite: s\n"),
            "t.yaml:4:8: key 'suite': under 'basis: claimed' a target has a board and no suite");
  EXPECT_EQ(claimed("board: b\ndecide: confidence\n"),
            "t.yaml:4:9: key 'decide': claims have no items, so no interval: they are decided by "
            "'point'");
  EXPECT_EQ(claimed("board: b\nconfidence: 0.9\n"),
            "t.yaml:4:13: key 'confidence': claims have no items, so this changes nothing: leave "
            "it out");
  EXPECT_EQ(error_of_line("board: b"),
            "t.yaml:3:8: key 'board': a board's claims are no measurement: they need 'basis: "
            "claimed'");
  EXPECT_EQ(error_of_line("basis: guessed"),
            "t.yaml:3:8: key 'basis': expected 'measured' or 'claimed', got 'guessed'");
}

TEST(Target, MayNameTheOneReference) {
  const auto read = [](const std::string& lines) {
    return load_target("t.yaml", "target: t\nsuite: s\n" + lines);
  };
  EXPECT_EQ(read("compare: {model: ref-1}").value().compared_with, "ref-1");
  EXPECT_EQ(read("compare: best").value().compared_with, std::nullopt);
  EXPECT_EQ(error_of_line("compare: {model: 'a b'}"),
            "t.yaml:3:18: key 'compare.model': not a model's name");
  EXPECT_EQ(error_of_line("compare: model"),
            "t.yaml:3:10: key 'compare': expected 'best', 'best_per_axis', '{model: NAME}', "
            "'{mean_top: K}' or '{bar: X}', got 'model'");
  EXPECT_EQ(error_of_line("compare: {model: r}\nwindow: {months: 6}"),
            "t.yaml:4:9: key 'window': with one named reference no window counts: leave it out");
}

TEST(Target, HasGatesWithFloors) {
  const Target target =
      load_target("t.yaml",
                  "target: t\nsuite: s\ngates:\n  safe: {axis: safety, floor: 0.8}\n"
                  "  fluent: {axis: korean, floor: 1}\n")
          .value();
  ASSERT_EQ(target.gates.size(), 2U);
  EXPECT_EQ(target.gates[0].name, "safe");
  EXPECT_EQ(target.gates[0].axis, "safety");
  EXPECT_EQ(target.gates[0].floor, (Fraction{4, 5}));
  EXPECT_EQ(target.gates[0].axis_place, "t.yaml:4:16: key 'gates.safe.axis'");
  EXPECT_EQ(target.gates[1].floor, (Fraction{1, 1}));
  const auto wrong = [](const std::string& gate) {
    return error_of_line("gates: {g: " + gate + "}");
  };
  EXPECT_NE(wrong("{floor: 0.5}").find("axis"), std::string::npos);
  EXPECT_NE(wrong("{axis: a}").find("floor"), std::string::npos);
  EXPECT_NE(wrong("{axis: a, floor: 0}").find("above 0 and up to 1"), std::string::npos);
  EXPECT_NE(wrong("{axis: a, floor: 1.01}").find("above 0 and up to 1"), std::string::npos);
  EXPECT_NE(wrong("{axis: a, floor: 0.5, weight: 2}").find("weight"), std::string::npos);
  EXPECT_NE(error("target: t\nboard: b\nbasis: claimed\ngates: {g: {axis: a, floor: 0.5}}\n")
                .find("claims never open a gate"),
            std::string::npos);
}

TEST(Target, HasGatesThatPeopleDecide) {
  const Target target = load_target("t.yaml",
                                    "target: t\nsuite: s\ngates:\n"
                                    "  independence:\n    decision:\n      rule: 2026-01 v2\n"
                                    "      components: [language_core, vision_encoder]\n"
                                    "      by: [kim, lee]\n"
                                    "  ethics: {decision: {rule: '3'}}\n")
                            .value();
  ASSERT_EQ(target.gates.size(), 2U);
  const DecisionRule& first = *target.gates[0].decision;
  EXPECT_EQ(first.rule, "2026-01 v2");
  EXPECT_EQ(first.components, (std::vector<std::string>{"language_core", "vision_encoder"}));
  EXPECT_EQ(first.by, (std::vector<std::string>{"kim", "lee"}));
  EXPECT_EQ(target.gates[1].decision->components, (std::vector<std::string>{"whole"}));
  EXPECT_TRUE(target.gates[1].decision->by.empty());
  const auto wrong = [](const std::string& gate) {
    return error_of_line("gates: {g: {decision: " + gate + "}}");
  };
  EXPECT_NE(wrong("{components: [a]}").find("the key 'rule' is missing"), std::string::npos);
  EXPECT_NE(wrong("{rule: v1, components: []}").find("an empty list"), std::string::npos);
  EXPECT_NE(wrong("{rule: v1, components: [a, a]}").find("'a' is listed twice"), std::string::npos);
  EXPECT_NE(wrong("{rule: v1, by: ['a b']}").find("not a principal's name"), std::string::npos);
  EXPECT_NE(wrong("chair"), "no error");
  EXPECT_NE(error_of_line("gates: {g: {decision: {rule: v1}, floor: 0.5}}").find("floor"),
            std::string::npos);
}

TEST(Target, SaysWhoSeesVerdictsAndWhatHappensByItself) {
  const auto read = [](const std::string& lines) {
    return load_target("t.yaml", "target: t\nsuite: s\n" + lines).value();
  };
  EXPECT_EQ(read("").embargo, Embargo::none);
  EXPECT_TRUE(read("").reruns);
  EXPECT_EQ(read("").quiet_seconds, 5U);
  EXPECT_FALSE(read("").by_roster);
  EXPECT_EQ(read("embargo: others").embargo, Embargo::others);
  EXPECT_EQ(read("embargo: all").embargo, Embargo::all);
  EXPECT_FALSE(read("rerun: manual").reruns);
  EXPECT_EQ(read("quiet_seconds: 0").quiet_seconds, 0U);
  EXPECT_TRUE(read("candidates: roster").by_roster);
  EXPECT_TRUE(read("candidates: roster").candidates.empty());
  EXPECT_EQ(read("").missing, Missing::own_items);
  EXPECT_EQ(read("missing: paired_items").missing, Missing::paired_items);
  EXPECT_EQ(error_of_line("missing: none"),
            "t.yaml:3:10: key 'missing': expected 'own_items' or 'paired_items', got 'none'");
  EXPECT_EQ(error_of_line("embargo: some"),
            "t.yaml:3:10: key 'embargo': expected 'none', 'others' or 'all', got 'some'");
  EXPECT_EQ(error_of_line("rerun: never"),
            "t.yaml:3:8: key 'rerun': expected 'automatic' or 'manual', got 'never'");
  EXPECT_NE(error_of_line("quiet_seconds: 86401"), "no error");
  const std::string claimed = "target: t\nbasis: claimed\nboard: b\n";
  EXPECT_EQ(error(claimed + "embargo: all\n"), "no error");
  EXPECT_EQ(error(claimed + "quiet_seconds: 5\n"),
            "t.yaml:4:16: key 'quiet_seconds': claims are imported, so nothing is run again: leave "
            "it out");
  EXPECT_EQ(error(claimed + "candidates: roster\n"),
            "t.yaml:4:13: key 'candidates': a board's models are on no roster: write 'all', or "
            "name models");
}

TEST(Target, ComparesWithOneOrSeveralReferencesOrABar) {
  const auto read = [](const std::string& lines) {
    return load_target("t.yaml", "target: t\nsuite: s\n" + lines).value();
  };
  EXPECT_EQ(read("").comparison, Comparison::best);
  EXPECT_EQ(read("compare: {model: r}").comparison, Comparison::model);
  EXPECT_EQ(read("compare: best_per_axis").comparison, Comparison::best_per_axis);
  EXPECT_EQ(read("compare: {mean_top: 3}").comparison, Comparison::mean_top);
  EXPECT_EQ(read("compare: {mean_top: 3}").top, 3U);
  EXPECT_EQ(read("compare: {mean_top: 3}").share, (Fraction{19, 20}));
  const Target bar = read("compare: {bar: 0.70}");
  EXPECT_EQ(bar.comparison, Comparison::bar);
  EXPECT_EQ(bar.bar, (Fraction{7, 10}));
  EXPECT_EQ(bar.share, (Fraction{1, 1}));  // All of it, unless the file says otherwise.
  EXPECT_EQ(read("compare: {bar: 0.70}\nshare: 0.9").share, (Fraction{9, 10}));
  EXPECT_EQ(error_of_line("compare: {bar: 0.7}\nwindow: {months: 6}"),
            "t.yaml:4:9: key 'window': a bar needs no references, so no window counts: leave it "
            "out");
  EXPECT_EQ(error_of_line("compare: {bar: 1.01}"),
            "t.yaml:3:16: key 'compare.bar': expected a decimal number above 0 and up to 1");
  EXPECT_NE(error_of_line("compare: {mean_top: 0}"), "no error");
  EXPECT_NE(error_of_line("compare: worst").find("got 'worst'"), std::string::npos);
  EXPECT_NE(error_of_line("compare: [best]").find("got 'a list'"), std::string::npos);
  for (const char* other : {"best_per_axis", "{mean_top: 3}", "{bar: 0.7}", "{model: r}"}) {
    EXPECT_EQ(error("target: t\nbasis: claimed\nboard: b\ncompare: " + std::string(other)),
              "t.yaml:4:10: key 'compare': claims are compared with the best of their board");
  }
}

}  // namespace
}  // namespace gwageo
