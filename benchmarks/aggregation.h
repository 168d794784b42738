// From the observations of many items to one figure. Everything here depends on the multiset of
// observations only, never on their order, so neither shards nor resampling by kinds change a bit.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "benchmarks/fraction.h"

namespace gwageo {

/// What a metric saw at one item. `value` is finite and never -0.0.
struct Observation {
  double value = 0;
  std::int32_t predicted = 0;  ///< For metrics over labels; -1: no label.
  std::int32_t gold = 0;
  friend auto operator<=>(const Observation&, const Observation&) = default;
};

/// Distinct observations, ascending, and how often each occurs. Views.
struct Sample {
  std::span<const Observation> kinds;
  std::span<const std::uint64_t> counts;
  std::uint64_t size() const;
};

/// Counts observations as they come. Memory grows with the number of distinct ones.
class Tally {
 public:
  void add(const Observation& observation) { ++counts_[observation]; }
  /// The counts as a sample; the views live as long as the returned value.
  struct Counted {
    std::vector<Observation> kinds;
    std::vector<std::uint64_t> counts;
    Sample sample() const { return {kinds, counts}; }
  };
  Counted counted() const;

 private:
  std::map<Observation, std::uint64_t> counts_;
};

/// A figure with its uncertainty.
struct Estimate {
  double value = 0;
  std::optional<double> standard_error;  ///< Absent for fewer than 2 items.
  std::optional<Fraction> exact;         ///< Where the value is a ratio of counts that fits.
};

/// How a metric's observations become one figure. Immutable: any thread.
class Aggregation {
 public:
  virtual ~Aggregation() = default;
  /// Whether the figure is the mean of the observations' values.
  virtual bool is_mean() const = 0;
  /// The figure alone; some counts may be 0. REQUIRES: not all counts are.
  virtual double value(const Sample& sample) const = 0;
  /// REQUIRES: the sample is not empty.
  virtual Estimate estimate(const Sample& sample) const = 0;
};

/// The mean, with the standard error that lm-eval gives it: sample standard deviation (n - 1) over
/// the root of n (lm_eval/api/metrics.py, mean_stderr). Where all values are 0 or 1 the value comes
/// from the exact count.
class MeanAggregation final : public Aggregation {
 public:
  bool is_mean() const override { return true; }
  double value(const Sample& sample) const override;
  Estimate estimate(const Sample& sample) const override;
};

}  // namespace gwageo
