// How scores stand in reasons, and how near to a bound is at it. Pure.
#pragma once

#include <cstdio>
#include <string>

namespace gwageo {

/// Scores and ratios that were summed up in doubles and differ by so much are equal: rounding must
/// not decide. What is exact is compared exactly.
inline constexpr double score_rounding = 1e-12;

/// "0.9500"
inline std::string score_text(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.4f", value);
  return buffer;
}

}  // namespace gwageo
