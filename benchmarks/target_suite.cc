#include "benchmarks/target_suite.h"

#include <algorithm>

namespace gwageo {
namespace {

const AxisPolicy* policy_of(const Target& target, const std::string& axis) {
  for (const AxisPolicy& policy : target.axes) {
    if (policy.axis == axis) return &policy;
  }
  return nullptr;
}

void check_axis(const std::vector<Axis>& axes, const std::string& axis, const std::string& place,
                std::vector<TargetFault>& out) {
  std::string known;
  for (const Axis& each : axes) {
    if (each.name == axis) return;
    known += (known.empty() ? "" : ", ") + each.name;
  }
  out.push_back({place, "has no axis " + axis + "; it has " + known});
}

void check_parts(const std::vector<Axis>& axes, const std::vector<CompositionPart>& parts,
                 std::vector<TargetFault>& out) {
  for (const CompositionPart& part : parts) {
    if (part.source == CompositionPart::Source::axis) {
      check_axis(axes, part.axis, part.axis_place, out);
    }
    check_parts(axes, part.parts, out);
  }
}

}  // namespace

Suite weighed(const Suite& suite, const Target& target) {
  Suite out = suite;
  for (Axis& axis : out.axes) {
    const AxisPolicy* const policy = policy_of(target, axis.name);
    if (policy != nullptr && policy->weight) axis.weight = to_double(*policy->weight);
  }
  return out;
}

Suite only_axis(const Suite& suite, const std::string& axis) {
  Suite out = suite;
  for (Axis& each : out.axes) each.weight = each.name == axis ? 1 : 0;
  return out;
}

std::vector<TargetFault> weighing_faults(const Target& target, const std::vector<Axis>& axes) {
  std::vector<TargetFault> out;
  for (const AxisPolicy& policy : target.axes) check_axis(axes, policy.axis, policy.place, out);
  const auto weighs =
      std::find_if(target.axes.begin(), target.axes.end(),
                   [](const AxisPolicy& policy) { return policy.weight.has_value(); });
  if (weighs == target.axes.end()) return out;
  for (const Axis& axis : axes) {
    const AxisPolicy* const policy = policy_of(target, axis.name);
    if (policy != nullptr && policy->weight) continue;
    out.push_back({weighs->place, "has an axis " + axis.name +
                                      " that has no weight here: weights are relative, so give "
                                      "one to every axis, 0 to leave it out of the total"});
  }
  return out;
}

std::vector<TargetFault> suite_faults(const Target& target, const std::vector<Axis>& axes) {
  std::vector<TargetFault> out = weighing_faults(target, axes);
  for (const Gate& gate : target.gates) {
    if (!gate.decision) check_axis(axes, gate.axis, gate.axis_place, out);
  }
  check_parts(axes, target.composition, out);
  return out;
}

}  // namespace gwageo
