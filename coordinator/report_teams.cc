// What is said of teams.
#include <algorithm>
#include <set>

#include "coordinator/report.h"

namespace gwageo::report {
namespace {

std::set<std::string> known_teams(const State& state) {
  std::set<std::string> names;
  for (const auto& [name, team] : state.teams()) names.insert(name);
  for (const auto& [name, use] : state.team_tree().own_uses()) names.insert(name);
  for (const auto& [name, principal] : state.principals()) {
    if (principal.registered.role == Role::team) names.insert(principal.registered.team);
  }
  for (const auto& [name, versions] : state.models()) names.insert(versions.back().team);
  return names;
}

/// Slots that have a lease of a team, each GPU one, for each team and everything below it.
std::map<std::string, std::uint64_t> slots_held(const State& state) {
  std::map<std::string, std::map<SlotTime::Slot, std::uint32_t>> slots;
  for (const auto& [id, lease] : state.leases()) {
    const Job& job = *state.job(lease.granted.job);
    for (const std::string& team : state.team_tree().chain(job.accepted.team)) {
      slots[team][{lease.granted.worker, lease.granted.slot}] = job.accepted.gpus;
    }
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [team, held] : slots) {
    for (const auto& [slot, gpus] : held) counts[team] += gpus;
  }
  return counts;
}

Json bound(std::uint64_t value) { return value == 0 ? Json(nullptr) : Json(value); }

Json setting(const State& state, const std::string& name) {
  const TeamSet* const known = state.team_tree().setting(name);
  const TeamSet set = known == nullptr ? TeamSet{} : *known;
  Json children = Json::array();
  for (const auto& [child, team] : state.teams()) {
    if (team.parent == name) children.push_back(child);
  }
  Json json;
  json["team"] = name;
  json["added"] = known != nullptr;
  json["parent"] = set.parent.empty() ? Json(nullptr) : Json(set.parent);
  json["children"] = std::move(children);
  json["share"] = set.weight;
  json["guarantee"] = set.guarantee;
  json["limit"] = bound(set.limit);
  json["jobs_max"] = bound(set.jobs_max);
  json["items_max"] = bound(set.items_max);
  json["gpu_hours_max"] = bound(set.gpu_hours_max);
  return json;
}

/// A bound and what there is to it; nothing where it bounds nothing.
void add_quota(Json& list, const std::string& team, const char* quota, std::int64_t most,
               std::int64_t used, std::int64_t needs) {
  if (most == 0) return;
  Json entry;
  entry["team"] = team;
  entry["quota"] = quota;
  entry["most"] = most;
  entry["used"] = used;
  entry["left"] = std::max<std::int64_t>(0, most - used);
  entry["needs"] = needs;
  list.push_back(std::move(entry));
}

}  // namespace

Json quotas(const TeamTree& teams, const std::string& team, std::uint64_t items,
            Duration gpu_time) {
  Json list = Json::array();
  for (const std::string& name : teams.chain(team)) {
    const TeamSet* const set = teams.setting(name);
    if (set == nullptr) continue;
    const TeamUse used = teams.use(name);
    const auto hours = static_cast<std::int64_t>(set->gpu_hours_max);
    add_quota(list, name, "jobs", set->jobs_max, used.jobs, items > 0 ? 1 : 0);
    add_quota(list, name, "items", static_cast<std::int64_t>(set->items_max), used.items,
              static_cast<std::int64_t>(items));
    add_quota(list, name, "gpu_microseconds", (gpu_hour * hours).microseconds,
              used.gpu_time.microseconds, gpu_time.microseconds);
  }
  return list;
}

Json teams(const State& state, const std::string& name) {
  const std::map<std::string, std::uint64_t> slots = slots_held(state);
  Json list = Json::array();
  for (const std::string& team : known_teams(state)) {
    if (!name.empty() && team != name) continue;
    const TeamUse use = state.team_tree().use(team);
    const auto held = slots.find(team);
    const TeamSet* const spent = state.team_tree().spent(team);
    Json json = setting(state, team);
    json["jobs"] = use.jobs;
    json["items"] = use.items;
    json["gpu_microseconds"] = use.gpu_time.microseconds;
    json["slots"] = held == slots.end() ? 0 : held->second;
    json["quota_used_up"] = spent == nullptr ? Json(nullptr) : Json(spent->name);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace gwageo::report
