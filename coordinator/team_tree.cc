#include "coordinator/team_tree.h"

#include <algorithm>
#include <limits>

#include "protocol/check.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

void increase(TeamUse& use, const TeamUse& change) {
  use.jobs += change.jobs;
  use.items += change.items;
  // A journal may claim any time at all, and is read before it is believed.
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - use.gpu_time.microseconds;
  use.gpu_time.microseconds += std::min(room, change.gpu_time.microseconds);
}

bool is_spent(const TeamSet& setting, const TeamUse& all) {
  const auto hours = static_cast<std::int64_t>(setting.gpu_hours_max);
  return hours > 0 && all.gpu_time >= gpu_hour * hours;
}

}  // namespace

void TeamTree::set(const TeamSet& setting) {
  TeamSet& known = settings_[setting.name];
  const bool moves = known.parent != setting.parent;
  known = setting;
  GWAGEO_CHECK(chain(setting.name).size() <= settings_.size());
  if (moves) accounts_ = added_up();
}

bool TeamTree::add(const std::string& team, const TeamUse& change) {
  increase(accounts_[team].own, change);
  bool has_spent = false;
  const std::string* at = &team;
  for (;;) {
    TeamUse& all = accounts_[*at].all;
    const TeamSet* const set = setting(*at);
    const bool was_spent = set != nullptr && is_spent(*set, all);
    increase(all, change);
    if (set == nullptr) return has_spent;
    has_spent = has_spent || (!was_spent && is_spent(*set, all));
    if (set->parent.empty()) return has_spent;
    at = &set->parent;
  }
}

const TeamSet* TeamTree::setting(const std::string& team) const {
  const auto found = settings_.find(team);
  return found == settings_.end() ? nullptr : &found->second;
}

// Longer than there are teams is the sign of a cycle, and long enough for it.
std::vector<std::string> TeamTree::chain(const std::string& team) const {
  std::vector<std::string> names{team};
  const TeamSet* set = setting(team);
  while (set != nullptr && !set->parent.empty() && names.size() <= settings_.size()) {
    names.push_back(set->parent);
    set = setting(set->parent);
  }
  return names;
}

TeamUse TeamTree::use(const std::string& team) const {
  const auto found = accounts_.find(team);
  return found == accounts_.end() ? TeamUse{} : found->second.all;
}

TeamUse TeamTree::own(const std::string& team) const {
  const auto found = accounts_.find(team);
  return found == accounts_.end() ? TeamUse{} : found->second.own;
}

std::map<std::string, TeamUse> TeamTree::own_uses() const {
  std::map<std::string, TeamUse> uses;
  for (const auto& [team, account] : accounts_) uses[team] = account.own;
  return uses;
}

const TeamSet* TeamTree::spent(const std::string& team) const {
  const TeamSet* set = setting(team);
  while (set != nullptr) {
    if (set->gpu_hours_max > 0 && is_spent(*set, use(set->name))) return set;
    if (set->parent.empty()) return nullptr;
    set = setting(set->parent);
  }
  return nullptr;
}

std::map<std::string, TeamTree::Account> TeamTree::added_up() const {
  std::map<std::string, Account> accounts;
  for (const auto& [team, account] : accounts_) {
    accounts[team].own = account.own;
    for (const std::string& name : chain(team)) increase(accounts[name].all, account.own);
  }
  return accounts;
}

void TeamTree::check() const { GWAGEO_CHECK(added_up() == accounts_); }

}  // namespace gwageo
