// A chart as a picture: one SVG document that needs nothing else.
#pragma once

#include <string>

#include "ops/verdict_chart.h"

namespace gwageo {

/// The ratio of each candidate in steps, its interval at each step, the share as a grey line, and
/// the days on which something moved by number, explained below.
std::string chart_svg(const std::string& title, const VerdictChart& chart);

}  // namespace gwageo
