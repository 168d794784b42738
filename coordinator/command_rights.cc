// The role-by-verb matrix, and what people call its verbs. Deny by default.
#include <algorithm>
#include <array>
#include <utility>

#include "coordinator/commands.h"

namespace gwageo {
namespace {

struct Right {
  std::string_view verb;
  bool operator_;
  bool team;
  bool auditor;
  bool is_signed = false;  ///< What it does rests on the signature of who asks for it.
};

// Workers use no verb at all. A team's reach inside a verb (its own jobs, its own models) is
// checked where the verb is handled. Sorted by verb, and one a line, to be read down.
// clang-format off
constexpr std::array rights = {
    Right{"audit.commit", true, false, true, true},
    Right{"audit.list", true, false, true},
    Right{"audit.prove", true, true, true},
    Right{"audit.reveal", true, false, true, true},
    Right{"audit.show", true, false, true},
    Right{"backup", true, false, false},
    Right{"cancel", true, true, false},
    Right{"checkpoint", true, true, true},
    Right{"checks.set", true, false, false, true},
    Right{"disown", true, false, false, true},
    Right{"drain", true, false, false},
    Right{"evidence.put", true, true, true},
    Right{"explain", true, true, true},
    Right{"gate.decide", true, true, true, true},
    Right{"gate.evidence", true, false, true},
    Right{"gate.show", true, true, true},
    Right{"health", true, true, true},
    Right{"items", true, true, true},
    Right{"journal", true, false, true},
    Right{"keys.add", true, false, false, true},
    Right{"keys.list", true, false, true},
    Right{"keys.revoke", true, false, false, true},
    Right{"keys.rotate", true, true, true, true},
    Right{"keys.show", true, true, true},
    Right{"log.checkpoint", true, true, true},
    Right{"log.cosign", true, true, true},
    Right{"log.tile", true, true, true},
    Right{"model.add", true, true, false, true},
    Right{"model.correct", true, true, false, true},
    Right{"model.disown", true, false, false, true},
    Right{"model.list", true, true, true},
    Right{"model.retire", true, false, false, true},
    Right{"pause", true, true, false},
    Right{"plan.estimate", true, true, true},
    Right{"points.record", true, false, false, true},
    Right{"points.show", true, true, true},
    Right{"priority", true, true, false},
    Right{"publish", true, false, false, true},
    Right{"put", true, false, false},
    Right{"quarantine", true, false, false},
    Right{"reference.import", true, false, false, true},
    Right{"reference.list", true, true, true},
    Right{"reference.show", true, true, true},
    Right{"results", true, true, true},
    Right{"resume", true, true, false},
    Right{"roster.enter", true, false, false, true},
    Right{"roster.leave", true, false, false, true},
    Right{"roster.show", true, true, true},
    Right{"rows", true, false, true},
    Right{"stage.close", true, false, false, true},
    Right{"stage.list", true, true, true},
    Right{"stage.open", true, false, false, true},
    Right{"stage.show", true, true, true},
    Right{"status", true, true, true},
    Right{"submit", true, true, false, true},
    Right{"suite.add", true, false, false, true},
    Right{"suite.list", true, true, true},
    Right{"target.add", true, false, false, true},
    Right{"target.history", true, true, true},
    Right{"target.list", true, true, true},
    Right{"target.replay", true, true, true},
    Right{"target.show", true, true, true},
    Right{"team.add", true, false, false},
    Right{"team.set", true, false, false},
    Right{"team.show", true, true, true},
    Right{"verdict.explain", true, true, true},
    Right{"workers", true, true, true},
};
// clang-format on

// What a person typed, where it is not the verb with a blank for its dot.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> typed = {{
    {"audit.commit", "\"audit replay\""},
    {"audit.reveal", "\"audit replay\""},
    {"drain", "\"drain\" or \"undrain\""},
    {"evidence.put", "\"gate decide\" or \"points record\""},
    {"items", "\"results --format\""},
    {"keys.add", "\"keys new\""},
    {"log.checkpoint", "\"witness\""},
    {"log.cosign", "\"witness\""},
    {"log.tile", "\"witness\""},
    {"put", "\"suite add\" or \"plan import\""},
    {"rows", "\"audit\" or \"export\""},
    {"verdict.explain", "\"explain\""},
}};

std::string as_typed(std::string_view verb) {
  for (const auto& [name, words] : typed) {
    if (name == verb) return std::string(words);
  }
  std::string words(verb);
  std::replace(words.begin(), words.end(), '.', ' ');
  return '"' + words + '"';
}

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

bool must_be_signed(const std::string& verb) {
  const auto found = std::find_if(rights.begin(), rights.end(),
                                  [&](const Right& right) { return right.verb == verb; });
  return found != rights.end() && found->is_signed;
}

std::string no_right(const PrincipalRegistered& principal, const std::string& verb) {
  std::string who;
  std::string own;
  const std::pair<Role, const char*> roles[] = {{Role::operator_, "operator"},
                                                {Role::team, "team"},
                                                {Role::auditor, "auditor"},
                                                {Role::worker, "worker"}};
  for (const auto& [role, name] : roles) {
    if (role == principal.role) own = name;
    if (may(role, verb)) who += (who.empty() ? "" : " and ") + std::string(name) + "s";
  }
  return "the key of " + principal.name + ", of role " + own + ", has no right to " +
         as_typed(verb) + "; " + who + " have";
}

std::vector<std::string> verbs() {
  std::vector<std::string> names;
  for (const Right& right : rights) names.emplace_back(right.verb);
  return names;
}

}  // namespace gwageo
