// The policies that can be simulated, by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/dispatcher.h"
#include "ops/simulate/policy.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo::simulate {

/// What can be set about our policy, and about rivals.
struct PolicyOptions {
  PolicyKnobs knobs;
  std::uint32_t stripes = 8;           ///< stripe: slots of a job; a node of 8 GPUs.
  std::uint32_t parts = 8;             ///< num-worker: parts of a data set; its default.
  Duration task_size = seconds(2000);  ///< size and acme: see task_policy.h.
};

struct PolicyKind {
  std::string_view name;
  std::string_view sentence;  ///< What it does, for a person.
  std::unique_ptr<Policy> (*make)(const Fleet&, const Workload&, const PolicyOptions&);
  bool promises = false;  ///< It is to keep what promise.h says.
};

/// In the order in which they are shown.
const std::vector<PolicyKind>& policy_kinds();
/// "all", or names with commas between: each once, in the order given. bad_input names the unknown
/// one and what there is.
Result<std::vector<PolicyKind>> find_policies(std::string_view names);

}  // namespace gwageo::simulate
