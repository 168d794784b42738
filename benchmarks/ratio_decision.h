// Whether a candidate reaches a share of what it is compared with: asked of the total, and of any
// axis that decides by itself. Pure.
//
//   ratio    the candidate's score / the yardstick's (yardstick.h).
//   meets    ratio >= share, inclusive. Where every score is a ratio of counts, in exact
//            arithmetic.
//   interval `confidence` at each end, from the items that all models have scored, paired by
//            digest, tasks as strata, clusters of items as one: of the ratio to the best of all
//            rivals, whichever that is (rivals.h, ratio_interval.h). Where all headline metrics are
//            means it is the inversion of a test on the paired difference c - share * r, a closed
//            form (ratio_test.h); else a paired bootstrap (paired_bootstrap.h).
//   kind     pass when the interval's lower end reaches the share, fail when its upper end stays
//            below, else inconclusive; or, under `decide: point`, as `meets` says.
//
// An end within 1e-12 of the share is at the share: rounding must not decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/pairing.h"
#include "benchmarks/ratio_interval.h"
#include "benchmarks/target.h"
#include "benchmarks/total.h"
#include "benchmarks/verdict_kind.h"

namespace gwageo {

struct RatioDecision {
  VerdictKind kind = VerdictKind::inconclusive;  ///< Pass, fail or inconclusive.
  std::optional<double> ratio;                   ///< Absent where the yardstick is 0.
  std::optional<Rational> exact;                 ///< Where all scores are counts.
  std::optional<bool> meets;
  std::optional<double> low;
  std::optional<double> high;
  SharePValues p;  ///< Where axes decide (axis_decision.h); 1 where there is no interval.
  /// Where there is an interval that holds the share: how many times as many items would settle it;
  /// nothing where no number would.
  std::optional<double> settling_factor;
  std::string words;  ///< Why it is so.
};

/// `pairing`: the candidate, and the references in any order; of a bar the candidate alone. `seed`:
/// of the resamples, where any are drawn.
RatioDecision decide_ratio(const Target& target, const Fraction& share, const Pairing& pairing,
                           const Total& candidate, const Total& yardstick, std::uint64_t seed);

}  // namespace gwageo
