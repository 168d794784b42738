// The policies that can be simulated, by name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ops/simulate/policy.h"
#include "protocol/result.h"

namespace gwageo::simulate {

struct PolicyKind {
  std::string_view name;
  std::string_view sentence;  ///< What it does, for a person.
  std::unique_ptr<Policy> (*make)(const Fleet&, const Workload&);
};

/// In the order in which they are shown.
const std::vector<PolicyKind>& policy_kinds();
/// "all", or names with commas between: each once, in the order given. bad_input names the unknown
/// one and what there is.
Result<std::vector<PolicyKind>> find_policies(std::string_view names);

}  // namespace gwageo::simulate
