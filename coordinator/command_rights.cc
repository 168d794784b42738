// The role-by-verb matrix. Deny by default.
#include <algorithm>
#include <array>

#include "coordinator/commands.h"

namespace gwageo {
namespace {

struct Right {
  std::string_view verb;
  bool operator_;
  bool team;
  bool auditor;
};

// Workers use no verb at all. A team's reach inside a verb (its own jobs, its own models) is
// checked where the verb is handled. Sorted by verb.
constexpr std::array rights = {
    Right{"backup", true, false, false},
    Right{"cancel", true, true, false},
    Right{"checkpoint", true, true, true},
    Right{"drain", true, false, false},
    Right{"explain", true, true, true},
    Right{"health", true, true, true},
    Right{"items", true, true, true},
    Right{"journal", true, false, true},
    Right{"keys.add", true, false, false},
    Right{"keys.list", true, false, true},
    Right{"model.add", true, true, false},
    Right{"model.list", true, true, true},
    Right{"model.retire", true, false, false},
    Right{"pause", true, true, false},
    Right{"plan.estimate", true, true, true},
    Right{"priority", true, true, false},
    Right{"put", true, false, false},
    Right{"quarantine", true, false, false},
    Right{"reference.import", true, false, false},
    Right{"reference.list", true, true, true},
    Right{"reference.show", true, true, true},
    Right{"results", true, true, true},
    Right{"resume", true, true, false},
    Right{"rows", true, false, true},
    Right{"status", true, true, true},
    Right{"submit", true, true, false},
    Right{"suite.add", true, false, false},
    Right{"suite.list", true, true, true},
    Right{"target.add", true, false, false},
    Right{"target.history", true, true, true},
    Right{"target.list", true, true, true},
    Right{"target.show", true, true, true},
    Right{"team.add", true, false, false},
    Right{"team.set", true, false, false},
    Right{"team.show", true, true, true},
    Right{"workers", true, true, true},
};

}  // namespace

bool may(Role role, const std::string& verb) {
  const auto found = std::find_if(rights.begin(), rights.end(),
                                  [&](const Right& right) { return right.verb == verb; });
  if (found == rights.end()) return false;
  switch (role) {
    case Role::operator_: return found->operator_;
    case Role::team: return found->team;
    case Role::auditor: return found->auditor;
    case Role::worker: return false;
  }
  return false;
}

std::vector<std::string> verbs() {
  std::vector<std::string> names;
  for (const Right& right : rights) names.emplace_back(right.verb);
  return names;
}

}  // namespace gwageo
