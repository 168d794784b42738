#include "ops/verb_table_fleet.h"

#include "ops/fleet_line.h"
#include "ops/parameters.h"
#include "ops/verbs.h"
#include "ops/weights_options.h"

namespace gwageo {

namespace {

std::vector<Parameter> spread_parameters() {
  return {
      needed("MODEL", "the model's folder or file, as rank 0 sees it"),
      option("--digest", "HEX",
             "its digest (gwageo model show): it is read from storage once and not twice"),
      needed_option("--meeting", "FILE",
                    "a new file that all nodes see: there the ranks find one another"),
      option("--ranks", "N", "how many they are (SLURM_NTASKS)"),
      option("--rank", "N", "which of them this is, from 0 (SLURM_PROCID); 0 gives the model"),
      option("--gpu", "N", "through which of the node's GPUs it goes (0)"),
  };
}

}  // namespace

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
      {"weights spread",
       "Brings a model into the weights caches of many nodes over NCCL, reading it once; one "
       "process a node.",
       with(weights_cache_parameters(), spread_parameters()),
       "srun --nodes 8 --ntasks-per-node 1 --kill-on-bad-exit gwageo weights spread \\\n"
       "      /shared/models/large-1 --weights-cache /local/weights --weights-quota 2TB \\\n"
       "      --meeting /shared/spread-$SLURM_JOB_ID",
       "1 some node has no room for it, or it arrived damaged; ", verb_weights_spread,
       LooksAt::nothing},
  };
}

}  // namespace gwageo
