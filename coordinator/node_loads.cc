#include "coordinator/node_loads.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {

std::optional<Duration> NodeLoads::expected(NodeNumber node, ClassNumber number) const {
  const auto known = known_.find({node, number});
  if (known == known_.end()) return std::nullopt;
  return known->second;
}

std::uint32_t NodeLoads::most(NodeNumber node) const {
  const auto limit = limits_.find(node);
  return limit == limits_.end() ? most_ : limit->second;
}

void NodeLoads::begin(Instant now, const Block& block, TeamNumber team) {
  const Place place{block.node, block.first};
  const bool is_new = under_way_.emplace(place, Load{now, team}).second;
  GWAGEO_CHECK(is_new);
  counted_.emplace(now, place);
  ++counts_of_[block.node];
}

bool NodeLoads::end(Instant now, const Block& block) {
  const auto load = under_way_.find({block.node, block.first});
  if (load == under_way_.end()) return false;
  uncount(now, load->second, load->first);
  under_way_.erase(load);
  return true;
}

void NodeLoads::uncount(Instant now, const Load& load, const Place& place) {
  if (counted_.erase({load.since, place}) == 0) return;
  const bool was_full = is_full(place.first);
  const auto count = counts_of_.find(place.first);
  if (--count->second == 0) counts_of_.erase(count);
  const auto turns = turns_.find(place.first);
  const Duration took = std::min(now - load.since, counts_);
  if (turns != turns_.end()) turns->second.end(load.since + took, load.team, took, was_full);
}

void NodeLoads::begin_turn(Instant now, const Block& block, TeamNumber team, const Ledger& shares,
                           const std::vector<TeamNumber>& promised) {
  LoadLedger& turns = turns_[block.node];
  turns.begin(standing(now, block.node, shares, promised), team);
  begin(now, block, team);
}

std::vector<NodeNumber> NodeLoads::pass(Instant now) {
  std::vector<NodeNumber> have_room;
  while (!counted_.empty() && counted_.begin()->first + counts_ < now) {
    const Place place = counted_.begin()->second;
    const bool was_full = is_full(place.first);
    uncount(now, under_way_.at(place), place);
    if (was_full && !is_full(place.first)) have_room.push_back(place.first);
  }
  return have_room;
}

void NodeLoads::lose(NodeNumber node) {
  for (auto load = under_way_.lower_bound({node, 0});
       load != under_way_.end() && load->first.first == node; load = under_way_.erase(load)) {
    uncount(load->second.since, load->second, load->first);
  }
  turns_.erase(node);
  known_.erase(known_.lower_bound({node, 0}), known_.lower_bound({node + 1, 0}));
}

bool NodeLoads::is_full(NodeNumber node) const {
  const auto there = counts_of_.find(node);
  return there != counts_of_.end() && there->second >= most(node);
}

bool NodeLoads::is_full_without(const Block& block) const {
  const auto there = counts_of_.find(block.node);
  if (there == counts_of_.end()) return false;
  const auto load = under_way_.find({block.node, block.first});
  const bool counts =
      load != under_way_.end() && counted_.contains({load->second.since, load->first});
  return there->second - (counts ? 1 : 0) >= most(block.node);
}

std::vector<NodeLoads::Counted> NodeLoads::counted(NodeNumber node) const {
  std::vector<Counted> loads;
  for (auto load = under_way_.lower_bound({node, 0});
       load != under_way_.end() && load->first.first == node; ++load) {
    const auto& [since, team] = load->second;
    if (counted_.contains({since, load->first})) loads.push_back({load->first.second, team, since});
  }
  return loads;
}

std::optional<Instant> NodeLoads::room_at(NodeNumber node) const {
  if (!is_full(node)) return std::nullopt;
  std::vector<Instant> since;
  for (const Counted& load : counted(node)) since.push_back(load.since);
  std::sort(since.begin(), since.end());
  return since[since.size() - most(node)] + counts_;
}

LoadLedger::Standing NodeLoads::standing(Instant now, NodeNumber node, const Ledger& shares,
                                         const std::vector<TeamNumber>& promised) const {
  static const LoadLedger nobody_had_any;  // As of new shares, which begin anew.
  const auto turns = turns_.find(node);
  const LoadLedger& had = turns == turns_.end() ? nobody_had_any : turns->second;
  std::vector<LoadLedger::Load> under_way;
  for (const Counted& load : counted(node)) under_way.push_back({load.team, now - load.since});
  for (const TeamNumber team : promised) under_way.push_back({team, {}});
  return LoadLedger::Standing(now, had, shares, under_way, {counts_, most(node), is_full(node)});
}

bool NodeLoads::is_loading(const Block& block) const {
  return under_way_.contains({block.node, block.first});
}

}  // namespace gwageo
