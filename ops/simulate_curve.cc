#include "ops/simulate_curve.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/simulate/curve_chart.h"
#include "ops/simulate/report.h"
#include "ops/simulate_options.h"
#include "ops/simulate_run.h"
#include "ops/table.h"

namespace gwageo {
namespace {

using PolicyFigures = simulate::Figures;

// What --slack and --sticky are multiplied by, in thousandths: from as fair as can be to hardly.
constexpr std::int64_t factors[] = {0, 250, 500, 1000, 2000, 4000, 8000, 16000};
constexpr std::int64_t seeds_unless_given = 3;

struct Setting {
  PolicyKnobs knobs;
  std::vector<PolicyFigures> runs;  // One of each seed.

  /// The middle one of the runs' values; of an even number the lower middle.
  template <class Value>
  double median(Value value) const {
    std::vector<double> values;
    for (const PolicyFigures& figures : runs) values.push_back(value(figures));
    std::sort(values.begin(), values.end());
    return values[(values.size() - 1) / 2];
  }
};

double seconds_of(Duration d) { return static_cast<double>(d.microseconds) / 1e6; }
double ratio_of(const PolicyFigures& f) { return f.ratio; }
double load_of(const PolicyFigures& f) { return f.load_share * 100; }
double lag_of(const PolicyFigures& f) { return seconds_of(f.lag); }
double lag_share_of(const PolicyFigures& f) { return f.lag_share * 100; }
double jain_of(const PolicyFigures& f) { return f.jain; }
double wait_of(const PolicyFigures& f) { return seconds_of(f.wait.p95); }
double slack_of(const Setting& setting) { return static_cast<double>(setting.knobs.slack) / 1000; }

std::string table_of_settings(const std::vector<Setting>& settings) {
  TextTable table(
      {"slack", "sticky s", "/ bound", "loading %", "lag GPU-s", "lag %", "Jain", "wait p95 s"});
  for (const Setting& s : settings) {
    table.add({decimal(slack_of(s), 2), decimal(seconds_of(s.knobs.sticky), 0),
               decimal(s.median(ratio_of), 3), decimal(s.median(load_of), 1),
               decimal(s.median(lag_of), 0), decimal(s.median(lag_share_of), 2),
               decimal(s.median(jain_of), 4), decimal(s.median(wait_of), 0)});
  }
  return table.text();
}

std::string chart_of(const std::string& title, const std::vector<Setting>& settings) {
  simulate::Curve curve{"gwageo, by slack", {}};
  for (const Setting& s : settings) {
    curve.points.push_back({s.median(lag_share_of), s.median(ratio_of), decimal(slack_of(s), 2)});
  }
  const simulate::CurveAxes axes{"service lag between teams, % of all work",
                                 "makespan / lower bound (1 is the bound)", false, 1};
  return simulate::draw_curves(title, axes, {curve});
}

/// What the curve is of; a trace's rows are the same whatever the seed.
struct Head {
  std::string title;
  std::uint64_t left_out = 0;
  std::uint64_t widened = 0;
};

Json json_of_curve(const Head& head, const std::vector<Setting>& settings) {
  Json json;
  json["title"] = head.title;
  json["rows_left_out"] = head.left_out;
  json["rows_widened"] = head.widened;
  for (const Setting& s : settings) {
    Json point;
    point["slack"] = slack_of(s);
    point["sticky_s"] = seconds_of(s.knobs.sticky);
    for (const PolicyFigures& figures : s.runs) {
      point["runs"].push_back(simulate::figures_json(figures));
    }
    json["curve"].push_back(std::move(point));
  }
  return json;
}

}  // namespace

Result<int> simulate_curve(const Invocation& arguments) {
  GWAGEO_ASSIGN(kinds, simulate::find_policies(arguments.text_or("policy", "gwageo")));
  if (kinds.size() != 1 || !kinds.front().promises) {
    return fail(ErrorKind::bad_input, "--curve: is drawn of gwageo, which alone has the knob");
  }
  GWAGEO_TRY(check_policy_options(arguments, kinds));
  GWAGEO_ASSIGN(options, policy_options(arguments));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, std::int64_t{1} << 62));
  GWAGEO_ASSIGN(repeat, arguments.whole_or("repeat", seeds_unless_given, 1, 1000));
  std::optional<OutFile> file;
  if (const std::optional<std::string> path = arguments.text("svg")) {
    GWAGEO_ASSIGN(created, OutFile::create(*path));  // Before the long part.
    file.emplace(std::move(created));
  }
  std::vector<Setting> settings;
  for (const std::int64_t factor : factors) {
    Setting& setting = settings.emplace_back();
    setting.knobs = options.knobs;
    setting.knobs.slack = options.knobs.slack * factor / 1000;
    setting.knobs.sticky = {options.knobs.sticky.microseconds * factor / 1000};
  }
  Head head;
  for (std::int64_t i = 0; i < repeat; ++i) {
    GWAGEO_ASSIGN(setup, set_up_simulation(arguments, static_cast<std::uint64_t>(seed + i)));
    head = {setup.title, setup.left_out, setup.widened};
    for (Setting& setting : settings) {
      simulate::PolicyOptions of_setting = options;
      of_setting.knobs = setting.knobs;
      SimulationRound round = run_round(setup, kinds, of_setting);
      setting.runs.push_back(std::move(round.figures.front()));
    }
  }
  if (file) {
    GWAGEO_TRY(file->write(chart_of(head.title, settings)));
    GWAGEO_TRY(file->finish());
  }
  if (arguments.json()) {
    print(json_of_curve(head, settings));
  } else {
    say(head.title + "\n" + trace_rows_text(head.left_out, head.widened) + "Medians of " +
        std::to_string(repeat) + " seeds:\n\n" + table_of_settings(settings));
  }
  return exit_code::done;
}

}  // namespace gwageo
