// A picture of curves: how one figure goes with another.
#pragma once

#include <string>
#include <vector>

namespace gwageo::simulate {

struct CurvePoint {
  double x = 0;
  double y = 0;
  std::string label;  ///< Beside the point; may be empty.
};

struct Curve {
  std::string label;
  std::vector<CurvePoint> points;  ///< Joined in this order.
};

struct CurveAxes {
  std::string x;
  std::string y;
  bool x_by_powers_of_ten = false;  ///< Then every x is at least 1.
  double y_least = 0;               ///< Where the axis begins; no y is below.
};

/// One SVG document that needs nothing else. REQUIRES: a point.
std::string draw_curves(const std::string& title, const CurveAxes& axes,
                        const std::vector<Curve>& curves);

}  // namespace gwageo::simulate
