#include "ops/simulate/promise.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

Wide thousandths(Wide of, std::int64_t count) { return of * count / 1000; }

// What is beyond 64 bits is beyond everything that can be measured, too.
Duration narrowed(Wide time) {
  return {
      static_cast<std::int64_t>(std::min<Wide>(time, std::numeric_limits<std::int64_t>::max()))};
}

struct Weights {
  std::int64_t all = 0;
  std::int64_t least = 0;
};

Weights weights_of(const Workload& workload) {
  Weights weights{0, workload.teams.front().weight};
  for (const Team& team : workload.teams) {
    weights.all += team.weight;
    weights.least = std::min<std::int64_t>(weights.least, team.weight);
  }
  return weights;
}

// What the promises are made of, by the names of promise.h.
struct Terms {
  Wide stays = 0;    // slack L + sticky, times g.
  Wide borne = 0;    // The same, times m.
  Wide load = 0;     // L
  Wide granted = 0;  // q, times w.
  Wide run = 0;      // r
  bool gangs = false;
  Wide block() const { return gangs ? 2 * run + load : run + load; }
};

// What decides how long loads and shards take: the slowest node, and loads that wait for others.
struct Slowest {
  std::int64_t pace = 1000;
  std::int64_t rounds = 1;
  Wide load(const ModelClass& model_class) const {
    return thousandths(model_class.load.microseconds, pace) * rounds;
  }
};

Slowest slowest_of(const Fleet& fleet, const Truth& truth, const PolicyKnobs& knobs) {
  Slowest slowest;
  for (const std::uint32_t of_node : truth.node_pace) {
    slowest.pace = std::max<std::int64_t>(slowest.pace, of_node);
  }
  std::uint32_t widest = 0;
  for (const Node& node : fleet.nodes) widest = std::max(widest, node.gpus);
  slowest.rounds = (widest + knobs.loads_per_node - 1) / knobs.loads_per_node;
  return slowest;
}

Terms terms_of(const Fleet& fleet, const Work& work, const Slowest& slowest,
               const PolicyKnobs& knobs) {
  const Workload& workload = work.workload;
  Terms terms;
  for (const ModelClass& model_class : workload.classes) {
    const Wide stay =
        thousandths(model_class.load.microseconds, knobs.slack) + knobs.sticky.microseconds;
    terms.stays = std::max(terms.stays, stay * model_class.gpus);
    terms.borne = std::max(terms.borne, stay * fleet.gpus());
    terms.load = std::max(terms.load, slowest.load(model_class));
    terms.gangs = terms.gangs || model_class.gpus > 1;
  }
  for (const Job& job : workload.jobs) {
    const ModelClass& model_class = workload.classes[job.model_class];
    for (std::uint32_t set = 0; set < job.sets; ++set) {
      const DataSet& data = workload.sets[job.first_set + set];
      Wide longest = 0;
      for (ShardIndex shard = data.first_shard; shard < data.first_shard + data.shards; ++shard) {
        longest = std::max(longest, thousandths(work.truth.of(shard).microseconds, slowest.pace));
      }
      // As many batches as are expected to take run_max, or one.
      const std::int64_t batch =
          std::max<std::int64_t>(1, data.estimate.microseconds / job.batches);
      const std::int64_t batches = std::max<std::int64_t>(1, knobs.run_max.microseconds / batch);
      const Wide run = longest * batches / job.batches;
      terms.run = std::max(terms.run, run);
      const Wide load = slowest.load(model_class);
      const Wide settles = thousandths(load, knobs.settle) + run;
      terms.granted = std::max(terms.granted, std::max(longest + load, settles) * model_class.gpus);
    }
  }
  return terms;
}

// A: until a class goes ahead of its team's others.
Wide patience_of(const Fleet& fleet, const Workload& workload, const Slowest& slowest,
                 const PolicyKnobs& knobs) {
  Wide all_loads = 0;
  for (const ModelClass& model_class : workload.classes) {
    all_loads += slowest.load(model_class) * model_class.gpus;
  }
  return std::max<Wide>(knobs.patience.microseconds,
                        all_loads * 1000 / knobs.aged_loads / fleet.gpus());
}

// Q + 2 d: until a team's other classes had their turns, and the team its own.
Wide turns_of(const Fleet& fleet, const Workload& workload, const Slowest& slowest,
              const Terms& terms, const PolicyKnobs& knobs) {
  std::set<std::pair<TeamIndex, ClassIndex>> known;
  std::vector<Wide> of_team(workload.teams.size());
  Wide longest = 0;
  for (const Job& job : workload.jobs) {
    if (!known.emplace(job.team, job.model_class).second) continue;
    const ModelClass& model_class = workload.classes[job.model_class];
    const Wide block = model_class.gpus > 1 ? terms.block() : 0;
    const Wide turn = (thousandths(slowest.load(model_class), knobs.settle) + terms.run + block) *
                      model_class.gpus;
    of_team[job.team] += turn;
    longest = std::max(longest, turn);
  }
  const Weights weights = weights_of(workload);
  Wide most = 0;
  for (TeamIndex i = 0; i < of_team.size(); ++i) {
    most = std::max(most, of_team[i] * weights.all / workload.teams[i].weight);
  }
  return (most + 2 * longest * weights.all / weights.least) / fleet.gpus();
}

}  // namespace

Promise promise_of(const Fleet& fleet, const Work& work, const PolicyKnobs& knobs) {
  const Workload& workload = work.workload;
  const Weights weights = weights_of(workload);
  const Slowest slowest = slowest_of(fleet, work.truth, knobs);
  const Terms terms = terms_of(fleet, work, slowest, knobs);
  Promise promise;
  const bool all_at_once = workload.jobs.back().arrival == workload.jobs.front().arrival;
  if (all_at_once) {
    promise.lag = narrowed(2 * terms.granted / weights.least + 2 * terms.borne / weights.all);
  }
  if (!work.truth.failures.empty()) return promise;
  promise.standstill =
      narrowed(patience_of(fleet, workload, slowest, knobs) +
               turns_of(fleet, workload, slowest, terms, knobs) + 2 * terms.stays +
               thousandths(terms.load, knobs.settle) + terms.run + terms.load + terms.block());
  return promise;
}

std::optional<Duration> Promise::lag_over(Duration backlogged) const {
  if (!lag) return std::nullopt;
  constexpr Wide ln_2 = 693148;  // Millionths, rounded up.
  const Wide half_lives = Wide{backlogged.microseconds} * ln_2 / 1000000;
  const Wide forgotten =
      Wide{lag->microseconds} * half_lives / (2 * Wide{Ledger::default_half_life.microseconds});
  return narrowed(lag->microseconds + forgotten);
}

}  // namespace gwageo::simulate
