#include "benchmarks/target_changes.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

std::vector<std::string> between(const std::string& before, const std::string& after) {
  const auto read = [](const std::string& lines) {
    return load_target("t.yaml", "target: t\nsuite: s\n" + lines).value();
  };
  return changes(read(before), read(after));
}

using Lines = std::vector<std::string>;

TEST(TargetChanges, AreNoneWhereBothSayTheSame) {
  EXPECT_EQ(between("share: 0.95", "# The aim\nshare: 0.950   # as agreed"), Lines{});
  EXPECT_EQ(between("candidates: [a, b]", "candidates: [b, a]"), Lines{});
  EXPECT_EQ(between("", "compare: best\nwindow: {months: 6}\nstay: 2\n"), Lines{"stay: added (2)"});
}

TEST(TargetChanges, AreOneLineForEachKey) {
  EXPECT_EQ(between("share: 0.95", "share: 0.9\nconfidence: 0.99"),
            (Lines{"share: 0.95 -> 0.9", "confidence: 0.95 -> 0.99"}));
  EXPECT_EQ(between("compare: best", "compare: {mean_top: 3}"),
            Lines{"compare: best -> mean of the 3 best"});
  EXPECT_EQ(between("compare: {model: r}", "compare: {bar: 0.70}\nshare: 0.95"),
            Lines{"compare: model r -> bar 0.7"});
  EXPECT_EQ(between("candidates: roster\nrerun: manual", "embargo: others\nquiet_seconds: 60"),
            (Lines{"rerun: manual -> automatic", "quiet_seconds: 5 -> 60",
                   "candidates: roster -> all", "embargo: none -> others"}));
  EXPECT_EQ(between("missing: paired_items\nmin_coverage: 0.9", "decide: point"),
            (Lines{"decide: confidence -> point", "min_coverage: 0.9 -> 1.0",
                   "missing: paired_items -> own_items"}));
}

TEST(TargetChanges, NameGatesAxesAndPartsOneByOne) {
  EXPECT_EQ(between("gates: {a: {axis: x, floor: 0.5}, b: {axis: y, floor: 0.5}}",
                    "gates: {b: {axis: y, floor: 0.6}, safety: {axis: z, floor: 0.8}}"),
            (Lines{"gate a: removed (axis x, floor 0.5)",
                   "gate b: axis y, floor 0.5 -> axis y, floor 0.6",
                   "gate safety: added (axis z, floor 0.8)"}));
  EXPECT_EQ(between("gates: {i: {decision: {rule: v1}}}",
                    "gates: {i: {decision: {rule: v2, components: [core], by: [kim, lee]}}}"),
            Lines{"gate i: decision under rule v1, on whole, by any operator -> decision under "
                  "rule v2, on core, by kim, lee"});
  EXPECT_EQ(between("axes: {k: {weight: 2, share: 0.9}}", "axes: {k: {weight: 3}}"),
            (Lines{"axis k weight: 2 -> 3", "axis k share: removed (0.9)",
                   "correction: removed (holm)"}));
  EXPECT_EQ(
      between("composition: {a: {points: 60, total: true}, b: {points: 40, recorded: true}}",
              "composition: {a: {points: 50, parts: {x: {points: 50, axis: k}}}, b: {points: 50, "
              "recorded: true}}"),
      (Lines{"part a: 60 points, the total -> 50 points, the sum of its parts",
             "part b: 40 points, recorded -> 50 points, recorded",
             "part a/x: added (50 points, axis k)"}));
}

TEST(TargetChanges, KnowClaims) {
  const auto read = [](const std::string& lines) { return load_target("t", lines).value(); };
  EXPECT_EQ(
      changes(read("target: t\nsuite: s@2\n"), read("target: t\nbasis: claimed\nboard: b\n")),
      (Lines{"basis: measured -> claimed", "suite: removed (s@2)", "decide: confidence -> point",
             "confidence: removed (0.95)", "min_coverage: removed (1.0)",
             "missing: removed (own_items)", "rerun: removed (automatic)",
             "quiet_seconds: removed (5)", "board: added (b)"}));
}

}  // namespace
}  // namespace gwageo
