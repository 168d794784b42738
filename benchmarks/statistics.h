// Normal quantiles, Fieller's interval of a ratio of two means, and Holm's correction. Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace gwageo {

/// z with P(Z <= z) = p for the standard normal distribution: Wichura, Algorithm AS 241, Applied
/// Statistics 37 (1988), PPND16, about 16 digits. REQUIRES: 0 < p < 1.
double normal_quantile(double p);

/// P(Z <= z) for the standard normal distribution.
double normal_probability(double z);

struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Two estimates from paired samples, with the variances of the estimates themselves.
struct PairedEstimate {
  double candidate = 0;
  double reference = 0;
  double candidate_variance = 0;
  double reference_variance = 0;
  double covariance = 0;
};

/// Fieller's interval of candidate / reference (E. C. Fieller, Some problems in interval
/// estimation, Journal of the Royal Statistical Society B 16, 1954): every ratio s for which the
/// paired difference D = candidate - s * reference is within z standard errors of 0,
///
///   (candidate - s * reference)^2 <= z^2 (candidate_variance - 2 s covariance + s^2
///                                                                     reference_variance)
///
/// so an end of the interval is beyond s exactly when the test of D at s says so. Nothing where the
/// reference is within z standard errors of 0 (the set is then unbounded) or not positive.
std::optional<Interval> fieller_interval(const PairedEstimate& estimate, double z);

/// p-values of several tests, corrected for there being several, each in its place: to reject those
/// that are at most a level keeps the chance of any false rejection at that level, however the
/// tests depend on each other (S. Holm, A simple sequentially rejective multiple test procedure,
/// Scandinavian Journal of Statistics 6, 1979). For axes that decide each by itself: a floor on
/// every axis that all have to reach needs none (ratio_interval.h), a failure on any does.
/// REQUIRES: all between 0 and 1.
std::vector<double> holm_corrected(std::span<const double> p_values);

}  // namespace gwageo
