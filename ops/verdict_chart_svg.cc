#include "ops/verdict_chart_svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/simulate/svg.h"
#include "ops/table.h"

namespace gwageo {
namespace {

using namespace simulate::svg;

constexpr double width = 960;
constexpr double left = 70;
constexpr double top = 64;
constexpr double plot_width = 660;
constexpr double plot_height = 320;
constexpr double bottom = top + plot_height;
constexpr double line_height = 17;
constexpr const char* grey = "#888888";
// Told apart in print and by people who see red and green alike (Okabe and Ito), then darker.
constexpr std::array<const char*, tracks_max> colours = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#000000", "#7f3b08", "#1b5e20", "#6a1b9a", "#9e9d24", "#455a64"};

struct Plot {
  const VerdictChart& chart;
  double low;
  double high;

  double x(DayNumber day) const {
    if (chart.last == chart.first) return left;
    return left + plot_width * static_cast<double>(day - chart.first) /
                      static_cast<double>(chart.last - chart.first);
  }
  double y(double value) const {
    const double part = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return bottom - part * plot_height;
  }
};

std::string axes_of(const Plot& plot) {
  std::string out =
      line(left, top, left, bottom, "#444") + line(left, bottom, left + plot_width, bottom, "#444");
  constexpr int parts = 5;
  for (int i = 0; i <= parts; ++i) {
    const double value = plot.low + (plot.high - plot.low) * i / parts;
    out += line(left - 4, plot.y(value), left, plot.y(value), "#444") +
           text_at(left - 8, plot.y(value) + 4, number(value, 3), "end");
  }
  return out + text_at(left, bottom + 18, date_of(plot.chart.first)) +
         text_at(left + plot_width, bottom + 18, date_of(plot.chart.last), "end") +
         text_at(left, top - 26, "ratio to what it is compared with");
}

/// From `from` on at the height of `value`, then to that of the next one, if it is another.
std::string step_line(const Plot& plot, DayNumber from, DayNumber to, double value, double next,
                      const char* colour) {
  std::string out = line(plot.x(from), plot.y(value), plot.x(to), plot.y(value), colour);
  if (next != value) out += line(plot.x(to), plot.y(value), plot.x(to), plot.y(next), colour);
  return out;
}

std::string share_lines(const Plot& plot) {
  std::string out;
  const std::vector<SharePoint>& shares = plot.chart.shares;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const bool is_last = i + 1 == shares.size();
    const double next = is_last ? shares[i].share : shares[i + 1].share;
    out += step_line(plot, shares[i].day, is_last ? plot.chart.last : shares[i + 1].day,
                     shares[i].share, next, grey);
  }
  if (shares.empty()) return out;
  return out + text_at(left + plot_width + 6, plot.y(shares.back().share) + 4,
                       "share " + number(shares.back().share, 3), "start", 11);
}

std::string track_lines(const Plot& plot, const ChartTrack& track, const char* colour) {
  std::string out;
  for (std::size_t i = 0; i < track.points.size(); ++i) {
    const ChartPoint& point = track.points[i];
    if (!point.ratio || !std::isfinite(*point.ratio)) continue;
    const bool is_last = i + 1 == track.points.size();
    const double x = plot.x(point.day);
    if (point.low && point.high) {
      out += line(x, plot.y(*point.low), x, plot.y(*point.high), colour);
    }
    const double value = *point.ratio;
    const double next = is_last ? value : track.points[i + 1].ratio.value_or(value);
    out += step_line(plot, point.day, is_last ? plot.chart.last : track.points[i + 1].day, value,
                     next, colour) +
           box(x - 3, plot.y(*point.ratio) - 3, 6, 6, colour);
  }
  return out;
}

std::string key_of(const VerdictChart& chart) {
  std::string out;
  for (std::size_t i = 0; i < chart.tracks.size(); ++i) {
    const double at = top + 30 + line_height * static_cast<double>(i);
    const ChartPoint& last = chart.tracks[i].points.back();
    out += box(left + plot_width + 90, at - 10, 10, 10, colours[i]) +
           text_at(left + plot_width + 106, at,
                   chart.tracks[i].candidate + " (" + last.verdict + ")", "start", 11);
  }
  if (chart.tracks_left_out == 0) return out;
  return out + text_at(left + plot_width + 90,
                       top + 30 + line_height * static_cast<double>(chart.tracks.size()),
                       std::to_string(chart.tracks_left_out) + " more, with lower ratios", "start",
                       11);
}

}  // namespace

std::string chart_svg(const std::string& title, const VerdictChart& chart) {
  const double span = std::max(chart.most - chart.least, 0.02);
  // Room above and below, but not below zero, where no ratio is.
  const Plot plot{chart, std::max(chart.least - span / 8, std::min(chart.least, 0.0)),
                  chart.most + span / 8};
  std::string out = text_at(left, 24, title, "start", 15) + axes_of(plot);
  double below = bottom + 44;
  for (std::size_t i = 0; i < chart.events.size(); ++i) {
    const ChartEvent& event = chart.events[i];
    const std::string mark = std::to_string(i + 1);
    out += line(plot.x(event.day), top, plot.x(event.day), bottom, "#dddddd") +
           text_at(plot.x(event.day), top - 4 - (i % 2 == 0 ? 0 : 11), mark, "middle", 10);
    std::string head = mark + "  " + date_of(event.day);
    for (const std::string& text : event.texts) {
      out +=
          text_at(left, below, head, "start", 11) + text_at(left + 110, below, text, "start", 11);
      head.clear();
      below += line_height;
    }
  }
  if (chart.events_left_out > 0) {
    out += text_at(left, below,
                   std::to_string(chart.events_left_out) + " earlier days are not numbered",
                   "start", 11);
    below += line_height;
  }
  out += share_lines(plot);
  for (std::size_t i = 0; i < chart.tracks.size(); ++i) {
    out += track_lines(plot, chart.tracks[i], colours[i]);
  }
  return document(width, below + 10, out + key_of(chart));
}

}  // namespace gwageo
