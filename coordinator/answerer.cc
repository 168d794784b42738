#include "coordinator/answerer.h"

#include <algorithm>

#include "coordinator/state.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

bool counts(const State& state, const std::string& key) {
  const auto owner = state.principals().find(key);
  return owner == state.principals().end() || !owner->second.revoked;
}

}  // namespace

Answerer answerer(const State& state, WorkerId worker) {
  const auto life = state.workers().find(worker);
  GWAGEO_CHECK(life != state.workers().end());
  return {life->second.joined.name, life->second.joined.principal};
}

std::optional<std::string> owner_of_name(const State& state, const std::string& name) {
  const WorkerId newest = state.worker_named(name);
  if (!newest) return std::nullopt;
  const std::string key = answerer(state, newest).key;
  return counts(state, key) ? std::optional(key) : std::nullopt;
}

bool rests_on_name(const State& state, const std::string& name) {
  if (state.quarantine().contains(name)) return true;
  return std::any_of(state.workers().begin(), state.workers().end(), [&](const auto& life) {
    const WorkerLife& known = life.second;
    const bool has_work = known.chunks > 0 || !state.leases_of(life.first).empty();
    return known.joined.name == name && has_work;
  });
}

bool are_keys_told_apart(const State& state) {
  const std::set<std::string>& keys = state.worker_keys();
  return std::count_if(keys.begin(), keys.end(),
                       [&](const std::string& key) { return counts(state, key); }) > 1;
}

std::set<std::string> names_of_key(const State& state, const std::string& key) {
  std::set<std::string> names;
  for (const auto& [worker, life] : state.workers()) {
    const std::string& name = life.joined.name;
    if (life.joined.principal == key && state.worker_named(name) == worker) names.insert(name);
  }
  return names;
}

std::vector<std::string> convicted_names(const State& state, const std::string& key) {
  std::vector<std::string> names;
  if (state.quarantine().empty() || !are_keys_told_apart(state)) return names;
  for (const auto& [name, quarantined] : state.quarantine()) {
    const WorkerId newest = state.worker_named(name);
    const bool is_of_key = newest && answerer(state, newest).key == key;
    if (is_of_key && quarantined.principal.empty()) names.push_back(name);
  }
  return names;
}

bool is_one_hand(const Answerer& a, const Answerer& b, bool by_key) {
  return a.name == b.name || (by_key && a.key == b.key);
}

bool is_among(const Answerer& who, const std::vector<std::string>& names,
              const std::vector<std::string>& keys) {
  return std::binary_search(names.begin(), names.end(), who.name) ||
         std::binary_search(keys.begin(), keys.end(), who.key);
}

}  // namespace gwageo
