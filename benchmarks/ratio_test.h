// Whether a candidate reaches a share of a rival: the test that a verdict rests on where the scores
// are means, and the interval of the ratio that is its inversion. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "benchmarks/pairing.h"
#include "benchmarks/statistics.h"

namespace gwageo {

/// What a candidate is compared with: on each axis of a pairing, by its number, the mean of these
/// models' scores; of no models, a score of 1 on every item (a bar is a part of that).
using Rival = std::vector<std::vector<std::size_t>>;

/// What the candidate and its rival scored on a unit (an item or a cluster), and how many units
/// there are of the kind.
struct PairedUnit {
  double candidate = 0;
  double reference = 0;
  double count = 0;
};

/// The units of a stratum for one of its models and the mean of others, equal ones together. Their
/// means are the models' means over items, and their variance over the number of units that of the
/// means. Where items are clustered, a unit stands for its cluster's part in that,
///
///   mean + G / n * sum over its items of (score - mean)         G clusters of n items
///
/// which gives the clustered variance of Miller, Adding error bars to evals (2024), section 2.2,
/// and of Inspect's `stderr(cluster=...)`. REQUIRES: the aggregation is a mean.
std::vector<PairedUnit> paired_units(const Stratum& stratum, std::size_t candidate,
                                     const std::vector<std::size_t>& rivals);

/// The score test of the paired difference d = candidate - share * reference. Its statistic is the
/// mean of d over its standard error, where the variance is that of the distribution that explains
/// the scores best among those whose mean difference is 0: Nam and Blackwelder, Analysis of the
/// ratio of marginal probabilities in a matched-pair setting, Statistics in Medicine 21 (2002), for
/// scores of 0 and 1; for others the same with the empirical likelihood of Owen (Empirical
/// likelihood, 2001, chapter 3), to which the ends of the scale are added. The estimated variance
/// in its place (fieller_interval) lets too many pass where few answers differ: 7 % at a stated
/// 5 %, for 198 items on which two models mostly agree. Immutable: any thread.
class RatioTest {
 public:
  /// Model 0 against model `reference`.
  /// REQUIRES: `is_all_means`, 2 units or more in every stratum.
  RatioTest(const Pairing& pairing, std::size_t reference);

  /// Approximately standard normal where the true ratio is `share`, falling in it.
  /// REQUIRES: share > 0.
  double statistic(double share) const;
  /// The ratio of the means; infinite where the reference's is 0.
  double ratio() const;
  /// The least ratio whose statistic is not above z, and the greatest whose is not below -z: 0 and
  /// infinity where there is none. REQUIRES: z > 0.
  double low(double z) const;
  double high(double z) const;
  const PairedEstimate& estimate() const { return estimate_; }

 private:
  friend class RatioTests;
  struct Part;
  // Rivals that are alike on a stratum share its units, of which there may be thousands.
  using Parts = std::vector<std::shared_ptr<const Part>>;
  explicit RatioTest(Parts parts);
  static std::shared_ptr<const Part> part(const Stratum& stratum, std::size_t candidate,
                                          const std::vector<std::size_t>& rivals);
  double crossing(double value, double start) const;
  Parts parts_;
  PairedEstimate estimate_;
};

/// The tests of one pairing against many rivals: what these have in common is made once. One thread
/// at a time.
class RatioTests {
 public:
  /// The pairing outlives this. REQUIRES: as for RatioTest.
  explicit RatioTests(const Pairing& pairing) : pairing_(pairing) {}
  /// Model `candidate` against a rival; on one axis alone where that is named.
  /// REQUIRES: the rival has an entry for every axis; there is a stratum on the named one.
  RatioTest test(std::size_t candidate, const Rival& rival,
                 std::optional<std::size_t> axis = std::nullopt);

 private:
  using Key = std::pair<std::size_t, std::pair<std::size_t, std::vector<std::size_t>>>;
  const Pairing& pairing_;
  std::map<Key, std::shared_ptr<const RatioTest::Part>> parts_;  ///< By stratum, candidate, rivals.
};

}  // namespace gwageo
