#include "coordinator/roster.h"

namespace gwageo {

std::map<std::string, const RosterChanged*> standing_on(const std::vector<RosterChanged>& changes,
                                                        const std::string& day) {
  std::map<std::string, const RosterChanged*> last;
  for (const RosterChanged& change : changes) {
    if (day < change.date) continue;  // Dates compare as they are written.
    const RosterChanged*& known = last[change.candidate];
    if (known == nullptr || known->date <= change.date) known = &change;
  }
  return last;
}

const RosterChanged* entry_on(const std::vector<RosterChanged>& changes,
                              const std::string& candidate, const std::string& day) {
  const auto standing = standing_on(changes, day);
  const auto found = standing.find(candidate);
  return found == standing.end() || !found->second->entered ? nullptr : found->second;
}

}  // namespace gwageo
