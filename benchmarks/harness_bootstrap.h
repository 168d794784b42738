// The standard errors of the field's harness, to the last bit: its sums run from the left over the
// documents, its squares are powers, and its bootstrap draws with CPython's generator (lm-eval,
// lm_eval/api/metrics.py: sample_stddev, bootstrap_stderr). Ours is in bootstrap.h. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "benchmarks/aggregation.h"

namespace gwageo {

/// Resamples that the harness draws unless told otherwise, and for bleu, chrf and ter.
inline constexpr std::uint32_t harness_iterations = 100'000;
inline constexpr std::uint32_t harness_iterations_of_slow_metrics = 100;

/// The sum from the left, over their number. REQUIRES: not empty.
double mean_in_order(std::span<const double> values);
/// The standard deviation (n - 1), both sums from the left. REQUIRES: at least 2 values.
double deviation_in_order(std::span<const double> values);

/// The standard deviation of the figure over resamples. They are drawn in runs of 1,000 (fewer
/// where `iterations` is less), run i with the generator `random.Random(i)`, each as
/// `choices(items, k = n)`. About 5 ns a draw, so nothing beyond 10^10 draws, that is for more than
/// 100,000 items: the harness takes days there. REQUIRES: 2 items or more.
std::optional<double> harness_bootstrap_error(const Aggregation& aggregation, const Series& series,
                                              std::uint32_t iterations);

}  // namespace gwageo
