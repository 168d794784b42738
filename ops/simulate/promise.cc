#include "ops/simulate/promise.h"

#include <algorithm>
#include <limits>

#include "protocol/wide.h"

namespace gwageo::simulate {
namespace {

Wide thousandths(Wide of, std::int64_t count) { return of * count / 1000; }

// What is beyond 64 bits is beyond everything that can be measured, too.
Duration narrowed(Wide time) {
  return {
      static_cast<std::int64_t>(std::min<Wide>(time, std::numeric_limits<std::int64_t>::max()))};
}

}  // namespace

Promise promise_of(const Fleet& fleet, const Work& work, const PolicyKnobs& knobs) {
  const Workload& workload = work.workload;
  std::int64_t weights = 0;
  std::int64_t least_weight = workload.teams.front().weight;
  for (const Team& team : workload.teams) {
    weights += team.weight;
    least_weight = std::min<std::int64_t>(least_weight, team.weight);
  }
  std::int64_t pace = 1000;
  for (const std::uint32_t of_node : work.truth.node_pace) {
    pace = std::max<std::int64_t>(pace, of_node);
  }
  std::uint32_t widest = 0;
  for (const Node& node : fleet.nodes) widest = std::max(widest, node.gpus);
  const std::int64_t rounds = (widest + knobs.loads_per_node - 1) / knobs.loads_per_node;
  Wide borne = 0;    // GPU time, times weights.
  Wide stays = 0;    // slack L + sticky, times g.
  Wide load = 0;     // L
  Wide granted = 0;  // q
  Wide run = 0;      // r
  for (const ModelClass& model_class : workload.classes) {
    const Wide stay =
        thousandths(model_class.load.microseconds, knobs.slack) + knobs.sticky.microseconds;
    stays = std::max(stays, stay * model_class.gpus);
    borne = std::max(borne, stay * fleet.gpus());
    load = std::max(load, thousandths(model_class.load.microseconds, pace) * rounds);
  }
  for (const Job& job : workload.jobs) {
    const ModelClass& model_class = workload.classes[job.model_class];
    const Wide loads = thousandths(model_class.load.microseconds, pace) * rounds;
    for (std::uint32_t set = 0; set < job.sets; ++set) {
      const DataSet& data = workload.sets[job.first_set + set];
      Wide longest = 0;
      for (ShardIndex shard = data.first_shard; shard < data.first_shard + data.shards; ++shard) {
        longest = std::max(longest, thousandths(work.truth.of(shard).microseconds, pace));
      }
      granted = std::max(granted, (longest + loads) * model_class.gpus);
      // As many batches as are expected to take run_max, or one.
      const std::int64_t batch =
          std::max<std::int64_t>(1, data.estimate.microseconds / job.batches);
      const std::int64_t batches = std::max<std::int64_t>(1, knobs.run_max.microseconds / batch);
      run = std::max(run, longest * batches / job.batches);
    }
  }
  Promise promise;
  const bool all_at_once = workload.jobs.back().arrival == workload.jobs.front().arrival;
  if (all_at_once) promise.lag = narrowed(2 * granted / least_weight + 2 * borne / weights);
  promise.standstill = narrowed(knobs.patience.microseconds + 2 * stays +
                                thousandths(load, knobs.settle) + 2 * (run + load));
  return promise;
}

}  // namespace gwageo::simulate
