#include "coordinator/warnings.h"

#include <optional>
#include <set>
#include <variant>

#include "benchmarks/target.h"
#include "coordinator/programme_rules.h"
#include "coordinator/roster.h"

namespace gwageo {
namespace {

std::optional<Target> policy_of(const TargetAdded& target) {
  Result<Target> policy = load_target(target.name, target.text);
  if (!policy) return std::nullopt;
  return *std::move(policy);
}

std::optional<Target> policy_in_force(const State& state, const std::string& target) {
  const Result<const TargetAdded*> in_force = target_in_force(state, target);
  return in_force ? policy_of(**in_force) : std::nullopt;
}

std::string joined_names(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

struct Warning {
  const State& state;

  // A target's new version.
  std::string operator()(const TargetAdded& target) const {
    if (const Stage* const open = state.programme().open_stage(target.name)) {
      return "stage " + open->opened.stage + " is open under version " +
             std::to_string(open->opened.target_version) +
             "; this version holds from its closing on";
    }
    const std::optional<Target> policy = policy_of(target);
    std::set<std::string> unknown;
    std::set<std::string> rivals;
    for (std::size_t i = 0; policy && i < policy->gates.size(); ++i) {
      if (!policy->gates[i].decision) continue;
      for (const std::string& name : policy->gates[i].decision->by) {
        const auto known = state.principals().find(name);
        if (known == state.principals().end()) {
          unknown.insert(name);
        } else if (known->second.registered.role == Role::team) {
          rivals.insert(name);
        }
      }
    }
    if (!rivals.empty()) {
      return "gates are to be decided by " + joined_names(rivals) +
             ", whose key is a team's: it decides on its rivals' candidates";
    }
    if (unknown.empty()) return {};
    return "gates are to be decided by " + joined_names(unknown) +
           ", and nobody is registered by that name yet (gwageo keys new)";
  }

  // A suite's new version.
  std::string operator()(const SuiteAdded& suite) const {
    std::set<std::string> stages;
    for (const auto& [name, stage] : state.programme().stages()) {
      if (stage.closed || stage.opened.suite_version >= suite.version) continue;
      const TargetAdded& frozen =
          state.targets().at(stage.opened.target).at(stage.opened.target_version - 1);
      const std::optional<Target> policy = policy_of(frozen);
      if (policy && policy->suite == suite.name) stages.insert(name);
    }
    if (stages.empty()) return {};
    return "open stages go on with the version that they were opened with: " + joined_names(stages);
  }

  // A model's new version.
  std::string operator()(const ModelAdded& model) const {
    std::string text = on_rosters_before(model);
    const std::string twins = twins_of(model);
    if (!twins.empty()) text += (text.empty() ? "" : "; ") + twins;
    return text;
  }

  // Which references it would be beside itself.
  std::string twins_of(const ModelAdded& model) const {
    if (model.role != ModelRole::reference) return {};
    std::set<std::string> twins;
    for (const auto& [name, versions] : state.models()) {
      const ModelAdded& other = versions.back();
      const bool is_twin = other.role == ModelRole::reference && other.digest == model.digest &&
                           other.engine == model.engine && other.options == model.options;
      if (is_twin && name != model.name) twins.insert(name);
    }
    if (twins.empty()) return {};
    return "it is the same files by the same engine as reference " + joined_names(twins) +
           ": a cohort has it once under each name, and a mean of the best counts it as often";
  }

  // Who entered a roster before the model was there?
  std::string on_rosters_before(const ModelAdded& model) const {
    std::string entries;
    for (const auto& [target, versions] : state.targets()) {
      const auto standing = standing_on(state.programme().roster(target), state.day());
      const auto found = standing.find(model.name);
      if (found == standing.end() || !found->second->entered) continue;
      if (found->second->date >= model.released) continue;
      entries += (entries.empty() ? "" : ", ") + target + " (" + found->second->date + ")";
    }
    if (entries.empty()) return {};
    return "it is released on " + model.released +
           ", and on rosters from an earlier day on: " + entries +
           "; gwageo roster leave and enter put that right";
  }

  std::string operator()(const RosterChanged& change) const {
    const std::optional<Target> policy = policy_in_force(state, change.target);
    if (policy && policy->by_roster && change.date < state.day() && change.reason.empty()) {
      return change.date + " is over, and nothing says why it is recorded only now (--reason TEXT)";
    }
    if (!policy || policy->by_roster) return {};
    return "target " + change.target + " does not go by its roster (it has no `candidates: " +
           "roster`), so this changes no verdict";
  }

  std::string operator()(const Published& published) const {
    const std::optional<Target> policy = policy_in_force(state, published.target);
    if (!policy || policy->embargo != Embargo::none) return {};
    return "target " + published.target + " has no embargo: everybody could see it before";
  }

  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string warning_on(const State& state, const Fact& fact) {
  return std::visit(Warning{state}, fact);
}

}  // namespace gwageo
