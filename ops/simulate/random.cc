#include "ops/simulate/random.h"

#include <cmath>

#include "protocol/check.h"

namespace gwageo::simulate {
namespace {

constexpr double ln2 = 0.693147180559945309417232;

/// Coefficients from the highest power down.
template <std::size_t n>
double polynomial(const double (&coefficients)[n], double x) {
  double sum = 0;
  for (const double c : coefficients) sum = sum * x + c;
  return sum;
}

}  // namespace

double exponential(double x) {
  GWAGEO_CHECK(x >= -700 && x <= 700);
  const double whole = std::floor(x / ln2 + 0.5);
  const double rest = x - whole * ln2;  // |rest| <= 0.35
  double sum = 1;
  for (int k = 18; k > 0; --k) sum = 1 + sum * rest / k;
  return std::ldexp(sum, static_cast<int>(whole));
}

double logarithm(double x) {
  GWAGEO_CHECK(x > 0);
  int power = 0;
  double part = std::frexp(x, &power);  // in [1/2, 1)
  if (part < 0.70710678118654752) {
    part *= 2;
    --power;
  }
  // ln(part) = 2 artanh(t), |t| <= 0.172.
  const double t = (part - 1) / (part + 1);
  double sum = 0;
  for (int k = 23; k > 0; k -= 2) sum = sum * t * t + 1.0 / k;
  return 2 * t * sum + static_cast<double>(power) * ln2;
}

double normal_quantile(double p) {
  GWAGEO_CHECK(p > 0 && p < 1);
  static constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                                 -2.759285104469687e+02, 1.383577518672690e+02,
                                 -3.066479806614716e+01, 2.506628277459239e+00};
  static constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                                 -1.556989798598866e+02, 6.680131188771972e+01,
                                 -1.328068155288572e+01, 1.0};
  static constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                                 -2.400758277161838e+00, -2.549732539343734e+00,
                                 4.374664141464968e+00,  2.938163982698783e+00};
  static constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01,
                                 2.445134137142996e+00, 3.754408661907416e+00, 1.0};
  constexpr double tail = 0.02425;
  if (p < tail) {
    const double q = std::sqrt(-2 * logarithm(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - tail) {
    const double q = std::sqrt(-2 * logarithm(1 - p));
    return -polynomial(c, q) / polynomial(d, q);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return polynomial(a, r) * q / polynomial(b, r);
}

Duration rounded(double microseconds) {
  GWAGEO_CHECK(microseconds < 9e15);
  const auto whole = static_cast<std::int64_t>(std::floor(microseconds + 0.5));
  return {whole < 1 ? 1 : whole};
}

}  // namespace gwageo::simulate
