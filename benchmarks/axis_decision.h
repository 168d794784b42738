// Axes that decide: a target may ask of a candidate to reach a share on single axes, beside the
// total. Each is asked as if it were the whole suite (ratio_decision.h), so it is compared with the
// best on that axis where the target compares with the best, and then all are put together. Pure.
//
//   pass    the total and every axis reach their shares, each at the stated level. That needs no
//           correction: whoever should not pass stays below in one place at least, and is caught
//           there as often as the level says (the intersection-union test, ratio_interval.h).
//   fail    the total or an axis stays below. Each of them could do that by luck, so the p-values
//           of all are corrected for their number (holm_corrected): the chance that somebody who
//           reaches every share fails anywhere is at most the level, however the tests depend on
//           each other.
//   else    inconclusive.
//
// What is claimed of single axes is corrected, too: that some axis which passes does not reach its
// share has a chance of at most the level. So a verdict can pass while an axis by itself is not
// separated: that all of them reach their shares is one claim, that this one does is another.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/ratio_decision.h"
#include "benchmarks/target.h"

namespace gwageo {

struct AxisDecision {
  std::string axis;
  Fraction share;
  VerdictKind kind = VerdictKind::inconclusive;  ///< Pass, fail or inconclusive; corrected.
  RatioDecision ratio;                           ///< By itself, not corrected.
  SharePValues corrected;
  std::uint64_t n = 0;                              ///< Paired items.
  std::optional<std::uint64_t> settled_by_items{};  ///< As Verdict's, of the axis' own items.
  double reference = 0;                             ///< What it is compared with scores.
  std::vector<std::string> references;              ///< Whose score that is, the best first.
};

struct JointDecision {
  VerdictKind kind = VerdictKind::inconclusive;  ///< What the total and the axes come to.
  SharePValues total;                            ///< The total's, its `fail` corrected.
};

/// Corrects the p-values as the target says and decides every axis and all together. Under `decide:
/// point` nothing is corrected, since nothing is tested.
JointDecision decide_together(const Target& target, const RatioDecision& total,
                              std::vector<AxisDecision>& axes);

}  // namespace gwageo
