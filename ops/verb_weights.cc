// gwageo weights spread: a model from one node's cache to the caches of others, over NCCL.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ops/group_meeting.h"
#include "ops/log.h"
#include "ops/output.h"
#include "ops/system.h"
#include "ops/table.h"
#include "ops/verbs.h"
#include "ops/weights_options.h"
#include "worker/device_module.h"
#include "worker/model_files.h"
#include "worker/weights_collective.h"

namespace gwageo {
namespace {

constexpr std::int64_t ranks_max = 4096;
constexpr std::int64_t gpus_max = 64;
constexpr Duration met_within = seconds(300);

/// Which process of the group this is.
struct Place {
  int rank = 0;
  int ranks = 0;
  int gpu = 0;
};

/// An option, else what srun tells its tasks.
Result<std::int64_t> whole_or_slurm(const Invocation& arguments, const std::string& name,
                                    const char* variable, std::int64_t least, std::int64_t most) {
  Invocation told = arguments;
  const std::string slurm = environment(variable);
  if (!told.has(name) && !slurm.empty()) told.add(name, slurm);
  if (told.has(name)) return told.whole_or(name, least, least, most);
  return fail(ErrorKind::bad_input,
              "--" + name + " is needed where srun does not start the ranks (" + variable + ")");
}

Result<Place> place_of(const Invocation& arguments) {
  GWAGEO_ASSIGN(ranks, whole_or_slurm(arguments, "ranks", "SLURM_NTASKS", 2, ranks_max));
  GWAGEO_ASSIGN(rank, whole_or_slurm(arguments, "rank", "SLURM_PROCID", 0, ranks - 1));
  GWAGEO_ASSIGN(gpu, arguments.whole_or("gpu", 0, 0, gpus_max - 1));
  return Place{static_cast<int>(rank), static_cast<int>(ranks), static_cast<int>(gpu)};
}

/// Without NCCL there is another way, which a person may not know of.
Error no_group(const Error& error) {
  return {error.kind, error.message +
                          "; workers with --weights-meet pass models on from node to node "
                          "without it"};
}

Result<std::unique_ptr<Collective>> meet(DeviceModule& module, const Place& place,
                                         const std::string& meeting) {
  std::string ticket;
  if (place.rank == 0) {
    GWAGEO_ASSIGN(made, module.new_group_ticket());
    GWAGEO_TRY(leave_ticket(meeting, made));
    ticket = std::move(made);
  } else {
    GWAGEO_ASSIGN(found, await_ticket(meeting, met_within));
    ticket = std::move(found);
  }
  Result<std::unique_ptr<Collective>> group =
      module.join_group(ticket, place.rank, place.ranks, place.gpu);
  if (place.rank == 0) remove_ticket(meeting);
  return group;
}

/// Rank 0's model: in its cache, read from storage where it was not there.
struct Given {
  Result<Digest> model = fail(ErrorKind::unavailable, "rank 0 alone has it");
  std::optional<WeightsLease> held;  ///< So that nothing removes it meanwhile.
};

Given give(const Invocation& arguments, WeightsNode& node) {
  Given given;
  ModelSpec spec;
  spec.path = absolute_path(arguments.text_or("MODEL", ""));
  spec.name = spec.path;
  spec.engine = "builtin";
  const std::string said = arguments.text_or("digest", "");
  const std::optional<Digest> digest = from_hex(said);
  given.model = digest ? Result<Digest>(*digest) : model_digest(spec.path);
  if (!said.empty() && !digest) {
    given.model = fail(ErrorKind::bad_input, "--digest \"" + said + "\" is not 64 hex digits");
  }
  if (!given.model) return given;
  spec.digest = *given.model;
  Result<WeightsLease> held = node.obtain(spec);
  if (held) given.held = *std::move(held);
  if (!held) given.model = tl::unexpected(held.error());
  return given;
}

void show_spread(const Spread& spread, bool is_json) {
  if (is_json) {
    Json out;
    out["model"] = to_hex(spread.model);
    out["ranks"] = Json::array();
    for (const SpreadEnd end : spread.ranks) out["ranks"].push_back(to_string(end));
    return print(out);
  }
  TextTable table({"rank", "model " + to_hex(spread.model).substr(0, 16)});
  for (std::size_t rank = 0; rank < spread.ranks.size(); ++rank) {
    table.add({std::to_string(rank), std::string(to_string(spread.ranks[rank]))});
  }
  say(table.text());
}

}  // namespace

Result<int> verb_weights_spread(const Invocation& arguments) {
  GWAGEO_ASSIGN(place, place_of(arguments));
  const std::string meeting = arguments.text_or("meeting", "");
  GWAGEO_ASSIGN(log, new_log(""));
  GWAGEO_ASSIGN(weights, worker_weights(arguments, *log));
  GWAGEO_ASSIGN(cache_options, weights_cache_options(arguments));
  GWAGEO_ASSIGN(cache, WeightsCache::open(cache_options));
  const Result<OpenModule> opened = open_device_module(device_module_path());
  if (!opened) return tl::unexpected(no_group(opened.error()));
  Result<std::unique_ptr<Collective>> group = meet(*opened->module, place, absolute_path(meeting));
  if (!group) return tl::unexpected(no_group(group.error()));
  Given given;
  if (place.rank == 0) given = give(arguments, *weights.node);
  GWAGEO_ASSIGN(spread, spread_weights(**group, given.model, cache));
  if (place.rank == 0) show_spread(spread, arguments.json());
  if (!spread.own) return tl::unexpected(spread.own.error());
  for (const SpreadEnd end : spread.ranks) {
    if (end == SpreadEnd::failed) return exit_code::no;
  }
  return exit_code::done;
}

}  // namespace gwageo
