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
  /// One node in so many, rounded up, has these GPUs; the others have half as many, and are
  /// domains of their own.
  std::uint32_t one_wide_in = 1;
};

/// The nodes of the case. REQUIRES: the bounds of workload.h.
Fleet fleet_of(const Case& known);

const std::vector<Case>& cases();
/// bad_input names the unknown one and what there is.
Result<Case> find_case(std::string_view name);

}  // namespace gwageo::simulate
