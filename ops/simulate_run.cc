#include "ops/simulate_run.h"

#include <chrono>
#include <memory>

#include "ops/simulate/chart.h"
#include "ops/timed_policy.h"

namespace gwageo {
namespace {

using PolicyFigures = simulate::Figures;

std::int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

PolicyFigures run_policy(const SimulationSetup& setup, const simulate::Yardstick& yardstick,
                         const simulate::PolicyKind& kind, const simulate::PolicyOptions& options,
                         std::unique_ptr<simulate::Timeline>& timeline) {
  const std::int64_t began = nanoseconds();
  const std::unique_ptr<simulate::Policy> policy =
      kind.make(setup.fleet, setup.work.workload, options);
  const auto timed = std::make_unique<TimedPolicy>(*policy, nanoseconds);
  simulate::Outcome outcome =
      simulate::simulate(setup.fleet, setup.work.workload, setup.work.truth, *timed);
  PolicyFigures figures = simulate::figures_of(setup.fleet, setup.work, yardstick, outcome);
  figures.policy = std::string(kind.name);
  figures.seed = setup.seed;
  if (kind.promises) {
    figures.promise = simulate::promise_of(setup.fleet, setup.work, options.knobs);
  }
  figures.policy_seconds = timed->seconds();
  figures.call_p99_us = timed->call_p99_us();
  figures.wall_seconds = static_cast<double>(nanoseconds() - began) / 1e9;
  timeline = std::make_unique<simulate::Timeline>(outcome.recorder.timeline());
  return figures;
}

}  // namespace

SimulationRound run_round(const SimulationSetup& setup,
                          const std::vector<simulate::PolicyKind>& kinds,
                          const simulate::PolicyOptions& options, bool with_chart) {
  const simulate::Yardstick yardstick = simulate::measure(setup.fleet, setup.work);
  SimulationRound round{setup.title, yardstick.fleet, setup.left_out, setup.widened, {}, {}};
  std::unique_ptr<simulate::Timeline> timeline;
  std::vector<simulate::Bar> bars;
  for (const simulate::PolicyKind& kind : kinds) {
    round.figures.push_back(run_policy(setup, yardstick, kind, options, timeline));
    bars.push_back({std::string(kind.name), round.figures.back().ratio});
  }
  if (with_chart) {
    round.chart =
        simulate::draw_chart(setup.fleet, round.figures.back(), *timeline, setup.title, bars);
  }
  return round;
}

}  // namespace gwageo
