#include "coordinator/placement.h"

#include <bit>

#include "protocol/check.h"

namespace gwageo {
namespace {

std::uint64_t ones(std::uint32_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

std::uint64_t mask_of(const Block& block) { return ones(block.width) << block.first; }

}  // namespace

std::size_t Placement::order_of(std::uint32_t width) {
  GWAGEO_CHECK(std::has_single_bit(width) && width <= width_max);
  return static_cast<std::size_t>(std::countr_zero(width));
}

std::optional<std::size_t> Placement::largest_idle(const Node& node) {
  // Bit i of `aligned` says that the block of the present order beginning at i is idle.
  std::uint64_t aligned = ~node.used & ones(node.gpus);
  if (aligned == 0) return std::nullopt;
  constexpr std::array<std::uint64_t, width_count - 1> beginnings = {
      0x5555555555555555, 0x1111111111111111, 0x0101010101010101,
      0x0001000100010001, 0x0000000100000001, 0x0000000000000001};
  std::size_t order = 0;
  for (; order + 1 < width_count; ++order) {
    const std::uint64_t next = aligned & (aligned >> (1 << order)) & beginnings[order];
    if (next == 0) break;
    aligned = next;
  }
  return order;
}

template <class Change>
void Placement::update(NodeNumber number, Change change) {
  Node& node = nodes_[number];
  Kind& kind = kinds_[node.kind];
  const auto count = [&](bool add) {
    if (!node.is_open) return;
    const auto idle = static_cast<std::uint32_t>(std::popcount(~node.used & ones(node.gpus)));
    const std::uint64_t sign = add ? 1 : ~std::uint64_t{0};
    idle_gpus_ += sign * idle;
    kind.idle += sign * idle;
    open_gpus_ += sign * node.gpus;
    for (std::size_t order = 0; order < width_count && (1U << order) <= node.gpus; ++order) {
      kind.open_by_width[order] += sign;
    }
    const std::optional<std::size_t> largest = largest_idle(node);
    if (!largest) return;
    if (add) {
      kind.by_largest[*largest].emplace(idle, number);
    } else {
      kind.by_largest[*largest].erase({idle, number});
    }
  };
  count(false);
  change(node);
  count(true);
}

NodeNumber Placement::join(std::uint32_t gpus, std::uint64_t groups) {
  GWAGEO_CHECK(gpus >= 1 && gpus <= width_max);
  const std::uint32_t kind = kind_of(groups);
  ++kinds_[kind].nodes;
  const auto number = static_cast<NodeNumber>(nodes_.size());
  nodes_.push_back({gpus, kind, false, 0});
  open(number, true);
  return number;
}

// One that no node is of any more is taken for a new one, so that they never become many.
std::uint32_t Placement::kind_of(std::uint64_t groups) {
  std::size_t unused = kinds_.size();
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (kinds_[i].groups == groups) return static_cast<std::uint32_t>(i);
    if (kinds_[i].nodes == 0) unused = i;
  }
  if (unused == kinds_.size()) kinds_.emplace_back();
  kinds_[unused].groups = groups;
  return static_cast<std::uint32_t>(unused);
}

void Placement::regroup(NodeNumber number, std::uint64_t groups) {
  if (this->groups(number) == groups) return;
  const bool was_open = is_open(number);
  open(number, false);  // A closed node is listed nowhere.
  --kinds_[nodes_[number].kind].nodes;
  const std::uint32_t kind = kind_of(groups);
  ++kinds_[kind].nodes;
  nodes_[number].kind = kind;
  open(number, was_open);
}

void Placement::open(NodeNumber node, bool is_open) {
  update(node, [&](Node& changed) { changed.is_open = is_open; });
}

void Placement::occupy(const Block& block) {
  update(block.node, [&](Node& node) {
    GWAGEO_CHECK((node.used & mask_of(block)) == 0);
    node.used |= mask_of(block);
  });
}

void Placement::vacate(const Block& block) {
  update(block.node, [&](Node& node) {
    GWAGEO_CHECK((node.used & mask_of(block)) == mask_of(block));
    node.used &= ~mask_of(block);
  });
}

bool Placement::in_use(const Block& block) const {
  return (nodes_[block.node].used & mask_of(block)) != 0;
}

bool Placement::idle(const Block& block) const {
  const Node& node = nodes_[block.node];
  return node.is_open && block.first + block.width <= node.gpus && !in_use(block);
}

std::uint64_t Placement::idle_groups() const {
  std::uint64_t groups = 0;
  for (const Kind& kind : kinds_) {
    if (kind.idle > 0) groups |= kind.groups;
  }
  return groups;
}

bool Placement::could_fit(std::uint32_t width, std::uint32_t group) const {
  for (const Kind& kind : kinds_) {
    if ((kind.groups >> group & 1) != 0 && kind.open_by_width[order_of(width)] > 0) return true;
  }
  return false;
}

Block Placement::smallest_within(NodeNumber number, std::uint32_t width) const {
  const Node& node = nodes_[number];
  // The idle block whose surrounding idle block is smallest: it breaks up least.
  for (std::uint32_t around = width; around <= width_max; around *= 2) {
    for (std::uint32_t first = 0; first + width <= node.gpus; first += width) {
      const Block block{number, first, width};
      if (!idle(block)) continue;
      const std::uint32_t outer = around * 2;
      if (around == width_max || !idle({number, first / outer * outer, outer})) return block;
    }
  }
  GWAGEO_CHECK(false);  // Asked only of nodes that have one.
  return {};
}

void Placement::check() const {
  std::uint64_t idle = 0;
  std::uint64_t open = 0;
  std::size_t listed = 0;
  std::size_t with_idle = 0;
  for (NodeNumber i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!node.is_open) continue;
    const auto here = static_cast<std::uint32_t>(std::popcount(~node.used & ones(node.gpus)));
    idle += here;
    open += node.gpus;
    if (const std::optional<std::size_t> largest = largest_idle(node)) {
      ++with_idle;
      GWAGEO_CHECK(kinds_[node.kind].by_largest[*largest].contains({here, i}));
    }
  }
  for (const Kind& kind : kinds_) {
    for (const auto& nodes : kind.by_largest) listed += nodes.size();
  }
  GWAGEO_CHECK(idle == idle_gpus_ && open == open_gpus_ && listed == with_idle);
}

}  // namespace gwageo
