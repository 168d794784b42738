// The log-likelihood that a response tells, as an observation may hold it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "protocol/request.h"

namespace gwageo {

/// Within the finite doubles; what is no number is as unlikely as can be. Never -0.0.
inline double finite_likelihood(const Response& response) {
  constexpr double most = std::numeric_limits<double>::max();
  const double told = response.log_probability;
  return std::isnan(told) ? -most : std::clamp(told, -most, most) + 0.0;
}

}  // namespace gwageo
