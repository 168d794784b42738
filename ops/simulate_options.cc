#include "ops/simulate_options.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace gwageo {
namespace {

/// Refuses the first of the options that was given.
Status refuse_any(const Invocation& arguments, std::initializer_list<std::string_view> names,
                  const std::string& reason) {
  for (const std::string_view name : names) {
    if (arguments.has(name)) {
      return fail(ErrorKind::bad_input, "--" + std::string(name) + ": " + reason);
    }
  }
  return {};
}

}  // namespace

Status check_simulation_options(const Invocation& arguments) {
  if (arguments.has("fleet")) {
    GWAGEO_TRY(refuse_any(arguments, {"nodes", "gpus"}, "--fleet says it; leave one of them out"));
  }
  if (!arguments.has("trace")) {
    GWAGEO_TRY(refuse_any(arguments, {"cluster", "shard", "leave-out-wide"},
                          "changes nothing without --trace"));
  }
  if (!arguments.has("failures")) {
    GWAGEO_TRY(refuse_any(arguments, {"repair"}, "changes nothing without --failures"));
  }
  if (!arguments.has("slow-nodes")) {
    GWAGEO_TRY(refuse_any(arguments, {"slow-factor"}, "changes nothing without --slow-nodes"));
  }
  if (!arguments.has("compare")) return {};
  GWAGEO_TRY(refuse_any(arguments, {"svg"},
                        "nothing is drawn of --compare; --case NAME and --curve have charts"));
  return refuse_any(arguments, {"repeat"}, "--compare takes one seed; --seed says which");
}

Status check_policy_options(const Invocation& arguments,
                            const std::vector<simulate::PolicyKind>& kinds) {
  struct Knob {
    std::string_view option;
    std::vector<std::string_view> policies;
  };
  static const std::vector<Knob> knobs = {{"slack", {"gwageo"}},
                                          {"sticky", {"gwageo"}},
                                          {"theta", {"gwageo"}},
                                          {"loads-per-node", {"gwageo"}},
                                          {"horizon", {"gwageo"}},
                                          {"run", {"gwageo"}},
                                          {"stripes", {"stripe", "stripe-tasks"}},
                                          {"scoring", {"stripe", "stripe-tasks"}},
                                          {"parts", {"num-worker"}},
                                          {"task-size", {"size", "acme"}}};
  for (const Knob& knob : knobs) {
    const bool is_looked_at = std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) {
      return std::find(knob.policies.begin(), knob.policies.end(), kind.name) !=
             knob.policies.end();
    });
    if (is_looked_at) continue;
    std::string whose;
    for (const std::string_view policy : knob.policies) {
      whose += (whose.empty() ? "" : " or ") + std::string(policy);
    }
    GWAGEO_TRY(
        refuse_any(arguments, {knob.option}, "changes nothing without " + whose + " in --policy"));
  }
  return {};
}

Status check_trace_options(const Invocation& arguments, simulate::TraceKind kind) {
  if (kind == simulate::TraceKind::acme) {
    GWAGEO_TRY(refuse_any(arguments, {"median"}, "--trace says how long Acme's shards take"));
    return refuse_any(arguments, {"shard", "leave-out-wide"},
                      "changes nothing with an Acme --trace, which names durations and no jobs");
  }
  GWAGEO_TRY(refuse_any(arguments, {"cluster"},
                        "changes nothing with this --trace; only Acme's has clusters"));
  return refuse_any(arguments,
                    {"teams", "models", "shards", "median", "longest", "arrive", "sharing", "gangs",
                     "popularity", "data-sets"},
                    "--trace says what jobs there are; leave one of them out");
}

}  // namespace gwageo
