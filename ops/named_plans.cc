#include "ops/named_plans.h"

#include <variant>

namespace gwageo {

void NamedPlans::see(const Record& record) {
  if (const auto* const added = std::get_if<SuiteAdded>(&record.fact)) {
    plans_.push_back({record.sequence, *added});
  }
  if (const auto* const drawn = std::get_if<AuditDrawn>(&record.fact)) {
    for (const AuditPart& part : drawn->parts) {
      plans_.push_back({record.sequence, part.plan});
    }
  }
}

Result<std::optional<NamedPlans::Wrong>> NamedPlans::first_wrong(
    const Store& store, const std::optional<std::set<Digest>>& only) const {
  for (const auto& [sequence, plan] : plans_) {
    if (only && !only->contains(plan.manifest)) continue;
    const Status status = check_plan(store, plan);
    if (status) continue;
    if (status.error().kind != ErrorKind::corrupt) return tl::unexpected(status.error());
    return Wrong{sequence, "record " + std::to_string(sequence) + ": of suite " + plan.name + "@" +
                               std::to_string(plan.version) + ", " + status.error().message};
  }
  return std::nullopt;
}

}  // namespace gwageo
