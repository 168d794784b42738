// Several models on the same items. Items are paired by item digest (and repeat); what only some of
// the models have scored is left out and counted. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/metric.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/statistics.h"
#include "benchmarks/suite.h"

namespace gwageo {

/// One task's paired items. Items with equal observations in every model are of one kind.
struct Stratum {
  double share = 0;                                ///< The task's share of the total.
  std::vector<std::vector<Observation>> observed;  ///< Of model m at kind k: observed[m][k].
  std::vector<std::uint64_t> counts;               ///< Items of each kind.
  std::uint64_t size = 0;                          ///< Items.
  std::unique_ptr<Aggregation> aggregation;        ///< Of the headline metric.
};

struct Pairing {
  std::vector<Stratum> strata;          ///< Tasks with a share of the total, in suite order.
  std::uint64_t size = 0;               ///< Paired items.
  std::vector<std::uint64_t> unpaired;  ///< Scored items of each model that another one lacks.
  bool is_all_means = true;             ///< Every headline metric is a mean.
};

/// Pairs the items of all models. The order of the models only decides which is which.
/// REQUIRES: every scorecard is one of the suite.
Pairing pair_items(const Suite& suite, std::span<const Scorecard* const> models);

/// The totals of models 0 and 1 over the paired items, with their variances: the weighted sum of
/// the strata's means, each stratum's (co)variance with n - 1, over n.
/// REQUIRES: `is_all_means`, two models, and at least 2 items in every stratum.
PairedEstimate estimate_pair(const Pairing& pairing);

/// The percentile interval (Efron and Tibshirani 1993, chapter 13) of model 0's total over the best
/// of the other models' totals, the best chosen anew in every resample. Tasks are resampled apart,
/// items with all their models together. `tail` is the probability left out at each end. Nothing
/// where the best total of some resample is 0. REQUIRES: at least 1 item in every stratum.
std::optional<Interval> bootstrap_ratio(const Pairing& pairing, double tail, std::uint64_t seed);

}  // namespace gwageo
