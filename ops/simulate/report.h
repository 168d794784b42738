// The figures as one JSON document.
#pragma once

#include "ops/simulate/figures.h"
#include "protocol/json.h"

namespace gwageo::simulate {

/// Times in seconds, GPU time in hours, shares from 0 to 1.
Json figures_json(const Figures& figures);
Json bound_json(const Bound& bound);

}  // namespace gwageo::simulate
