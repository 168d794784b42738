// gwageo simulate: policies against each other on a simulated pool. The pool is pure
// (ops/simulate); here are its files, its clock and what people see of it.
#include <algorithm>

#include "coordinator/words.h"
#include "ops/out_file.h"
#include "ops/output.h"
#include "ops/simulate/report.h"
#include "ops/simulate_compare.h"
#include "ops/simulate_curve.h"
#include "ops/simulate_options.h"
#include "ops/simulate_run.h"
#include "ops/table.h"
#include "ops/verbs.h"

namespace gwageo {
namespace {

using PolicyFigures = simulate::Figures;
using Round = SimulationRound;

std::string seconds_text(Duration d) {
  return decimal(static_cast<double>(d.microseconds) / 1e6, 0);
}
std::string whole_hours_text(Duration d) {
  return decimal(static_cast<double>(d.microseconds) / 3.6e9, 0);
}
std::string per_cent(double share, int digits) { return decimal(share * 100, digits); }

std::string rate_text(const PolicyFigures& f) {
  if (f.policy_seconds <= 0) return "-";
  return decimal(static_cast<double>(f.starts) / f.policy_seconds / 1000, 0);
}

std::string makespan_table(const std::vector<PolicyFigures>& all) {
  TextTable table({"policy", "makespan s", "/ bound", "loading %", "idle %", "wasted GPU-h",
                   "starts", "loads", "1000 decisions/s", "p99 us"});
  for (const PolicyFigures& f : all) {
    table.add({f.policy + (f.unfinished > 0 ? " (unfinished)" : ""), seconds_text(f.makespan),
               decimal(f.ratio, 3), per_cent(f.load_share, 1), per_cent(f.idle_share, 1),
               whole_hours_text(f.gpu_time.wasted), std::to_string(f.starts),
               std::to_string(f.loads), rate_text(f), decimal(f.call_p99_us, 2)});
  }
  return table.text();
}

std::string fairness_table(const std::vector<PolicyFigures>& all) {
  TextTable table({"policy", "wait p50 s", "p95", "p99", "longest", "lag GPU-s", "lag %", "Jain",
                   "finish/alone", "deadlines missed"});
  for (const PolicyFigures& f : all) {
    table.add({f.policy, seconds_text(f.wait.p50), seconds_text(f.wait.p95),
               seconds_text(f.wait.p99), seconds_text(f.wait.longest), seconds_text(f.lag),
               per_cent(f.lag_share, 2), decimal(f.jain, 4), decimal(f.rho, 2),
               f.deadlines == 0
                   ? "-"
                   : std::to_string(f.deadlines_missed) + " of " + std::to_string(f.deadlines)});
  }
  return table.text();
}

/// What our policy promises, and how it kept that.
std::string promise_table(const std::vector<Round>& rounds) {
  TextTable table({"promised (seed)", "lag GPU-s", "at most", "", "standstill s", "at most", "",
                   "Jain", "at least", ""});
  const auto kept = [](bool is_kept) { return is_kept ? "kept" : "BROKEN"; };
  bool any = false;
  for (const Round& round : rounds) {
    for (const PolicyFigures& f : round.figures) {
      if (!f.promise) continue;
      any = true;
      const std::optional<Duration> lag = f.lag_promised();
      const std::optional<Duration>& standstill = f.promise->standstill;
      table.add({f.policy + " (" + std::to_string(f.seed) + ")", seconds_text(f.backlogged_lag),
                 lag ? seconds_text(*lag) : "-", lag ? kept(f.lag_kept()) : "",
                 seconds_text(f.standstill), standstill ? seconds_text(*standstill) : "-",
                 standstill ? kept(f.standstill_kept()) : "", decimal(f.jain, 4),
                 f.jain_is_promised() ? decimal(simulate::jain_promised, 2) : "-",
                 f.jain_is_promised() ? kept(f.jain_kept()) : ""});
    }
  }
  return any ? table.text() + "\n" : "";
}

bool are_kept(const std::vector<Round>& rounds) {
  return std::all_of(rounds.begin(), rounds.end(), [](const Round& round) {
    return std::all_of(round.figures.begin(), round.figures.end(),
                       [](const PolicyFigures& f) { return simulate::broken_promises(f).empty(); });
  });
}

/// A sentence for each run that did not keep what is promised of it.
std::string broken_text(const std::vector<Round>& rounds) {
  std::string text;
  for (const Round& round : rounds) {
    for (const PolicyFigures& f : round.figures) {
      std::string broken;
      for (const std::string& one : simulate::broken_promises(f)) {
        broken += (broken.empty() ? "" : ", ") + one;
      }
      if (broken.empty()) continue;
      text += f.policy + ", seed " + std::to_string(f.seed) +
              ", did not keep what is promised of it: " + broken + ".\n";
    }
  }
  return text.empty() ? text : text + "\n";
}

/// The teams that sharing was worst for, first.
std::string team_table(const PolicyFigures& figures) {
  constexpr std::size_t teams_shown = 16;
  TextTable table({"team (" + figures.policy + ")", "shards", "GPU-h", "wait p50 s", "p95", "p99",
                   "longest", "finish s", "finish/alone"});
  std::vector<simulate::TeamFigures> teams = figures.teams;
  std::stable_sort(teams.begin(), teams.end(),
                   [](const auto& a, const auto& b) { return a.rho > b.rho; });
  for (std::size_t i = 0; i < std::min(teams.size(), teams_shown); ++i) {
    const simulate::TeamFigures& t = teams[i];
    table.add({t.name, std::to_string(t.shards), whole_hours_text(t.service),
               seconds_text(t.wait.p50), seconds_text(t.wait.p95), seconds_text(t.wait.p99),
               seconds_text(t.wait.longest), seconds_text(t.finish), decimal(t.rho, 2)});
  }
  if (teams.size() <= teams_shown) return table.text();
  return table.text() + "and " +
         counted(static_cast<std::int64_t>(teams.size() - teams_shown), "team") +
         " more; --json has them all\n";
}

/// Least, middle and largest over the rounds, of a figure of each policy.
std::string spread_table(const std::vector<Round>& rounds) {
  TextTable table({"policy", "/ bound least", "median", "most", "loading % least", "median", "most",
                   "lag % least", "median", "most"});
  for (std::size_t i = 0; i < rounds.front().figures.size(); ++i) {
    std::vector<std::string> row = {rounds.front().figures[i].policy};
    const auto add = [&](double (*value)(const PolicyFigures&), int digits) {
      std::vector<double> values;
      for (const Round& round : rounds) values.push_back(value(round.figures[i]));
      std::sort(values.begin(), values.end());
      for (const double v : {values.front(), values[(values.size() - 1) / 2], values.back()}) {
        row.push_back(decimal(v, digits));
      }
    };
    add([](const PolicyFigures& f) { return f.ratio; }, 3);
    add([](const PolicyFigures& f) { return f.load_share * 100; }, 1);
    add([](const PolicyFigures& f) { return f.lag_share * 100; }, 2);
    table.add(std::move(row));
  }
  return table.text();
}

Json round_json(const Round& round) {
  Json json;
  json["title"] = round.title;
  json["rows_left_out"] = round.left_out;
  json["rows_widened"] = round.widened;
  json["bound_s"] = simulate::bound_json(round.bound);
  for (const PolicyFigures& figures : round.figures) {
    json["policies"].push_back(simulate::figures_json(figures));
  }
  return json;
}

void say_rounds(const std::vector<Round>& rounds) {
  const Round& first = rounds.front();
  say(first.title + "\n");
  say(trace_rows_text(first.left_out, first.widened));
  say("No policy can be faster than " + seconds_text(first.bound.best()) + " s.\n\n");
  say(makespan_table(first.figures) + "\n" + fairness_table(first.figures) + "\n");
  say(promise_table(rounds) + broken_text(rounds));
  say(team_table(first.figures.back()));
  if (rounds.size() == 1) return;
  say("\nOver " + std::to_string(rounds.size()) + " seeds (the tables above are of the first):\n");
  say(spread_table(rounds));
}

}  // namespace

Result<int> verb_simulate(const Invocation& arguments) {
  if (arguments.has("curve") && arguments.has("compare")) {
    return fail(ErrorKind::bad_input, "--curve and --compare: one at a time");
  }
  GWAGEO_TRY(check_simulation_options(arguments));
  if (arguments.has("curve")) return simulate_curve(arguments);
  if (arguments.has("compare")) return simulate_compare(arguments);
  GWAGEO_ASSIGN(kinds, simulate::find_policies(arguments.text_or("policy", "all")));
  GWAGEO_TRY(check_policy_options(arguments, kinds));
  GWAGEO_ASSIGN(options, policy_options(arguments));
  GWAGEO_ASSIGN(seed, arguments.whole_or("seed", 1, 0, std::int64_t{1} << 62));
  GWAGEO_ASSIGN(repeat, arguments.whole_or("repeat", 1, 1, 1000));
  std::optional<OutFile> chart;
  if (const std::optional<std::string> path = arguments.text("svg")) {
    GWAGEO_ASSIGN(file, OutFile::create(*path));  // Before the long part.
    chart.emplace(std::move(file));
  }
  std::vector<Round> rounds;
  bool whole = true;
  for (std::int64_t i = 0; i < repeat; ++i) {
    GWAGEO_ASSIGN(setup, set_up_simulation(arguments, static_cast<std::uint64_t>(seed + i)));
    Round round = run_round(setup, kinds, options, chart.has_value());
    for (const PolicyFigures& figures : round.figures) whole = whole && figures.unfinished == 0;
    rounds.push_back(std::move(round));
  }
  if (chart) {
    GWAGEO_TRY(chart->write(rounds.front().chart));
    GWAGEO_TRY(chart->finish());
  }
  if (arguments.json()) {
    Json json;
    for (const Round& round : rounds) json["rounds"].push_back(round_json(round));
    print(json);
  } else {
    say_rounds(rounds);
  }
  return whole && are_kept(rounds) ? exit_code::done : exit_code::no;
}

}  // namespace gwageo
