// The interval of a candidate's ratio to the best of several references, and how many items would
// settle what it leaves open. Pure.
//
// A candidate reaches a share of the best reference when it reaches that share of every one. So it
// passes when it passes against each of them at the stated level, without correction: of a union of
// hypotheses all have to be rejected (Berger, Multiparameter hypothesis testing and acceptance
// sampling, Technometrics 24, 1982: the intersection-union test). It fails when it stays below the
// share of some reference; any of them could do that by luck, so each is tested at the level over
// their number (Bonferroni). Hence the interval of the ratio to the best:
//
//   low   the least of the lower ends against each reference, `tail` left out
//   high  the least of the upper ends against each reference, `tail` / references left out
//
// Each end is beyond the true ratio with probability `tail` at most, whichever reference is the
// best. The percentile bootstrap of the ratio to the best, chosen anew in every resample, is not
// used: the largest of several noisy totals is too large in every resample again, so that where
// references are close both ends lie too low (`gwageo bench verdicts` shows by how much).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "benchmarks/pairing.h"
#include "benchmarks/ratio_test.h"
#include "benchmarks/statistics.h"

namespace gwageo {

/// The interval of model 0's total over the best of the other models' totals. Where all headline
/// metrics are means each end is that of the score test (ratio_test.h), a closed form; else the
/// percentile of resamples drawn by `seed` (paired_bootstrap.h). With one reference: its own
/// two-sided interval. Nothing where no reference can be told from 0.
/// REQUIRES: 2 models or more, at least 2 units in every stratum, 0 < tail < 0.5.
std::optional<Interval> interval_to_best(const Pairing& pairing, double tail, std::uint64_t seed);

/// The same where all metrics are means, from the tests against each reference.
/// REQUIRES: 1 test or more.
std::optional<Interval> interval_to_best(std::span<const RatioTest> tests, double tail);

/// How many times as many items, of the same kind and in the same proportions, would put the end of
/// the interval that is nearer to the share on it, if every mean and variance stayed what it is.
/// The standard error falls with the root of the number of items, hence for one reference
///
///   (z / statistic)^2    statistic: mean over standard error of candidate - share * reference
///
/// the largest of that over all references if the candidate is ahead of each, else the smallest
/// over those that it is behind of. Such a number of items settles it with a chance of one half,
/// about twice as many with 80 %. Nothing where the ratio is the share, or so near that more than
/// `settling_factor_max` times as many would be needed.
std::optional<double> settling_factor(const Pairing& pairing, double share, double tail,
                                      std::uint64_t seed);
inline constexpr double settling_factor_max = 1e6;

}  // namespace gwageo
