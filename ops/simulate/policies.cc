#include "ops/simulate/policies.h"

#include <algorithm>

#include "ops/simulate/gwageo_policy.h"
#include "ops/simulate/keep_policy.h"
#include "ops/simulate/stripe_policy.h"
#include "ops/simulate/task_policy.h"

namespace gwageo::simulate {
namespace {

template <Partition partition>
std::unique_ptr<Policy> tasks(const Fleet& fleet, const Workload& workload,
                              const PolicyOptions& options) {
  return new_task_policy(fleet, workload, {partition, options.parts, options.task_size});
}

template <bool warm_first, bool mixed>
std::unique_ptr<Policy> keep(const Fleet& fleet, const Workload& workload, const PolicyOptions&) {
  return new_keep_policy(fleet, workload, {warm_first, mixed});
}

std::unique_ptr<Policy> gwageo_itself(const Fleet& fleet, const Workload& workload,
                                      const PolicyOptions& options) {
  return new_gwageo_policy(fleet, workload, options.knobs);
}

template <bool loads_each_set>
std::unique_ptr<Policy> stripe(const Fleet& fleet, const Workload& workload,
                               const PolicyOptions& options) {
  return new_stripe_policy(fleet, workload, {options.stripes, loads_each_set});
}

}  // namespace

const std::vector<PolicyKind>& policy_kinds() {
  static const std::vector<PolicyKind> kinds = {
      {"gwageo", "this program's own: replicas that pay, teams by what they are owed",
       gwageo_itself, true},
      {"reload", "a process for every shard, each loads its model", tasks<Partition::shard>},
      {"naive", "OpenCompass: a task for every data set of a model", tasks<Partition::naive>},
      {"size", "OpenCompass: tasks of a size, small data sets together", tasks<Partition::size>},
      {"num-worker", "OpenCompass: every data set cut in parts", tasks<Partition::workers>},
      {"stripe", "lm-eval: a job over some slots, all taken until its last one ends",
       stripe<false>},
      {"stripe-tasks", "the same with a run of the harness, and a load, for every data set",
       stripe<true>},
      {"acme", "Acme: longest task first, weights kept in nodes' memory", tasks<Partition::acme>},
      {"fifo", "first in, first out; a loaded model is kept", keep<false, false>},
      {"fifo-mixed", "the same over shards in random order", keep<false, true>},
      {"warm-first", "a slot takes any shard of its model first", keep<true, false>},
      {"warm-mixed", "the same over shards in random order", keep<true, true>},
  };
  return kinds;
}

Result<std::vector<PolicyKind>> find_policies(std::string_view names) {
  if (names == "all") return policy_kinds();
  std::vector<PolicyKind> found;
  std::string all;
  for (const PolicyKind& kind : policy_kinds()) all += ", " + std::string(kind.name);
  while (true) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    const auto is_it = [&](const PolicyKind& kind) { return kind.name == name; };
    const auto kind = std::find_if(policy_kinds().begin(), policy_kinds().end(), is_it);
    if (kind == policy_kinds().end()) {
      return fail(ErrorKind::bad_input,
                  "--policy: \"" + std::string(name) + "\" is not known: all" + all);
    }
    if (std::any_of(found.begin(), found.end(), is_it)) {
      return fail(ErrorKind::bad_input,
                  "--policy: \"" + std::string(name) + "\" stands there twice; name each once");
    }
    found.push_back(*kind);
    if (comma == std::string_view::npos) return found;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace gwageo::simulate
