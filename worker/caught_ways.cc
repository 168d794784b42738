#include "worker/caught_ways.h"

namespace gwageo {

std::string engine_profile(const ModelSpec& spec) {
  // A file says nothing of who reads it; an address does.
  std::string profile = spec.engine + "\n" + (spec.engine == "openai" ? spec.path : "");
  for (const auto& [name, value] : spec.options) profile += "\n" + name + "=" + value;
  return profile;
}

void CaughtWays::add(const std::string& profile, const std::string& way,
                     const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (reasons_.size() >= remembered_max) reasons_.erase(reasons_.begin());
  reasons_[{profile, way}] = reason;
}

std::string CaughtWays::reason(const std::string& profile, const std::string& way) const {
  const std::lock_guard lock(mutex_);
  const auto found = reasons_.find({profile, way});
  return found == reasons_.end() ? "" : found->second;
}

}  // namespace gwageo
