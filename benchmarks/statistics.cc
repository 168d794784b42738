#include "benchmarks/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// A polynomial, its constant term first.
double polynomial(const std::array<double, 8>& coefficients, double x) {
  double value = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// The coefficients of AS 241: numerator and denominator for the centre, the tail, the far tail.
constexpr std::array<double, 8> centre_above{3.3871328727963666080e0, 1.3314166789178437745e2,
                                             1.9715909503065514427e3, 1.3731693765509461125e4,
                                             4.5921953931549871457e4, 6.7265770927008700853e4,
                                             3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr std::array<double, 8> centre_below{1.0,
                                             4.2313330701600911252e1,
                                             6.8718700749205790830e2,
                                             5.3941960214247511077e3,
                                             2.1213794301586595867e4,
                                             3.9307895800092710610e4,
                                             2.8729085735721942674e4,
                                             5.2264952788528545610e3};
constexpr std::array<double, 8> tail_above{1.42343711074968357734e0,  4.63033784615654529590e0,
                                           5.76949722146069140550e0,  3.64784832476320460504e0,
                                           1.27045825245236838258e0,  2.41780725177450611770e-1,
                                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> tail_below{1.0,
                                           2.05319162663775882187e0,
                                           1.67638483018380384940e0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
constexpr std::array<double, 8> far_above{6.65790464350110377720e0,  5.46378491116411436990e0,
                                          1.78482653991729133580e0,  2.96560571828504891230e-1,
                                          2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> far_below{1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double p) {
  GWAGEO_CHECK(p > 0 && p < 1);
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(centre_above, r) / polynomial(centre_below, r);
  }
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double size = r <= 5 ? polynomial(tail_above, r - 1.6) / polynomial(tail_below, r - 1.6)
                             : polynomial(far_above, r - 5) / polynomial(far_below, r - 5);
  return q < 0 ? -size : size;
}

double normal_probability(double z) { return 0.5 * std::erfc(-z * std::sqrt(0.5)); }

std::optional<Interval> fieller_interval(const PairedEstimate& estimate, double z) {
  // a s^2 - 2 b s + c <= 0
  const double z2 = z * z;
  const double a = estimate.reference * estimate.reference - z2 * estimate.reference_variance;
  const double b = estimate.candidate * estimate.reference - z2 * estimate.covariance;
  const double c = estimate.candidate * estimate.candidate - z2 * estimate.candidate_variance;
  if (!(a > 0) || !(estimate.reference > 0)) return std::nullopt;
  const double root = std::sqrt(std::max(0.0, b * b - a * c));
  return Interval{(b - root) / a, (b + root) / a};
}

std::vector<double> holm_corrected(std::span<const double> p_values) {
  std::vector<std::size_t> ascending(p_values.size());
  std::iota(ascending.begin(), ascending.end(), std::size_t{0});
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> out(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    const double p = p_values[ascending[i]];
    GWAGEO_CHECK(p >= 0 && p <= 1);
    const auto left = static_cast<double>(ascending.size() - i);
    largest = std::max(largest, std::min(1.0, left * p));
    out[ascending[i]] = largest;
  }
  return out;
}

}  // namespace gwageo
