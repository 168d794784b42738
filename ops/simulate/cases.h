// Named cases: a fleet and the work that goes with it.
#pragma once

#include <string_view>
#include <vector>

#include "ops/simulate/generator.h"

namespace gwageo::simulate {

struct Case {
  std::string_view name;
  std::string_view sentence;
  std::uint32_t nodes = 128;
  std::uint32_t gpus = 8;  ///< Of a node.
  WorkloadOptions options;
};

const std::vector<Case>& cases();
/// bad_input names the unknown one and what there is.
Result<Case> find_case(std::string_view name);

}  // namespace gwageo::simulate
