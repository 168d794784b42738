#include "ops/verb_table_fleet.h"

#include "ops/fleet_line.h"
#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {

std::vector<Verb> fleet_verbs() {
  const Parameter name = option("--name", "NAME", "the fleet's name (fleet)");
  return {
      {"fleet slurm", "Keeps as many worker jobs in Slurm as the backlog needs, until interrupted.",
       fleet_parameters(),
       "gwageo fleet slurm --partition gpu --gres gpu:8 --gpu-kind H100 --gpu-memory 80 \\\n"
       "      --max-workers 16 --idle 5m --worker-key /shared/worker.key",
       "1 (with --once) not all could be done; ", verb_fleet_slurm},
      {"fleet status",
       "Shows a fleet's jobs in Slurm with their workers in the pool.",
       {name},
       "gwageo fleet status --name night",
       nothing_more,
       verb_fleet_status},
      {"fleet stop",
       "Cancels a fleet's jobs, and no others; their workers hand in what they can.",
       {name},
       "gwageo fleet stop --name night",
       nothing_more,
       verb_fleet_stop,
       LooksAt::nothing},
  };
}

}  // namespace gwageo
