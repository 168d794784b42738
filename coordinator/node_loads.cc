#include "coordinator/node_loads.h"

#include "protocol/check.h"

namespace gwageo {

std::optional<Duration> NodeLoads::expected(NodeNumber node, ClassNumber number) const {
  const auto known = known_.find({node, number});
  if (known == known_.end()) return std::nullopt;
  return known->second;
}

void NodeLoads::begin(Instant now, const Block& block) {
  const Place place{block.node, block.first};
  const bool is_new = under_way_.emplace(place, now).second;
  GWAGEO_CHECK(is_new);
  counted_.emplace(now, place);
  ++counts_of_[block.node];
}

bool NodeLoads::end(const Block& block) {
  const auto load = under_way_.find({block.node, block.first});
  if (load == under_way_.end()) return false;
  uncount(load->second, load->first);
  under_way_.erase(load);
  return true;
}

void NodeLoads::uncount(Instant since, const Place& place) {
  if (counted_.erase({since, place}) == 0) return;
  const auto count = counts_of_.find(place.first);
  if (--count->second == 0) counts_of_.erase(count);
}

bool NodeLoads::pass(Instant now) {
  bool makes_room = false;
  while (!counted_.empty() && counted_.begin()->first + counts_ < now) {
    const auto [since, place] = *counted_.begin();
    const bool was_full = is_full(place.first);
    uncount(since, place);
    makes_room = makes_room || (was_full && !is_full(place.first));
  }
  return makes_room;
}

void NodeLoads::lose(NodeNumber node) {
  for (auto load = under_way_.lower_bound({node, 0});
       load != under_way_.end() && load->first.first == node; load = under_way_.erase(load)) {
    uncount(load->second, load->first);
  }
  known_.erase(known_.lower_bound({node, 0}), known_.lower_bound({node + 1, 0}));
}

bool NodeLoads::is_full(NodeNumber node) const {
  const auto there = counts_of_.find(node);
  if (there == counts_of_.end()) return false;
  const auto limit = limits_.find(node);
  return there->second >= (limit == limits_.end() ? most_ : limit->second);
}

bool NodeLoads::is_loading(const Block& block) const {
  return under_way_.contains({block.node, block.first});
}

}  // namespace gwageo
