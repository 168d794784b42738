// Several models on the same items. Items are paired by item digest (and repeat); what only some of
// the models have scored is left out and counted. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/metric.h"
#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"

namespace gwageo {

/// One task's paired items. Items with equal observations in every model are of one kind.
struct Stratum {
  std::string task;
  std::size_t axis = 0;                            ///< In the suite's list of axes.
  double share = 0;                                ///< The task's share of the total.
  std::vector<std::vector<Observation>> observed;  ///< Of model m at kind k: observed[m][k].
  std::vector<std::uint64_t> counts;               ///< Items of each kind.
  std::uint64_t size = 0;                          ///< Items.
  std::unique_ptr<Aggregation> aggregation;        ///< Of the headline metric.
  /// Items that stand or fall together, each as its kind, cluster by cluster; empty where every
  /// item stands by itself.
  std::vector<std::vector<std::uint32_t>> clusters;
  std::uint64_t units() const { return clusters.empty() ? size : clusters.size(); }
};

struct Pairing {
  std::vector<Stratum> strata;          ///< Tasks with a share of the total, in suite order.
  std::uint64_t size = 0;               ///< Paired items.
  std::vector<std::uint64_t> unpaired;  ///< Scored items of each model that another one lacks.
  bool is_all_means = true;             ///< Every headline metric is a mean.
  /// 1 more than the last axis that a stratum is on. REQUIRES: there is a stratum.
  std::size_t axes() const;
};

/// Pairs the items of all models. The order of the models only decides which is which.
/// REQUIRES: every scorecard is one of the suite.
Pairing pair_items(const Suite& suite, std::span<const Scorecard* const> models);

}  // namespace gwageo
