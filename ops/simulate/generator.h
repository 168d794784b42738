// Work from a seed: teams that put models to suites.
//
// Shards are log-normal: a data set has its own median, spread over models alike, and its shards
// vary around it; together sigma is 1. Load times are log-uniform, models' popularity is Zipf's.
// What one team brings does not change with what the others bring.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/simulate/workload.h"
#include "protocol/result.h"

namespace gwageo::simulate {

/// A distribution as a table: `share` of 10^9 take at most `most`; between two points the logarithm
/// of time is drawn evenly. Rising in both, ends with 10^9.
struct DurationPoint {
  Duration most;
  std::int64_t share = 0;
};
using DurationTable = std::vector<DurationPoint>;

/// How many GPUs slots have: 1; or 1, 2, 4, 8 (8 : 4 : 2 : 2 of 16 models); or also 16 and 32
/// (6 : 4 : 2 : 2 : 1 : 1), which span nodes of 8.
enum class Gangs { narrow, mixed, wide };

struct WorkloadOptions {
  std::uint32_t teams = 8;
  std::uint32_t models = 120;
  std::uint32_t shards = 200000;
  Duration median = seconds(30);
  Duration longest = seconds(3600);  ///< Shards are cut there.
  Duration load_least = seconds(30);
  Duration load_most = seconds(300);
  /// Each team has models of its own, `models` divided by teams; else all have all.
  bool private_models = false;
  Gangs gangs = Gangs::narrow;
  std::int64_t popularity = 1200000;  ///< Zipf's exponent, in millionths.
  std::uint32_t data_sets = 16;       ///< Of a suite.
  std::uint32_t batches = 64;         ///< Of a shard.
  Duration arrive_within;             ///< Jobs arrive evenly over that time; 0: all at once.
  /// The first team brings so many jobs of `flood_shards` shards at the beginning in place of its
  /// share of `shards`, which it leaves out.
  std::uint32_t flood_jobs = 0;
  std::uint32_t flood_shards = 20;
  DurationTable durations;  ///< Of shards; empty: log-normal around `median`.
};

struct Work {
  Workload workload;
  Truth truth;
};

/// bad_input, naming the option, for what makes no work.
Result<Work> generate(const WorkloadOptions& options, std::uint64_t seed);

/// A value of the distribution. REQUIRES: points; 0 < p < 1.
Duration quantile(const DurationTable& table, double p);

/// The refusal of more than gpu_time_max.
tl::unexpected<Error> too_much_work();

/// Puts durations, estimates and data sets under jobs that know their shards and their number of
/// data sets. For generators and readers of traces: jobs get their places in the vectors here.
/// `duration(job, set, n)` is that of its n-th shard, in its data set `set`. bad_input where all
/// take more than gpu_time_max. REQUIRES: each takes at most as much.
template <class DurationOf>
Status lay_out(Work& work, DurationOf duration) {
  for (Job& job : work.workload.jobs) {
    job.first_shard = work.workload.shards;
    job.first_set = static_cast<std::uint32_t>(work.workload.sets.size());
    std::uint32_t n = 0;
    for (std::uint32_t set = 0; set < job.sets; ++set) {
      const auto end = static_cast<std::uint32_t>(std::uint64_t{job.shards} * (set + 1) / job.sets);
      Duration sum;
      const DataSet data{job.first_shard + n, end - n, {}};
      for (; n < end; ++n) {
        const Duration d = duration(job, set, n);
        sum = sum + d;
        work.truth.shard_ends.push_back(
            (work.truth.shard_ends.empty() ? 0 : work.truth.shard_ends.back()) + d.microseconds);
        if (work.truth.shard_ends.back() > gpu_time_max.microseconds) return too_much_work();
      }
      work.workload.sets.push_back(data);
      work.workload.sets.back().estimate = {sum.microseconds / data.shards};
    }
    work.workload.shards += job.shards;
  }
  return {};
}

/// Outages of single nodes, `per_day` in the whole fleet, until `horizon`. REQUIRES: per_day > 0.
std::vector<Failure> draw_failures(const Fleet& fleet, std::int64_t per_day, Duration repair,
                                   Duration horizon, std::uint64_t seed);

/// Paces of nodes of which `slow` take `factor` times the nominal time.
std::vector<std::uint32_t> draw_paces(const Fleet& fleet, std::uint32_t slow, std::uint32_t factor,
                                      std::uint64_t seed);

}  // namespace gwageo::simulate
