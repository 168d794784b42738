#include "ops/bench_decide.h"

#include <algorithm>
#include <chrono>
#include <queue>
#include <string>
#include <vector>

#include "coordinator/dispatcher.h"
#include "ops/bench_figures.h"
#include "ops/simulate/curve_chart.h"

namespace gwageo {
namespace {

constexpr std::uint32_t node_gpus = 8;

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class Draw {
 public:
  std::uint64_t below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 1;
};

struct DecideRun {
  Instant ends;
  Start start;
  std::int64_t charged = 0;
  bool operator<(const DecideRun& other) const {
    return ends > other.ends;
  }  // The first is on top.
};

class BusyPool {
 public:
  explicit BusyPool(const DecideLoad& load) {
    for (std::uint32_t i = 0; i < load.gpus / node_gpus; ++i) dispatcher_.join(node_gpus, 1);
    for (std::uint32_t team = 0; team < load.teams; ++team) {
      ledger_.demand(now_, ledger_.team("team-" + std::to_string(team)), true);
    }
    constexpr std::uint32_t widths[] = {1, 1, 1, 1, 2, 2, 4, 8};
    for (std::uint32_t model = 0; model < load.models; ++model) {
      const std::uint32_t gpus = load.gangs ? widths[model % 8] : 1;
      const auto load_seconds = static_cast<std::int64_t>(30 + draw_.below(270));
      dispatcher_.add_class({gpus, 0, seconds(load_seconds)});
    }
    const std::uint64_t jobs = std::uint64_t{load.teams} * load.models;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      JobDemand demand;
      demand.class_number = static_cast<ClassNumber>(i / load.teams);
      demand.team = static_cast<TeamNumber>(i % load.teams);
      demand.items = (load.shards + jobs - 1 - i) / jobs;
      demand.item_time = seconds(30);
      demands_.push_back(demand);
      if (demand.items > 0) dispatcher_.wait(now_, JobId{i + 1}, demand);
    }
    while (decide()) {
    }
  }

  /// One run ends and what may start does.
  void turn() {
    const DecideRun run = running_.top();
    running_.pop();
    now_ = run.ends;
    const std::int64_t took = run.charged + run.charged / 16;
    ledger_.hold(run.start.team, -std::int64_t{run.start.block.width});
    ledger_.charge(now_, run.start.team, took - run.charged);
    dispatcher_.end(now_, run.start.block);
    // As much arrives as was done, so that the queue stays as long as it is.
    JobDemand& demand = demands_[run.start.job.value - 1];
    demand.items += run.start.items;
    dispatcher_.wait(now_, run.start.job, demand);
    while (decide()) {
    }
  }

  std::uint64_t starts() const { return starts_; }
  std::uint64_t loads() const { return loads_; }

 private:
  bool decide() {
    const std::optional<Start> start = dispatcher_.next(now_, ledger_);
    if (!start) return false;
    ++starts_;
    const ClassSpec& spec = dispatcher_.waiting().spec(start->class_number);
    const Duration load = start->load ? spec.load : Duration{};
    if (start->load) ++loads_;
    JobDemand& demand = demands_[start->job.value - 1];
    demand.items -= start->items;
    dispatcher_.wait(now_, start->job, demand);
    const Duration expected = start->estimate + load;
    const std::int64_t charged = expected.microseconds * start->block.width;
    ledger_.hold(start->team, start->block.width);
    ledger_.charge(now_, start->team, charged);
    // Between half and one and a half of what is expected.
    const Duration took{
        expected.microseconds / 2 +
        static_cast<std::int64_t>(draw_.below(static_cast<std::uint64_t>(expected.microseconds)))};
    running_.push({now_ + took, *start, charged});
    return true;
  }

  Draw draw_;
  Instant now_;
  Dispatcher dispatcher_;
  Ledger ledger_;
  std::vector<JobDemand> demands_;
  std::priority_queue<DecideRun> running_;
  std::uint64_t starts_ = 0;
  std::uint64_t loads_ = 0;
};

}  // namespace

DecideSpeed measure_decisions(const DecideLoad& load) {
  BusyPool pool(load);
  // Until the pool is in its stride.
  for (std::uint32_t i = 0; i < load.gpus; ++i) pool.turn();
  const std::uint64_t starts_before = pool.starts();
  const std::uint64_t loads_before = pool.loads();
  std::vector<std::int64_t> took;
  took.reserve(load.decisions);
  // Processor time: what else the machine does is no part of what a decision costs.
  const double cpu_before = own_cpu_seconds();
  while (pool.starts() - starts_before < load.decisions) {
    const std::int64_t began = nanoseconds_now();
    pool.turn();
    took.push_back(nanoseconds_now() - began);
  }
  const double cpu = own_cpu_seconds() - cpu_before;
  std::sort(took.begin(), took.end());
  const auto at = [&](std::size_t thousandths) {
    return static_cast<double>(took[(took.size() - 1) * thousandths / 1000]) / 1000;
  };
  return {pool.starts() - starts_before,
          pool.loads() - loads_before,
          cpu,
          cpu * 1e6 / static_cast<double>(pool.starts() - starts_before),
          at(500),
          at(990),
          at(999)};
}

std::vector<DecidePoint> measure_decision_curve(DecideLoad load) {
  std::vector<DecidePoint> points;
  for (load.shards = 1000; load.shards <= 10000000; load.shards *= 10) {
    const DecideSpeed speed = measure_decisions(load);
    points.push_back({load.shards, speed, own_memory_mb()});
  }
  return points;
}

std::string draw_decision_curve(const DecideLoad& load, const std::vector<DecidePoint>& points) {
  simulate::Curve mean{"mean", {}};
  simulate::Curve p99{"p99", {}};
  for (const DecidePoint& point : points) {
    const auto queued = static_cast<double>(point.queued);
    mean.points.push_back({queued, point.speed.mean_us, ""});
    p99.points.push_back({queued, point.speed.p99_us, ""});
  }
  const std::string title = "One decision: " + std::to_string(load.gpus) + " GPUs, " +
                            std::to_string(load.teams) + " teams, " + std::to_string(load.models) +
                            " models";
  return simulate::draw_curves(title, {"queued shards", "microseconds", true, 0}, {mean, p99});
}

}  // namespace gwageo
