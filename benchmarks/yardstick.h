// What a candidate is compared with, in points: one reference, the best of each axis, the mean of
// several, or a bar. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "benchmarks/target.h"
#include "benchmarks/total.h"

namespace gwageo {

struct AxisYardstick {
  std::string axis;
  Total score;
  std::size_t reference = 0;  ///< Comparison::best_per_axis only: whose it is.
};

/// A value. Indexes are those of the references that it was made of.
struct Yardstick {
  /// best: the highest total. best_per_axis: the weighted mean of the best scores of the axes, a
  /// frontier that no single model need reach. mean_top: the mean of the highest totals. Of equals
  /// the first counts.
  Total total;
  std::vector<AxisYardstick> axes;      ///< In suite order; axes with a score only.
  std::vector<std::size_t> references;  ///< Whose totals these are, the best first; of a bar none,
                                        ///< and none of best_per_axis: see `axes`.
};

/// REQUIRES: every scorecard is one of the suite and has a total on it; there is one for
/// `best`, `model` and `best_per_axis`, and `top` or more for `mean_top`.
Yardstick yardstick_of(const Target& target, const Suite& suite,
                       std::span<const Scorecard* const> references);

}  // namespace gwageo
