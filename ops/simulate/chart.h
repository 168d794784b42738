// A picture of a run: how the fleet was used over time, and how far policies are from the bound.
#pragma once

#include <string>
#include <vector>

#include "ops/simulate/figures.h"

namespace gwageo::simulate {

/// A bar of the lower chart.
struct Bar {
  std::string label;
  double value = 0;
};

/// One SVG document that needs nothing else. Above: GPUs in use by team, stacked, with what loads
/// in grey and the idle rest white; below: makespan over the bound, a bar a policy.
/// REQUIRES: `figures` and `timeline` of the same run; bars.
std::string draw_chart(const Fleet& fleet, const Figures& figures, const Timeline& timeline,
                       const std::string& title, const std::vector<Bar>& bars);

}  // namespace gwageo::simulate
