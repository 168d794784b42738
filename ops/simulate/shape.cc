#include "ops/simulate/shape.h"

#include <algorithm>
#include <bit>

namespace gwageo::simulate {
namespace {

std::uint64_t kinds_fitting(const Fleet& fleet, const ModelClass& model_class) {
  if (model_class.kinds.empty()) return ~std::uint64_t{0};
  std::uint64_t kinds = 0;
  for (std::size_t i = 0; i < fleet.kinds.size(); ++i) {
    const std::vector<std::string>& wanted = model_class.kinds;
    const bool will_do = fleet.kinds[i] == unsaid_kind ||
                         std::find(wanted.begin(), wanted.end(), fleet.kinds[i]) != wanted.end();
    if (will_do) kinds |= std::uint64_t{1} << i;
  }
  return kinds;
}

bool are_alike(const Node& a, const Node& b) {
  return a.gpus == b.gpus && a.kind == b.kind && a.domain == b.domain &&
         a.memory_mib == b.memory_mib;
}

}  // namespace

std::vector<Span> spans_of(const Fleet& fleet, std::uint32_t widest) {
  std::vector<Span> spans;
  for (NodeIndex i = 0; i < fleet.nodes.size(); ++i) {
    const Node& node = fleet.nodes[i];
    const bool goes_on = i > 0 && node.gpus < widest && std::has_single_bit(node.gpus) &&
                         are_alike(fleet.nodes[i - 1], node) &&
                         (spans.back().nodes + 1) * node.gpus <= slot_gpus_max;
    if (goes_on) {
      ++spans.back().nodes;
    } else {
      spans.push_back({i, 1});
    }
  }
  return spans;
}

Shapes::Shapes(const Fleet& fleet, const Workload& workload) : fleet_(fleet) {
  for (const ModelClass& model_class : workload.classes) {
    const Shape shape{model_class.gpus, kinds_fitting(fleet, model_class)};
    const auto known = std::find(all_.begin(), all_.end(), shape);
    of_class_.push_back(static_cast<std::uint32_t>(known - all_.begin()));
    if (known == all_.end()) all_.push_back(shape);
    widest_ = std::max(widest_, model_class.gpus);
  }
  spans_ = spans_of(fleet, widest_);
}

std::uint64_t Shapes::room(const Shape& shape) const {
  std::uint64_t slots = 0;
  for (const Span& span : spans_) {
    const Node& node = fleet_.nodes[span.first];
    if ((shape.kinds >> node.kind & 1) == 0) continue;
    slots += std::uint64_t{span.nodes} * node.gpus / shape.gpus;
  }
  return slots;
}

std::uint32_t nodes_of(const Fleet& fleet, const Place& place) {
  const std::uint32_t gpus = fleet.nodes[place.node].gpus;
  return place.gpus <= gpus ? 1 : place.gpus / gpus;
}

bool lies(const Fleet& fleet, const Place& place) {
  if (place.node >= fleet.nodes.size() || place.gpu % place.gpus != 0) return false;
  const Node& node = fleet.nodes[place.node];
  if (place.gpus <= node.gpus) return place.gpu + place.gpus <= node.gpus;
  if (place.gpu != 0 || !std::has_single_bit(node.gpus)) return false;
  const std::uint32_t nodes = nodes_of(fleet, place);
  if (place.node + nodes > fleet.nodes.size()) return false;
  for (NodeIndex i = place.node; i < place.node + nodes; ++i) {
    if (!are_alike(node, fleet.nodes[i])) return false;
  }
  return true;
}

}  // namespace gwageo::simulate
