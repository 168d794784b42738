#include "ops/simulate/figures.h"

#include <algorithm>

#include "ops/simulate/shape.h"
#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

double ratio(Duration a, Duration b) {
  return b.microseconds == 0
             ? 0
             : static_cast<double>(a.microseconds) / static_cast<double>(b.microseconds);
}

/// From each team's first arrival until its last job ended.
std::vector<Duration> finishes(const Workload& workload, const Outcome& outcome) {
  std::vector<Duration> finish(workload.teams.size());
  std::vector<std::int64_t> first(workload.teams.size(), -1);
  for (JobIndex i = 0; i < workload.jobs.size(); ++i) {
    const Job& job = workload.jobs[i];
    if (first[job.team] < 0) first[job.team] = job.arrival.microseconds;
    const Duration took = outcome.job_ends[i] - Instant{first[job.team]};
    finish[job.team] = std::max(finish[job.team], took);
  }
  return finish;
}

Duration equal_service(const Workload& workload, const Outcome& outcome) {
  for (const Team& team : workload.teams) {
    if (team.weight != workload.teams.front().weight) return {};
  }
  Wide sum = 0;
  for (const std::int64_t service : outcome.recorder.backlogged_service()) sum += service;
  return {static_cast<std::int64_t>(sum / static_cast<Wide>(workload.teams.size()))};
}

void count_deadlines(const Workload& workload, const Outcome& outcome, Figures& figures) {
  for (JobIndex i = 0; i < workload.jobs.size(); ++i) {
    const Job& job = workload.jobs[i];
    if (job.within == Duration{}) continue;
    ++figures.deadlines;
    if (outcome.job_ends[i] > job.arrival + job.within) ++figures.deadlines_missed;
  }
}

void add_teams(const Work& work, const Yardstick& yardstick, Outcome& outcome, Figures& figures) {
  const Workload& workload = work.workload;
  const std::vector<Duration> finish = finishes(workload, outcome);
  std::vector<std::int64_t> all;
  for (TeamIndex i = 0; i < workload.teams.size(); ++i) {
    TeamFigures team;
    team.name = workload.teams[i].name;
    team.shards = outcome.waits[i].size();
    team.service = outcome.recorder.service(i);
    team.finish = finish[i];
    // The bound counts from the beginning, the team from its first arrival.
    const auto own = std::find_if(workload.jobs.begin(), workload.jobs.end(),
                                  [&](const Job& job) { return job.team == i; });
    if (own != workload.jobs.end()) {
      team.rho = ratio(finish[i], yardstick.teams[i].best() - (own->arrival - Instant{}));
    }
    figures.rho = std::max(figures.rho, team.rho);
    all.insert(all.end(), outcome.waits[i].begin(), outcome.waits[i].end());
    team.wait = spread_of(std::move(outcome.waits[i]));
    figures.teams.push_back(std::move(team));
  }
  figures.wait = spread_of(std::move(all));
}

}  // namespace

Spread spread_of(std::vector<std::int64_t> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t per_cent) {
    return Duration{values[(values.size() * per_cent + 99) / 100 - 1]};
  };
  return {at(50), at(95), at(99), {values.back()}};
}

double jain_index(const std::vector<std::int64_t>& values) {
  double sum = 0;
  double squares = 0;
  for (const std::int64_t value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  return squares == 0 ? 1 : sum * sum / (static_cast<double>(values.size()) * squares);
}

Yardstick measure(const Fleet& fleet, const Work& work) {
  const std::uint32_t widest = Shapes(fleet, work.workload).widest();
  Yardstick yardstick{lower_bound(capacity_of(fleet, widest), work.workload, work.truth), {}};
  std::int64_t weights = 0;
  for (const Team& team : work.workload.teams) weights += team.weight;
  for (TeamIndex i = 0; i < work.workload.teams.size(); ++i) {
    const Capacity share = share_of(fleet.gpus(), work.workload.teams[i].weight, weights);
    yardstick.teams.push_back(lower_bound(share, work.workload, work.truth, i));
  }
  return yardstick;
}

Figures figures_of(const Fleet& fleet, const Work& work, const Yardstick& yardstick,
                   Outcome& outcome) {
  Figures figures;
  figures.makespan = outcome.makespan;
  figures.bound = yardstick.fleet.best();
  figures.ratio = ratio(figures.makespan, figures.bound);
  figures.gpu_time = outcome.gpu_time;
  const GpuTime& time = outcome.gpu_time;
  const Duration used = time.useful + time.loading + time.wasted;
  const Wide all = static_cast<Wide>(outcome.makespan.microseconds) * fleet.gpus();
  const Wide idle = all - used.microseconds - time.down.microseconds;
  figures.idle_seconds = static_cast<double>(idle) / 1e6;
  figures.load_share = ratio(time.loading, used);
  figures.idle_share = all == 0 ? 0 : static_cast<double>(idle) / static_cast<double>(all);
  figures.lag = outcome.recorder.lag();
  figures.backlogged_lag = outcome.recorder.backlogged_lag();
  figures.lag_share = ratio(figures.lag, used);
  figures.jain = jain_index(outcome.recorder.backlogged_service());
  figures.equal_service = equal_service(work.workload, outcome);
  figures.backlogged = outcome.recorder.backlogged_time();
  figures.standstill = outcome.standstill.longest();
  figures.starts = outcome.starts;
  figures.loads = outcome.loads;
  figures.yields = outcome.yields;
  figures.outages = outcome.outages;
  figures.asked = outcome.asked;
  figures.unfinished = outcome.unfinished;
  figures.fingerprint = outcome.fingerprint;
  count_deadlines(work.workload, outcome, figures);
  add_teams(work, yardstick, outcome, figures);
  return figures;
}

bool Figures::jain_is_promised() const {
  const std::optional<Duration> promised = lag_promised();
  if (!promised) return false;
  return static_cast<Wide>(equal_service.microseconds) * 1000 >=
         static_cast<Wide>(promised->microseconds) * jain_from_lags;
}

std::vector<std::string> broken_promises(const Figures& figures) {
  std::vector<std::string> broken;
  if (!figures.promise) return broken;
  if (figures.promise->lag && !figures.lag_kept()) broken.push_back("the lag");
  if (figures.promise->standstill && !figures.standstill_kept()) {
    broken.push_back("the longest standstill");
  }
  if (figures.jain_is_promised() && !figures.jain_kept()) broken.push_back("Jain's index");
  return broken;
}

}  // namespace gwageo::simulate
