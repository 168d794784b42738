#include "coordinator/team_rules.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "protocol/limits.h"

namespace gwageo {
namespace {

using Teams = std::map<std::string, TeamSet>;

Status refuse_field(const std::string& field, const std::string& why) {
  return fail(ErrorKind::bad_input, "`" + field + "`: " + why);
}

Status check_bounds(const TeamSet& team) {
  const auto too_large = [](const char* field, std::uint64_t value, std::uint64_t max) {
    const std::string text = std::to_string(value) + " is more than " + std::to_string(max);
    return value <= max ? Status() : refuse_field(field, text);
  };
  if (team.weight == 0) {
    return refuse_field("share", "0: shares that sum to nothing divide nothing; from 1 to " +
                                     std::to_string(limits::team_weight_max));
  }
  GWAGEO_TRY(too_large("share", team.weight, limits::team_weight_max));
  GWAGEO_TRY(too_large("guarantee", team.guarantee, limits::team_slots_max));
  GWAGEO_TRY(too_large("limit", team.limit, limits::team_slots_max));
  GWAGEO_TRY(too_large("jobs", team.jobs_max, limits::jobs_open_max));
  GWAGEO_TRY(too_large("items", team.items_max, limits::plan_items_max));
  GWAGEO_TRY(too_large("gpu_hours", team.gpu_hours_max, limits::team_gpu_hours_max));
  if (team.limit > 0 && team.limit < team.guarantee) {
    return refuse_field("limit", std::to_string(team.limit) + " is under the guarantee of " +
                                     std::to_string(team.guarantee) +
                                     ": what is guaranteed must be allowed");
  }
  return {};
}

/// `teams` with the proposed one in its place: where they lead to, up and down.
struct Family {
  Teams teams;
  std::map<std::string, std::vector<std::string>> children;

  Family(const Teams& known, const TeamSet& proposed) : teams(known) {
    teams[proposed.name] = proposed;
    for (const auto& [name, team] : teams) {
      if (!team.parent.empty()) children[team.parent].push_back(name);
    }
  }

  /// REQUIRES: no cycle, here and below.
  std::size_t height(const std::string& name) const {
    std::size_t most = 0;
    const auto below = children.find(name);
    if (below == children.end()) return 1;
    for (const std::string& child : below->second) most = std::max(most, height(child));
    return most + 1;
  }
  std::uint64_t promised_below(const std::string& name) const {
    std::uint64_t sum = 0;
    const auto below = children.find(name);
    if (below == children.end()) return 0;
    for (const std::string& child : below->second) {
      sum += std::max<std::uint64_t>(teams.at(child).guarantee, promised_below(child));
    }
    return sum;
  }
};

Status check_promises(const Family& family, const TeamSet& group) {
  const std::uint64_t promised = family.promised_below(group.name);
  const std::string sum = "the teams in " + group.name + " are guaranteed " +
                          std::to_string(promised) + " together, which is more than its ";
  if (group.guarantee > 0 && promised > group.guarantee) {
    return refuse_field("guarantee", sum + "guarantee of " + std::to_string(group.guarantee) +
                                         ": raise that first, or guarantee less");
  }
  if (group.limit > 0 && promised > group.limit) {
    return refuse_field("guarantee", sum + "limit of " + std::to_string(group.limit) +
                                         ": raise that first, or guarantee less");
  }
  return {};
}

}  // namespace

Status check_team(const Teams& teams, const TeamSet& proposed) {
  GWAGEO_TRY(check_bounds(proposed));
  if (proposed.name == "none")
    return refuse_field("name", "\"none\" is the word for no team at all");
  if (teams.size() >= limits::teams_max && !teams.contains(proposed.name)) {
    return refuse_field("name",
                        std::to_string(limits::teams_max) + " teams are set, and no more may be");
  }
  if (!proposed.parent.empty() && proposed.parent != proposed.name &&
      !teams.contains(proposed.parent)) {
    return refuse_field("parent", "nobody set a team " + proposed.parent +
                                      "; add it first (gwageo team add " + proposed.parent + ")");
  }
  const Family family(teams, proposed);
  std::string path = proposed.name;
  std::size_t depth = 1;
  for (std::string at = proposed.parent; !at.empty(); at = family.teams.at(at).parent) {
    path += " -> " + at;
    if (at == proposed.name) {
      return refuse_field("parent", path + " is a cycle: no team may be above itself");
    }
    ++depth;
  }
  const std::size_t levels = depth - 1 + family.height(proposed.name);
  if (levels > limits::team_depth_max) {
    return refuse_field("parent", path + ": that makes " + std::to_string(levels) +
                                      " levels of teams, at most " +
                                      std::to_string(limits::team_depth_max));
  }
  for (std::string at = proposed.name; !at.empty(); at = family.teams.at(at).parent) {
    GWAGEO_TRY(check_promises(family, family.teams.at(at)));
  }
  return {};
}

std::uint64_t unsettled_items(const JobAccepted& job, const std::vector<Adoption>& adoptions) {
  std::uint64_t items = job.items;
  for (const Adoption& adoption : adoptions) {
    if (adoption.stored) items -= adoption.end - adoption.begin;
  }
  return items;
}

std::uint64_t promised(const Teams& teams) {
  std::uint64_t sum = 0;
  if (teams.empty()) return sum;
  const Family family(teams, teams.begin()->second);
  for (const auto& [name, team] : teams) {
    if (!team.parent.empty()) continue;
    sum += std::max<std::uint64_t>(team.guarantee, family.promised_below(name));
  }
  return sum;
}

std::string hours_text(Duration gpu_time) {
  const std::int64_t hundredths = gpu_time.microseconds / (gpu_hour.microseconds / 100);
  const std::string rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
}

Status check_quotas(const TeamTree& teams, const std::string& team, std::uint64_t items) {
  if (items == 0) return {};
  for (const std::string& name : teams.chain(team)) {
    const TeamSet* const set = teams.setting(name);
    if (set == nullptr) return {};
    const TeamUse used = teams.use(name);
    const std::string whose =
        name == team ? "team " + name : "group " + name + ", which team " + team + " is in,";
    const auto over = [&](const std::string& quota, const std::string& how, const char* option) {
      return fail(ErrorKind::bad_input, whose + " has a quota of " + quota + ", and " + how +
                                            ", or ask an operator to raise it (gwageo team set " +
                                            name + " --" + option + " N)");
    };
    const auto jobs = static_cast<std::uint64_t>(used.jobs);
    const auto unsettled = static_cast<std::uint64_t>(used.items);
    if (set->jobs_max > 0 && jobs >= set->jobs_max) {
      return over(std::to_string(set->jobs_max) + (set->jobs_max == 1 ? " open job" : " open jobs"),
                  std::to_string(jobs) + (jobs == 1 ? " is" : " are") +
                      " open: wait until one is over, cancel one",
                  "jobs");
    }
    if (set->items_max > 0 && unsettled + items > set->items_max) {
      return over(std::to_string(set->items_max) + " unsettled items",
                  "has " + std::to_string(unsettled) + ", to which this job would add " +
                      std::to_string(items) + ": wait until some are settled",
                  "items");
    }
    const auto hours = static_cast<std::int64_t>(set->gpu_hours_max);
    if (hours > 0 && used.gpu_time >= gpu_hour * hours) {
      return over(std::to_string(hours) + " GPU-hours",
                  "has used " + hours_text(used.gpu_time) + " of them: submit nothing more",
                  "gpu-hours");
    }
  }
  return {};
}

}  // namespace gwageo
