// The rivals of a candidate: everything that could be what it is compared with, if the references'
// true scores were known. Which reference is the best is no more certain than any score; so a
// candidate passes against the best when it passes against whichever it is (ratio_interval.h).
// Pure.
//
//   best             every reference
//   best_per_axis    every choice of a reference for each axis: the sum over axes of the best there
//                    is the greatest of the sums over all choices
//   mean_top: K      every choice of K references: the mean of the K best is the greatest of their
//                    means
//   bar              one: a score of 1 on every item, of which the bar is a part
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "benchmarks/pairing.h"
#include "benchmarks/ratio_test.h"

namespace gwageo {

struct Rivals {
  std::vector<Rival> each;
  /// How many there are in all. A failure is found against any of them, so by luck this often.
  double count = 1;
  /// What setting aside the others may have cost: the chance that the true one is among them.
  double spent = 0;
};

/// Choices are tried one by one, up to so many: 65,536 where items are right or wrong, fewer where
/// a test has more to look at, so that a verdict takes about a second at most.
std::size_t choices_max(const Pairing& pairing);

/// Models 1, 2, ... of the pairing, each by itself.
Rivals each_reference(const Pairing& pairing);
Rivals only_the_bar(const Pairing& pairing);

/// Where there are more choices than `choices_max`, a tenth of `tail` is spent to set references
/// aside that are no part of the true one: on an axis, who is behind another reference; of the K
/// best, who is behind K others; each by a test of the pair at that tenth over the number of tests
/// (as Berger and Boos, P values maximized over a confidence set for the nuisance parameter,
/// Journal of the American Statistical Association 89, 1994). Nothing where too many choices are
/// left. REQUIRES: 1 reference or more, `top` at most their number, 2 units or more in every
/// stratum.
std::optional<Rivals> best_of_each_axis(const Pairing& pairing, double tail, std::uint64_t seed);
std::optional<Rivals> mean_of_best(const Pairing& pairing, std::size_t top, double tail,
                                   std::uint64_t seed);

}  // namespace gwageo
