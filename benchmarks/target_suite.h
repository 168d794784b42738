// A target beside the suite that it is about: the weights that it gives the axes, and what of it
// does not fit. Pure.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/suite.h"
#include "benchmarks/target.h"

namespace gwageo {

/// The suite with the target's weights of axes in place of its own, where the target has any.
/// REQUIRES: no weighing_faults.
Suite weighed(const Suite& suite, const Target& target);

/// The suite as if an axis were all of it.
Suite only_axis(const Suite& suite, const std::string& axis);

struct TargetFault {
  std::string place;  ///< "FILE:3:8: key 'axes.korean'"
  std::string words;  ///< What the suite has or lacks: "has no axis math; it has korean".
};

/// What of `axes` does not fit: names that the suite lacks; and, as soon as one axis has a weight,
/// axes of the suite that have none here, since relative weights say nothing beside others.
std::vector<TargetFault> weighing_faults(const Target& target, const std::vector<Axis>& axes);

/// The same of everything that names an axis: gates and parts of the composition, too.
std::vector<TargetFault> suite_faults(const Target& target, const std::vector<Axis>& axes);

}  // namespace gwageo
