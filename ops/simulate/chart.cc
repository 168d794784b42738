#include "ops/simulate/chart.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "ops/simulate/svg.h"

namespace gwageo::simulate {
namespace {

using namespace svg;

constexpr double chart_width = 960;
constexpr double left = 80;
constexpr double plot_width = 680;
constexpr double plot_top = 56;
constexpr double plot_height = 300;
constexpr double bars_top = plot_top + plot_height + 80;
constexpr double bar_step = 22;
constexpr std::size_t teams_shown = 10;
constexpr const char* loading_colour = "#9a9a9a";
// Told apart in print and by people who see red and green alike (Okabe and Ito, and two more).
constexpr std::array<const char*, teams_shown + 1> colours = {
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00",
    "#f0e442", "#5d3a9b", "#40b0a6", "#994f00", "#d0d0ff"};

struct Layer {
  std::string label;
  const char* colour;
  std::vector<double> gpus;  // Per step of time.
};

/// How many of the timeline's bins make one step of the picture.
std::size_t bins_together(const Timeline& timeline, Duration makespan) {
  return makespan.microseconds / timeline.width().microseconds > 170 ? 3 : 1;
}

std::vector<double> series(const Timeline& timeline, std::size_t which, std::size_t steps,
                           std::size_t together) {
  std::vector<double> gpus;
  for (std::size_t i = 0; i < steps; ++i) {
    std::int64_t sum = 0;
    for (std::size_t bin = i * together; bin < (i + 1) * together; ++bin) {
      if (bin < Timeline::bins_max) sum += timeline.at(which, bin);
    }
    gpus.push_back(static_cast<double>(sum) / static_cast<double>(together) /
                   static_cast<double>(timeline.width().microseconds));
  }
  return gpus;
}

/// The teams that used most by name, the others together, then what was loading.
std::vector<Layer> layers_of(const Figures& figures, const Timeline& timeline, std::size_t bins,
                             std::size_t together) {
  std::vector<std::size_t> order(figures.teams.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return figures.teams[a].service > figures.teams[b].service;
  });
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::vector<double> gpus = series(timeline, order[i], bins, together);
    if (i < teams_shown || order.size() == teams_shown + 1) {
      layers.push_back({figures.teams[order[i]].name, colours[i], gpus});
      continue;
    }
    if (i == teams_shown) {
      layers.push_back({std::to_string(order.size() - i) + " other teams", colours[i],
                        std::vector<double>(bins)});
    }
    for (std::size_t bin = 0; bin < bins; ++bin) layers.back().gpus[bin] += gpus[bin];
  }
  layers.push_back(
      {"loading", loading_colour, series(timeline, figures.teams.size(), bins, together)});
  return layers;
}

std::string areas(const std::vector<Layer>& layers, std::size_t bins, double bin_width,
                  double per_gpu) {
  std::string out;
  std::vector<double> below(bins);
  for (const Layer& layer : layers) {
    std::string up;
    std::string back;
    for (std::size_t i = 0; i < bins; ++i) {
      const double from = left + static_cast<double>(i) * bin_width;
      const double to = from + bin_width;
      const double low = plot_top + plot_height - below[i] * per_gpu;
      const double high = low - layer.gpus[i] * per_gpu;
      below[i] += layer.gpus[i];
      up += (i == 0 ? "M" : "L") + number(from, 1) + " " + number(high, 1) + "L" + number(to, 1) +
            " " + number(high, 1);
      back = "L" + number(to, 1) + " " + number(low, 1) + "L" + number(from, 1) + " " +
             number(low, 1) + back;
    }
    out += "<path d=\"" + up + back + "Z\" fill=\"" + layer.colour + "\"/>\n";
  }
  return out;
}

std::string use_over_time(const Fleet& fleet, const Figures& figures, const Timeline& timeline) {
  const std::size_t together = bins_together(timeline, figures.makespan);
  const std::int64_t bin = timeline.width().microseconds * static_cast<std::int64_t>(together);
  const std::int64_t span = std::max<std::int64_t>(figures.makespan.microseconds, 1);
  const auto bins = std::min(Timeline::bins_max, static_cast<std::size_t>((span + bin - 1) / bin));
  const double seconds_shown = static_cast<double>(bins) * static_cast<double>(bin) / 1e6;
  const double per_gpu = plot_height / static_cast<double>(fleet.gpus());
  const std::vector<Layer> layers = layers_of(figures, timeline, bins, together);
  std::string out = areas(layers, bins, plot_width / static_cast<double>(bins), per_gpu);
  const double bottom = plot_top + plot_height;
  const double gpu_step = step_of(fleet.gpus(), 6);
  for (double gpus = 0; gpus <= fleet.gpus(); gpus += gpu_step) {
    const double y = bottom - gpus * per_gpu;
    out += line(left - 4, y, left, y, "#444") + text_at(left - 8, y + 4, number(gpus, 0), "end");
  }
  const bool hours = seconds_shown > 7200;
  const double unit = hours ? 3600 : 60;
  const double time_step = step_of(seconds_shown / unit, 9);
  for (double t = 0; t <= seconds_shown / unit; t += time_step) {
    const double x = left + t * unit / seconds_shown * plot_width;
    out += line(x, bottom, x, bottom + 4, "#444") + text_at(x, bottom + 18, number(t, 0), "middle");
  }
  out += text_at(left + plot_width / 2, bottom + 36, hours ? "hours" : "minutes", "middle");
  out += text_at(left, plot_top - 10, "GPUs in use (" + figures.policy + ")");
  out += line(left, plot_top, left, bottom, "#444") +
         line(left, bottom, left + plot_width, bottom, "#444");
  double y = plot_top + 8;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer, y += 20) {
    out += box(left + plot_width + 16, y - 10, 12, 12, layer->colour) +
           text_at(left + plot_width + 34, y, layer->label);
  }
  return out;
}

std::string makespans(const std::vector<Bar>& bars) {
  double most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.value);
  constexpr double bars_left = left + 60;
  const double per_unit = (plot_width - 60) / most;
  std::string out = text_at(left, bars_top - 12, "makespan / lower bound (1 is the bound)");
  double y = bars_top;
  for (const Bar& bar : bars) {
    out += text_at(bars_left - 8, y + 13, bar.label, "end") +
           box(bars_left, y, bar.value * per_unit, bar_step - 5, "#0072b2") +
           text_at(bars_left + bar.value * per_unit + 6, y + 13, number(bar.value, 2));
    y += bar_step;
  }
  return out + line(bars_left + per_unit, bars_top - 6, bars_left + per_unit, y, "#d55e00");
}

}  // namespace

std::string draw_chart(const Fleet& fleet, const Figures& figures, const Timeline& timeline,
                       const std::string& title, const std::vector<Bar>& bars) {
  const double height = bars_top + bar_step * static_cast<double>(bars.size()) + 24;
  return document(chart_width, height,
                  text_at(left, 24, title, "start", 15) + use_over_time(fleet, figures, timeline) +
                      makespans(bars));
}

}  // namespace gwageo::simulate
