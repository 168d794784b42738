#include "coordinator/embargo.h"

#include <algorithm>
#include <set>

#include "coordinator/programme_rules.h"

namespace gwageo {
namespace {

std::string team_of(const State& state, const std::string& model) {
  const ModelAdded* const known = state.model(model);
  return known == nullptr ? "" : known->team;
}

/// The last publication of the whole target, or one that covers nothing.
Publication last_published(const State& state, const std::string& target) {
  Publication last;
  for (const Publication& publication : state.programme().published(target)) {
    if (publication.published.stage.empty()) last = publication;
  }
  return last;
}

/// Keeps the rows that `is_seen` says of a document's verdicts, by their place.
template <class IsSeen>
void keep_rows(Json& document, IsSeen is_seen) {
  Json::Array seen;
  std::set<std::string> kept;
  const Json::Array& rows = document["verdicts"].as_array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_seen(i)) {
      seen.push_back(rows[i]);
    } else {
      kept.insert(rows[i].find("candidate")->as_string());
    }
  }
  if (kept.empty()) return;
  // A place is a fact about the others.
  for (Json& row : seen) {
    for (const char* const key : {"place", "rank", "stays", "rank_reason"}) {
      if (row.find(key) != nullptr) row[key] = nullptr;
    }
  }
  document["verdicts"] = std::move(seen);
  if (document.find("pending") != nullptr) {
    std::erase_if(document["pending"].as_array(),
                  [&](const Json& name) { return kept.contains(name.as_string()); });
  }
  document["withheld"] = withheld_json(kept.size());
}

}  // namespace

Json withheld_json(std::uint64_t count) {
  Json json;
  json["count"] = count;
  json["reason"] = "embargo";
  return json;
}

TargetSight::TargetSight(const State& state, const Viewer& viewer, const std::string& target)
    : state_(state), viewer_(viewer), target_(target), covered_(last_published(state, target)) {
  for (std::uint64_t i = 0; i < covered_.verdicts; ++i) {
    const VerdictReached& verdict = state.verdict_history()[i];
    if (verdict.target == target) generations_[verdict.candidate] = verdict.generation;
  }
}

Embargo TargetSight::embargo_of(std::uint32_t version) const {
  const auto known = embargoes_.find(version);
  if (known != embargoes_.end()) return known->second;
  const std::vector<TargetAdded>& versions = state_.targets().at(target_);
  const Result<Target> policy = load_target(target_, versions.at(version - 1).text);
  const Embargo embargo = policy ? policy->embargo : Embargo::all;
  embargoes_[version] = embargo;
  return embargo;
}

bool TargetSight::is_kept(const std::string& candidate, Embargo embargo) const {
  if (!viewer_ || embargo == Embargo::none) return false;
  return embargo == Embargo::all || team_of(state_, candidate) != *viewer_;
}

bool TargetSight::is_published(const std::string& stage) const {
  const auto& all = state_.programme().published(target_);
  return std::any_of(all.begin(), all.end(), [&](const Publication& each) {
    return !stage.empty() && each.published.stage == stage;
  });
}

bool TargetSight::sees(const VerdictReached& verdict) const {
  const auto last = generations_.find(verdict.candidate);
  const bool is_covered = last != generations_.end() && verdict.generation <= last->second;
  return !viewer_ || is_covered || !is_kept(verdict.candidate, embargo_of(verdict.target_version));
}

bool TargetSight::sees(const std::string& candidate, const std::string& stage,
                       bool is_covered) const {
  if (!viewer_ || is_covered || is_published(stage)) return true;
  const auto& stages = state_.programme().stages();
  const auto made_in = stages.find(stage);
  const std::uint32_t version = made_in != stages.end()
                                    ? made_in->second.opened.target_version
                                    : (*target_in_force(state_, target_))->version;
  return !is_kept(candidate, embargo_of(version));
}

Embargo TargetSight::strictest(const TargetAdded& target, const Target& policy) const {
  Embargo embargo = policy.embargo;
  for (const auto& [name, versions] : state_.targets()) {
    const TargetAdded& in_force = **target_in_force(state_, name);
    const Result<Target> other = load_target(name, in_force.text);
    const bool is_same_suite = target.version == 0 && other && other->suite == policy.suite;
    if (other && (name == target_ || is_same_suite)) embargo = std::max(embargo, other->embargo);
  }
  return embargo;
}

RowSight TargetSight::rows(const TargetAdded& target, const Target& policy) const {
  RowSight rows;
  if (!viewer_) return rows;
  const Embargo embargo = strictest(target, policy);
  rows.is_kept_from = embargo != Embargo::none;
  for (const auto& [name, versions] : state_.models()) {
    if (!is_kept(name, embargo)) rows.own.insert(name);
  }
  for (std::uint64_t i = 0; i < covered_.verdicts; ++i) {
    const VerdictReached& verdict = state_.verdict_history()[i];
    if (verdict.target == target_) rows.published.insert(verdict.inputs);
  }
  return rows;
}

// Whatever the day that was asked for: it may rest on scores of today.
void TargetSight::withhold(const Judgement& judgement, Json& document) const {
  const RowSight seen = rows(judgement.input.target, judgement.input.policy);
  keep_rows(document, [&](std::size_t i) { return seen.sees(judgement.reached.at(i)); });
}

bool TargetSight::sees_all_of(const Stage& closed) const {
  if (!viewer_ || is_published(closed.opened.stage)) return true;
  if (closed.closed_as <= covered_.stages_closed) return true;
  return embargo_of(closed.opened.target_version) == Embargo::none;
}

void TargetSight::withhold(const Stage& closed, Json& document) const {
  if (sees_all_of(closed)) return;
  const Embargo embargo = embargo_of(closed.opened.target_version);
  keep_rows(document, [&](std::size_t i) {
    const Json& row = document.find("verdicts")->as_array()[i];
    return !is_kept(row.find("candidate")->as_string(), embargo);
  });
  document["closed"]["reason"] = nullptr;
}

bool sees_results(const State& state, const Viewer& viewer, const Job& job) {
  if (!viewer || *viewer == job.accepted.team) return true;
  const ModelAdded* const model = state.model(job.accepted.model);
  if (model != nullptr && model->role == ModelRole::reference) return true;
  bool is_kept = false;
  for (const auto& [name, versions] : state.targets()) {
    const Result<Target> policy = load_target(name, (*target_in_force(state, name))->text);
    const bool is_under = policy && !policy->is_claimed && policy->suite == job.accepted.suite &&
                          policy->embargo != Embargo::none;
    if (!is_under) continue;
    if (job.scored_as <= last_published(state, name).scored) return true;  // For good.
    is_kept = true;
  }
  return !is_kept;
}

}  // namespace gwageo
