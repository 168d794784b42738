#include "coordinator/node_loads.h"

#include "protocol/check.h"

namespace gwageo {

std::optional<Duration> NodeLoads::expected(NodeNumber node, ClassNumber number) const {
  const auto known = known_.find({node, number});
  if (known == known_.end()) return std::nullopt;
  return known->second;
}

void NodeLoads::begin(const Block& block) {
  std::set<std::uint32_t>& there = under_way_[block.node];
  const bool is_new = there.insert(block.first).second;
  GWAGEO_CHECK(is_new);
}

bool NodeLoads::end(const Block& block) {
  const auto there = under_way_.find(block.node);
  if (there == under_way_.end() || there->second.erase(block.first) == 0) return false;
  if (there->second.empty()) under_way_.erase(there);
  return true;
}

void NodeLoads::lose(NodeNumber node) {
  under_way_.erase(node);
  known_.erase(known_.lower_bound({node, 0}), known_.lower_bound({node + 1, 0}));
}

bool NodeLoads::is_full(NodeNumber node) const {
  const auto there = under_way_.find(node);
  if (there == under_way_.end()) return false;
  const auto limit = limits_.find(node);
  return there->second.size() >= (limit == limits_.end() ? most_ : limit->second);
}

bool NodeLoads::is_loading(const Block& block) const {
  const auto there = under_way_.find(block.node);
  return there != under_way_.end() && there->second.contains(block.first);
}

}  // namespace gwageo
