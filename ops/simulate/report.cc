#include "ops/simulate/report.h"

#include <cstdio>

namespace gwageo::simulate {
namespace {

double in_seconds(Duration d) { return static_cast<double>(d.microseconds) / 1e6; }
double in_hours(Duration d) { return static_cast<double>(d.microseconds) / 3.6e9; }

Json spread_json(const Spread& spread) {
  Json json;
  json["p50"] = in_seconds(spread.p50);
  json["p95"] = in_seconds(spread.p95);
  json["p99"] = in_seconds(spread.p99);
  json["longest"] = in_seconds(spread.longest);
  return json;
}

Json team_json(const TeamFigures& team) {
  Json json;
  json["team"] = team.name;
  json["shards"] = static_cast<std::int64_t>(team.shards);
  json["gpu_hours"] = in_hours(team.service);
  json["wait_s"] = spread_json(team.wait);
  json["finish_s"] = in_seconds(team.finish);
  json["finish_time_fairness"] = team.rho;
  return json;
}

Json gpu_hours_json(const Figures& figures) {
  Json json;
  json["useful"] = in_hours(figures.gpu_time.useful);
  json["loading"] = in_hours(figures.gpu_time.loading);
  json["wasted"] = in_hours(figures.gpu_time.wasted);
  json["down"] = in_hours(figures.gpu_time.down);
  json["idle"] = figures.idle_seconds / 3600;
  return json;
}

Json count(std::uint64_t n) { return static_cast<std::int64_t>(n); }

Json promise_json(const Figures& figures) {
  Json json;
  if (const std::optional<Duration> lag = figures.lag_promised()) {
    json["service_lag_bound_gpu_s"] = in_seconds(*lag);
    json["service_lag_bound_ok"] = figures.lag_kept();
  }
  if (const std::optional<Duration>& standstill = figures.promise->standstill) {
    json["starvation_bound_s"] = in_seconds(*standstill);
    json["starvation_bound_ok"] = figures.standstill_kept();
  }
  if (figures.jain_is_promised()) {
    json["jain_bound"] = jain_promised;
    json["jain_bound_ok"] = figures.jain_kept();
  }
  json["broken"] = Json::array();
  for (const std::string& broken : broken_promises(figures)) json["broken"].push_back(broken);
  return json;
}

}  // namespace

Json bound_json(const Bound& bound) {
  Json json;
  json["best"] = in_seconds(bound.best());
  json["area"] = in_seconds(bound.area);
  json["longest"] = in_seconds(bound.longest);
  json["setup"] = in_seconds(bound.setup);
  json["packing"] = in_seconds(bound.packing);
  json["release"] = in_seconds(bound.release);
  return json;
}

Json figures_json(const Figures& figures) {
  Json json;
  json["policy"] = figures.policy;
  json["seed"] = count(figures.seed);
  json["makespan_s"] = in_seconds(figures.makespan);
  json["bound_s"] = in_seconds(figures.bound);
  json["makespan_over_bound"] = figures.ratio;
  json["load_share"] = figures.load_share;
  json["idle_share"] = figures.idle_share;
  json["gpu_hours"] = gpu_hours_json(figures);
  json["wait_s"] = spread_json(figures.wait);
  json["service_lag_gpu_s"] = in_seconds(figures.lag);
  json["service_lag_while_all_demand_gpu_s"] = in_seconds(figures.backlogged_lag);
  json["service_lag_share"] = figures.lag_share;
  json["jain"] = figures.jain;
  json["all_backlogged_s"] = in_seconds(figures.backlogged);
  json["longest_standstill_s"] = in_seconds(figures.standstill);
  if (figures.promise) json["promise"] = promise_json(figures);
  json["finish_time_fairness_max"] = figures.rho;
  json["deadlines"] = count(figures.deadlines);
  json["deadlines_missed"] = count(figures.deadlines_missed);
  json["starts"] = count(figures.starts);
  json["loads"] = count(figures.loads);
  json["yields"] = count(figures.yields);
  json["outages"] = count(figures.outages);
  json["unfinished"] = count(figures.unfinished);
  char fingerprint[20];
  std::snprintf(fingerprint, sizeof fingerprint, "%016llx",
                static_cast<unsigned long long>(figures.fingerprint));
  json["fingerprint"] = std::string(fingerprint);
  json["policy_s"] = figures.policy_seconds;
  json["wall_s"] = figures.wall_seconds;
  json["call_p99_us"] = figures.call_p99_us;
  if (figures.policy_seconds > 0) {
    json["decisions_per_s"] = static_cast<double>(figures.starts) / figures.policy_seconds;
  }
  for (const TeamFigures& team : figures.teams) json["teams"].push_back(team_json(team));
  return json;
}

}  // namespace gwageo::simulate
