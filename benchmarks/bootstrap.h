// The bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993): resampling with
// replacement, stratified by task, from a generator that is a function of counters, so that the
// same inputs give the same bits in any order of work. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "benchmarks/aggregation.h"
#include "benchmarks/resample_loops.h"

namespace gwageo {

inline constexpr std::uint32_t bootstrap_resamples = 10'000;

/// Draws as many items as `item_kinds` has, uniformly and with replacement, and counts their kinds
/// in `counts`, which is cleared first. An index is the high half of a 32-bit product (Lemire, Fast
/// random integer generation in an interval, 2019), its bias below n / 2^32.
/// REQUIRES: 0 < item_kinds.size() < 2^32, and every kind is an index into counts.
void resample_kinds(ResampleStream stream, std::span<const std::uint32_t> item_kinds,
                    std::span<std::uint64_t> counts);

/// The kind of every item, for a sample of kinds with counts: 0,0,...,1,1,...
std::vector<std::uint32_t> kinds_of_items(std::span<const std::uint64_t> counts);

/// The figure of `aggregation` in each of the resamples [first, last), in order. A resample is the
/// same bits whoever draws it, so that ranges can be drawn side by side.
/// REQUIRES: the sample is not empty, and out.size() is last - first.
void bootstrap_figures(const Aggregation& aggregation, const Sample& sample, std::uint64_t seed,
                       std::uint64_t first, std::uint64_t last, std::span<double> out);

/// The standard deviation (n - 1) of figures. REQUIRES: 2 or more.
double standard_deviation(std::span<const double> figures);

/// That of `bootstrap_resamples` resamples. The field's harness draws other random numbers
/// (harness_bootstrap.h), so its figure differs in the third digit.
/// REQUIRES: the sample is not empty.
double bootstrap_standard_error(const Aggregation& aggregation, const Sample& sample,
                                std::uint64_t seed);

}  // namespace gwageo
