// The interval of a ratio of two means. Pure.
#pragma once

#include <optional>

namespace gwageo {

/// z with P(Z <= z) = p for the standard normal distribution: Wichura, Algorithm AS 241, Applied
/// Statistics 37 (1988), PPND16, about 16 digits. REQUIRES: 0 < p < 1.
double normal_quantile(double p);

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

}  // namespace gwageo
