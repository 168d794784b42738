// What a run comes to: the figures that policies are compared by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ops/simulate/bound.h"
#include "ops/simulate/generator.h"
#include "ops/simulate/promise.h"
#include "ops/simulate/simulator.h"

namespace gwageo::simulate {

/// Quantiles of times, by nearest rank; all 0 of none.
struct Spread {
  Duration p50;
  Duration p95;
  Duration p99;
  Duration longest;
};
Spread spread_of(std::vector<std::int64_t> microseconds);

struct TeamFigures {
  std::string name;
  std::uint64_t shards = 0;
  Spread wait;       ///< From a job's arrival until its shards began.
  Duration service;  ///< GPU time, loads included.
  Duration finish;   ///< From its first arrival until its last shard ended.
  /// Finish-time fairness (Themis): `finish` over the shortest that it could be with the team's
  /// share of the fleet's GPU time alone (bound.h). Below 1: sharing was good for it.
  double rho = 0;
};

struct Figures {
  std::string policy;
  std::uint64_t seed = 0;
  Duration makespan;
  Duration bound;
  double ratio = 0;  ///< makespan / bound
  GpuTime gpu_time;
  double idle_seconds = 0;  ///< GPU time; of a large fleet it may be more than a Duration holds.
  double load_share = 0;    ///< Of the GPU time that was not idle.
  double idle_share = 0;    ///< Of the fleet's time.
  Spread wait;              ///< Of all teams' shards.
  Duration lag;             ///< Recorder::lag: GPU time.
  Duration backlogged_lag;  ///< The same while all teams demanded.
  double lag_share = 0;     ///< Of all GPU time that was used.
  double jain = 1;      ///< Of service per weight while all teams demanded it; 1 of no such time.
  Duration backlogged;  ///< How long that was.
  /// Of all teams: the mean of service per weight in that time; 0 where their weights differ.
  Duration equal_service;
  Duration standstill;  ///< Standstill::longest
  /// What the policy promises of the above; none of a rival.
  std::optional<Promise> promise;
  double rho = 0;  ///< The largest of the teams'.
  std::uint64_t deadlines = 0;
  std::uint64_t deadlines_missed = 0;
  std::uint64_t starts = 0;
  std::uint64_t loads = 0;
  std::uint64_t yields = 0;
  std::uint64_t outages = 0;
  std::uint64_t asked = 0;
  std::uint64_t unfinished = 0;
  std::uint64_t fingerprint = 0;
  std::vector<TeamFigures> teams;
  // What the machine that simulated took, where somebody measured it.
  double policy_seconds = 0;
  double wall_seconds = 0;
  double call_p99_us = 0;

  /// Whether what is promised holds of this run, by promise.h. REQUIRES: a promise.
  bool jain_is_promised() const;
  // Whether what was promised of it was kept. REQUIRES: it was promised.
  std::optional<Duration> lag_promised() const { return promise->lag_over(backlogged); }
  bool lag_kept() const { return backlogged_lag <= *lag_promised(); }
  bool standstill_kept() const { return standstill <= *promise->standstill; }
  bool jain_kept() const { return jain >= jain_promised; }
};

/// What was promised of the run and not kept, in words; empty of a rival's.
std::vector<std::string> broken_promises(const Figures& figures);

/// What all policies are held against: computed once for a fleet and its work.
struct Yardstick {
  Bound fleet;
  std::vector<Bound> teams;  ///< Each with its share of the fleet alone.
};
Yardstick measure(const Fleet& fleet, const Work& work);

Figures figures_of(const Fleet& fleet, const Work& work, const Yardstick& yardstick,
                   Outcome& outcome);

/// Jain's index of fairness, (sum x)^2 / (n sum x^2); 1 where nobody has anything.
double jain_index(const std::vector<std::int64_t>& values);

}  // namespace gwageo::simulate
