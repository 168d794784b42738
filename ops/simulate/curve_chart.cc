#include "ops/simulate/curve_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/simulate/svg.h"

namespace gwageo::simulate {
namespace {

using namespace svg;

constexpr double curve_chart_width = 760;
constexpr double height = 420;
constexpr double curve_left = 80;
constexpr double top = 56;
constexpr double curve_plot_width = 640;
constexpr double curve_plot_height = 290;
constexpr double bottom = top + curve_plot_height;
// Told apart in print and by people who see red and green alike (Okabe and Ito).
constexpr std::array<const char*, 4> curve_colours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

/// A scale whose marks are round numbers.
struct Scale {
  double from = 0;
  double to = 1;
  double step = 1;
  double part(double value) const { return (value - from) / (to - from); }
};

// step_of knows no step below 1, so small spans are looked at a million times enlarged.
Scale scale_of(double from, double most) {
  constexpr double enlarged = 1e6;
  const double span = std::max((most - from) * enlarged, 1.0);
  const double step = step_of(span, 6) / enlarged;
  return {from, from + std::ceil((most - from) / step + 1e-9) * step, step};
}

int digits_of(double step) { return step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3; }

std::string axes_of(const CurveAxes& axes, const Scale& x, const Scale& y) {
  std::string out = line(curve_left, top, curve_left, bottom, "#444") +
                    line(curve_left, bottom, curve_left + curve_plot_width, bottom, "#444");
  for (double value = y.from; value <= y.to + y.step / 2; value += y.step) {
    const double at = bottom - y.part(value) * curve_plot_height;
    out += line(curve_left - 4, at, curve_left, at, "#444") +
           text_at(curve_left - 8, at + 4, number(value, digits_of(y.step)), "end");
  }
  for (double value = x.from; value <= x.to + x.step / 2; value += x.step) {
    const double at = curve_left + x.part(value) * curve_plot_width;
    const std::string text =
        axes.x_by_powers_of_ten ? "10^" + number(value, 0) : number(value, digits_of(x.step));
    out += line(at, bottom, at, bottom + 4, "#444") + text_at(at, bottom + 18, text, "middle");
  }
  return out + text_at(curve_left + curve_plot_width / 2, bottom + 38, axes.x, "middle") +
         text_at(curve_left, top - 12, axes.y);
}

}  // namespace

std::string draw_curves(const std::string& title, const CurveAxes& axes,
                        const std::vector<Curve>& curves) {
  const auto placed = [&](double x) { return axes.x_by_powers_of_ten ? std::log10(x) : x; };
  double x_most = 0;
  double y_most = axes.y_least;
  for (const Curve& curve : curves) {
    for (const CurvePoint& point : curve.points) {
      x_most = std::max(x_most, placed(point.x));
      y_most = std::max(y_most, point.y);
    }
  }
  Scale x = scale_of(0, x_most);
  if (axes.x_by_powers_of_ten) x = {0, std::max(1.0, std::ceil(x_most)), 1};
  const Scale y = scale_of(axes.y_least, y_most);
  std::string out = text_at(curve_left, 24, title, "start", 15) + axes_of(axes, x, y);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const char* const colour = curve_colours[i % curve_colours.size()];
    const double key = top + 10 + 18 * static_cast<double>(i);
    out += box(curve_left + curve_plot_width - 150, key - 10, 12, 12, colour) +
           text_at(curve_left + curve_plot_width - 132, key, curves[i].label);
    const CurvePoint* before = nullptr;
    for (const CurvePoint& point : curves[i].points) {
      const auto at_x = [&](const CurvePoint& p) {
        return curve_left + x.part(placed(p.x)) * curve_plot_width;
      };
      const auto at_y = [&](const CurvePoint& p) {
        return bottom - y.part(p.y) * curve_plot_height;
      };
      if (before != nullptr) {
        out += line(at_x(*before), at_y(*before), at_x(point), at_y(point), colour);
      }
      out += box(at_x(point) - 3, at_y(point) - 3, 6, 6, colour) +
             text_at(at_x(point) + 6, at_y(point) - 6, point.label, "start", 10);
      before = &point;
    }
  }
  return document(curve_chart_width, height, out);
}

}  // namespace gwageo::simulate
