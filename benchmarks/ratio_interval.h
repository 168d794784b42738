// The interval of a candidate's ratio to the best of several rivals (rivals.h), and how many items
// would settle what it leaves open. Pure.
//
// A candidate reaches a share of the best rival when it reaches that share of every one. So it
// passes when it passes against each of them at the stated level, without correction: of a union of
// hypotheses all have to be rejected (Berger, Multiparameter hypothesis testing and acceptance
// sampling, Technometrics 24, 1982: the intersection-union test). It fails when it stays below the
// share of some rival; any of them could do that by luck, so each is tested at the level over
// their number (Bonferroni). Hence the interval of the ratio to the best:
//
//   low   the least of the lower ends against each rival, `tail` (less what was spent) left out
//   high  the least of the upper ends against each rival, `tail` / rivals left out
//
// Each end is beyond the true ratio with probability `tail` at most, whichever rival is the best.
// The percentile bootstrap of the ratio to the best, chosen anew in every resample, is not used:
// the largest of several noisy totals is too large in every resample again, so that where
// references are close both ends lie too low (`gwageo bench verdicts` shows by how much).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "benchmarks/pairing.h"
#include "benchmarks/ratio_test.h"
#include "benchmarks/rivals.h"
#include "benchmarks/statistics.h"

namespace gwageo {

/// The interval of model 0's total over the best rival's. Where all headline metrics are means each
/// end is that of the score test (ratio_test.h), a closed form; else the percentile of resamples
/// drawn by `seed` (paired_bootstrap.h). With one rival: its own two-sided interval. Nothing where
/// no rival can be told from 0.
/// REQUIRES: 1 rival or more, at least 2 units in every stratum, 0 < tail < 0.5.
std::optional<Interval> interval_to_best(const Pairing& pairing, const Rivals& rivals, double tail,
                                         std::uint64_t seed);

/// The same where all metrics are means, from the tests against each of all rivals.
/// REQUIRES: 1 test or more.
std::optional<Interval> interval_to_best(std::span<const RatioTest> tests, double tail);

/// The chances, at most, of what was found if a verdict on it were wrong: to be so far above the
/// share of every rival for one who does not reach it, and so far below that of some rival for one
/// who does. `pass` is at most `tail` where the interval's lower end reaches the share, `fail`
/// where its upper end does not.
struct SharePValues {
  double pass = 1;
  double fail = 1;
};
/// REQUIRES: as for the interval.
SharePValues p_values_at(const Pairing& pairing, const Rivals& rivals, double share,
                         std::uint64_t seed);

/// How many times as many items, of the same kind and in the same proportions, would put the end of
/// the interval that is nearer to the share on it, if every mean and variance stayed what it is.
/// The standard error falls with the root of the number of items, hence for one rival
///
///   (z / statistic)^2    statistic: mean over standard error of candidate - share * rival
///
/// the largest of that over all rivals if the candidate is ahead of each, else the smallest
/// over those that it is behind of. Such a number of items settles it with a chance of one half,
/// about twice as many with 80 %. Nothing where the ratio is the share, or so near that more than
/// `settling_factor_max` times as many would be needed.
std::optional<double> settling_factor(const Pairing& pairing, const Rivals& rivals, double share,
                                      double tail, std::uint64_t seed);
inline constexpr double settling_factor_max = 1e6;

}  // namespace gwageo
