#include "benchmarks/lm_eval_groups.h"

#include <optional>
#include <utility>

#include "benchmarks/group.h"
#include "benchmarks/python_text.h"

namespace gwageo::lm_eval {
namespace {

Json group_figures(const Group& group, const GroupScore& score) {
  Json out;
  out["alias"] = group.alias.empty() ? group.name : group.alias;
  out["name"] = group.name;
  if (group.metrics.empty()) return out;
  out["sample_len"] = score.n;
  Json counts = Json::object();
  for (const GroupFigure& figure : score.figures) {
    const std::string key = figure.metric + "," + figure.filter;
    out[key] = figure.value;
    out[figure.metric + "_stderr," + figure.filter] =
        figure.standard_error ? Json(*figure.standard_error) : Json("N/A");
    counts[key] = figure.n;
  }
  if (!score.figures.empty()) out["sample_count"] = std::move(counts);
  return out;
}

// What all members that have one agree on.
std::optional<Json> common_value(const Group& group, const Json& table) {
  std::optional<Json> out;
  for (const std::string& member : group.members) {
    const Json* const value = table.find(member);
    if (value == nullptr) continue;
    if (out && *out != *value) return std::nullopt;
    out = *value;
  }
  return out;
}

}  // namespace

Json group_results(const Suite& suite, const Scorecard& scorecard) {
  Json out = Json::object();
  const std::vector<GroupScore> scores = group_scores(suite, scorecard);
  for (std::size_t i = 0; i < suite.groups.size(); ++i) {
    out[suite.groups[i].name] = group_figures(suite.groups[i], scores[i]);
  }
  return out;
}

Json groups_with_figures(const Suite& suite, const Json& results) {
  Json out = Json::object();
  for (const Group& group : suite.groups) {
    if (!group.metrics.empty()) out[group.name] = *results.find(group.name);
  }
  return out;
}

Json group_members(const Suite& suite) {
  Json out = Json::object();
  for (const Group& group : suite.groups) {
    Json members = Json::array();
    for (const std::string& member : group.members) members.push_back(Json(member));
    out[group.name] = std::move(members);
  }
  return out;
}

void add_group_versions(const Suite& suite, Json& versions) {
  for (const Group& group : suite.groups) {
    const Json* const version = group.metadata.find("version");
    versions[group.name] = version == nullptr ? Json("N/A") : Json(python_text(*version));
  }
}

void add_group_shots(const Suite& suite, Json& shots) {
  for (const Group& group : suite.groups) {
    if (const auto shared = common_value(group, shots)) shots[group.name] = *shared;
  }
}

void add_group_directions(const Suite& suite, Json& directions) {
  for (const Group& group : suite.groups) {
    Json merged = Json::object();
    for (const std::string& member : group.members) {
      const Json* const of_member = directions.find(member);
      if (of_member == nullptr) continue;
      for (const auto& [metric, direction] : of_member->as_object()) {
        const Json* const known = merged.find(metric);
        const bool differs = known != nullptr && *known != direction;
        merged[metric] = differs ? Json() : direction;
      }
    }
    if (!merged.as_object().empty()) directions[group.name] = std::move(merged);
  }
}

}  // namespace gwageo::lm_eval
