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

std::uint8_t Placement::largest_idle(std::uint64_t idle) {
  // Bit i of `aligned` says that the block of the present order beginning at i is idle.
  std::uint64_t aligned = idle;
  if (aligned == 0) return nothing;
  constexpr std::array<std::uint64_t, width_count - 1> beginnings = {
      0x5555555555555555, 0x1111111111111111, 0x0101010101010101,
      0x0001000100010001, 0x0000000100000001, 0x0000000000000001};
  std::uint8_t order = 0;
  for (; order + 1U < width_count; ++order) {
    const std::uint64_t next = aligned & (aligned >> (1 << order)) & beginnings[order];
    if (next == 0) break;
    aligned = next;
  }
  return order;
}

template <class Whole>
std::uint8_t Placement::order_around(NodeNumber number, const Whole& whole) const {
  const Node& node = nodes_[number];
  auto order = static_cast<std::uint8_t>(std::bit_width(node.gpus) - 1);
  for (std::uint32_t span = 2;; span *= 2, ++order) {
    const NodeNumber first = node.domain + (number - node.domain) / span * span;
    if (first + span > node.domain + node.domain_nodes) return order;
    for (NodeNumber i = first; i < first + span; ++i) {
      if (!whole(nodes_[i])) return order;
    }
  }
}

std::uint8_t Placement::idle_order_of(NodeNumber number) const {
  const auto is_whole = [](const Node& node) {
    return node.is_open && (node.used | node.faulty) == 0;
  };
  const Node& node = nodes_[number];
  if (!node.is_open) return nothing;
  return is_whole(node) ? order_around(number, is_whole)
                        : largest_idle(~(node.used | node.faulty) & ones(node.gpus));
}

std::uint8_t Placement::open_order_of(NodeNumber number) const {
  const auto is_sound = [](const Node& node) { return node.is_open && node.faulty == 0; };
  const Node& node = nodes_[number];
  if (!node.is_open) return nothing;
  return is_sound(node) ? order_around(number, is_sound)
                        : largest_idle(~node.faulty & ones(node.gpus));
}

std::uint32_t Placement::left_of(const Node& node, std::uint64_t without) {
  if (!node.is_open) return 0;
  return static_cast<std::uint32_t>(std::popcount(~without & ones(node.gpus)));
}

// Takes the node out of the counts and lists of its kind, and puts it in as it is now.
void Placement::count(NodeNumber number) {
  Node& node = nodes_[number];
  Kind& kind = kinds_[node.kind];
  const std::uint8_t idle_order = idle_order_of(number);
  const std::uint8_t open_order = open_order_of(number);
  const std::uint32_t idle = left_of(node, node.used | node.faulty);
  const std::uint32_t open = left_of(node, node.faulty);
  open_gpus_ += open - std::uint64_t{node.open};
  kind.open += open - std::uint64_t{node.open};
  node.open = open;
  if (open_order != node.open_order) {
    const auto add = [&](std::uint8_t order, std::uint64_t sign) {
      for (std::uint8_t i = 0; order != nothing && i <= order; ++i) kind.open_by_width[i] += sign;
    };
    add(node.open_order, ~std::uint64_t{0});
    add(open_order, 1);
    node.open_order = open_order;
  }
  if (idle == node.idle && idle_order == node.idle_order) return;
  list(number, false);
  kind.idle += idle - std::uint64_t{node.idle};
  idle_gpus_ += idle - std::uint64_t{node.idle};
  node.idle_order = idle_order;
  node.idle = idle;
  list(number, true);
  const std::uint64_t bit = std::uint64_t{1} << number % 64;
  with_idle_[number / 64] =
      idle > 0 ? with_idle_[number / 64] | bit : with_idle_[number / 64] & ~bit;
}

void Placement::list(NodeNumber number, bool is_listed) {
  const Node& node = nodes_[number];
  Kind& kind = kinds_[node.kind];
  if (node.idle_order == nothing) return;
  if (node.is_full) {
    kind.full[node.idle_order] += is_listed ? 1 : ~std::uint32_t{0};
  } else if (is_listed) {
    kind.by_largest[node.idle_order].emplace(node.idle, number);
  } else {
    kind.by_largest[node.idle_order].erase({node.idle, number});
  }
}

void Placement::set_full(NodeNumber node, bool is_full) {
  if (nodes_[node].is_full == is_full) return;
  list(node, false);
  nodes_[node].is_full = is_full;
  list(node, true);
}

bool Placement::fits_on_full(std::uint32_t width, std::uint32_t group) const {
  for (const Kind& kind : kinds_) {
    if ((kind.groups >> group & 1) == 0) continue;
    for (std::size_t size = order_of(width); size < width_count; ++size) {
      if (kind.full[size] > 0) return true;
    }
  }
  return false;
}

template <class Change>
void Placement::update(NodeNumber number, Change change) {
  Node& node = nodes_[number];
  const auto is_sound = [](const Node& of) { return of.is_open && of.faulty == 0; };
  const auto is_whole = [&](const Node& of) { return is_sound(of) && of.used == 0; };
  const bool was_sound = is_sound(node);
  const bool was_whole = is_whole(node);
  change(node);
  if (was_sound == is_sound(node) && was_whole == is_whole(node)) return count(number);
  for (std::uint32_t i = 0; i < node.domain_nodes; ++i) count(node.domain + i);
}

NodeNumber Placement::join(std::uint32_t nodes, std::uint32_t gpus, std::uint64_t groups) {
  GWAGEO_CHECK(nodes >= 1 && gpus >= 1 && nodes * gpus <= width_max);
  GWAGEO_CHECK(nodes == 1 || std::has_single_bit(gpus));
  const std::uint32_t kind = kind_of(groups);
  kinds_[kind].nodes += nodes;
  const auto domain = static_cast<NodeNumber>(nodes_.size());
  for (std::uint32_t i = 0; i < nodes; ++i) {
    Node node;
    node.gpus = gpus;
    node.kind = kind;
    node.domain = domain;
    node.domain_nodes = nodes;
    nodes_.push_back(node);
  }
  with_idle_.resize((nodes_.size() + 63) / 64, 0);
  for (std::uint32_t i = 0; i < nodes; ++i) open(domain + i, true);
  return domain;
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
  const NodeNumber first = nodes_[number].domain;
  const NodeNumber end = first + nodes_[number].domain_nodes;
  std::vector<bool> was_open;
  for (NodeNumber i = first; i < end; ++i) was_open.push_back(is_open(i));
  for (NodeNumber i = first; i < end; ++i) open(i, false);  // A closed node is listed nowhere.
  kinds_[nodes_[first].kind].nodes -= end - first;
  const std::uint32_t kind = kind_of(groups);
  kinds_[kind].nodes += end - first;
  for (NodeNumber i = first; i < end; ++i) nodes_[i].kind = kind;
  for (NodeNumber i = first; i < end; ++i) open(i, was_open[i - first]);
}

void Placement::open(NodeNumber node, bool is_open) {
  update(node, [&](Node& changed) { changed.is_open = is_open; });
}

void Placement::set_faulty(NodeNumber node, std::uint64_t gpus) {
  update(node, [&](Node& changed) { changed.faulty = gpus & ones(changed.gpus); });
}

void Placement::occupy(const Block& block) {
  GWAGEO_CHECK(lies(block));
  for_each_part(block, [&](const Block& part) {
    update(part.node, [&](Node& node) {
      GWAGEO_CHECK((node.used & mask_of(part)) == 0);
      node.used |= mask_of(part);
    });
  });
}

void Placement::vacate(const Block& block) {
  for_each_part(block, [&](const Block& part) {
    update(part.node, [&](Node& node) {
      GWAGEO_CHECK((node.used & mask_of(part)) == mask_of(part));
      node.used &= ~mask_of(part);
    });
  });
}

bool Placement::lies(const Block& block) const {
  const Node& node = nodes_[block.node];
  if (block.width <= node.gpus) {
    return block.first % block.width == 0 && block.first + block.width <= node.gpus;
  }
  if (block.first != 0 || !std::has_single_bit(node.gpus)) return false;
  const std::uint32_t place = block.node - node.domain;
  const std::uint32_t nodes = block.width / node.gpus;
  return place % nodes == 0 && place + nodes <= node.domain_nodes;
}

std::optional<Block> Placement::around(NodeNumber number, std::uint32_t gpu,
                                       std::uint32_t width) const {
  const Node& node = nodes_[number];
  Block block{number, gpu / width * width, width};
  if (width > node.gpus) {
    const std::uint32_t place = number - node.domain;
    const std::uint32_t nodes = width / node.gpus;
    block.node = node.domain + place / nodes * nodes;
  }
  if (!lies(block)) return std::nullopt;
  return block;
}

bool Placement::is_open(const Block& block) const {
  bool all = true;
  for_each_part(block, [&](const Block& part) { all &= nodes_[part.node].is_open; });
  return all && !is_faulty(block);
}

bool Placement::is_faulty(const Block& block) const {
  bool any = false;
  for_each_part(block,
                [&](const Block& part) { any |= (nodes_[part.node].faulty & mask_of(part)) != 0; });
  return any;
}

std::uint32_t Placement::sound_blocks(NodeNumber node, std::uint32_t width) const {
  std::uint32_t blocks = 0;
  for_each_block(node, width, [&](const Block& block) { blocks += is_faulty(block) ? 0 : 1; });
  return blocks;
}

bool Placement::in_use(const Block& block) const {
  bool any = false;
  for_each_part(block,
                [&](const Block& part) { any |= (nodes_[part.node].used & mask_of(part)) != 0; });
  return any;
}

bool Placement::idle(const Block& block) const {
  return lies(block) && is_open(block) && !in_use(block);
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

std::uint64_t Placement::open_gpus_of(std::uint32_t group) const {
  std::uint64_t open = 0;
  for (const Kind& kind : kinds_) {
    if ((kind.groups >> group & 1) != 0) open += kind.open;
  }
  return open;
}

Block Placement::smallest_within(NodeNumber number, std::uint32_t width) const {
  const Node& node = nodes_[number];
  if (width > node.gpus) {
    const std::optional<Block> block = around(number, 0, width);
    GWAGEO_CHECK(block.has_value());  // Asked only of nodes that are in one.
    return *block;
  }
  // The idle block whose surrounding idle block is smallest: it breaks up least.
  for (std::uint32_t size = width; size <= width_max; size *= 2) {
    for (std::uint32_t first = 0; first + width <= node.gpus; first += width) {
      const Block block{number, first, width};
      if (!idle(block)) continue;
      const std::uint32_t outer = size * 2;
      if (outer > node.gpus || !idle({number, first / outer * outer, outer})) return block;
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
  std::vector<std::array<std::uint64_t, width_count>> widths(kinds_.size());
  std::vector<std::uint64_t> open_of(kinds_.size(), 0);
  std::vector<std::array<std::uint32_t, width_count>> full(kinds_.size());
  for (NodeNumber i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    GWAGEO_CHECK(node.idle_order == idle_order_of(i) && node.open_order == open_order_of(i));
    if (!node.is_open) continue;
    const std::uint64_t sound = ~node.faulty & ones(node.gpus);
    const auto here = static_cast<std::uint32_t>(std::popcount(~node.used & sound));
    idle += here;
    GWAGEO_CHECK((with_idle_[i / 64] >> i % 64 & 1) == (here > 0 ? 1 : 0));
    open += static_cast<std::uint64_t>(std::popcount(sound));
    open_of[node.kind] += static_cast<std::uint64_t>(std::popcount(sound));
    for (std::size_t order = 0; sound != 0 && order <= node.open_order; ++order) {
      ++widths[node.kind][order];
    }
    if (here == 0) continue;
    if (node.is_full) {
      ++full[node.kind][node.idle_order];
      continue;
    }
    ++with_idle;
    GWAGEO_CHECK(kinds_[node.kind].by_largest[node.idle_order].contains({here, i}));
  }
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    for (const auto& nodes : kinds_[i].by_largest) listed += nodes.size();
    GWAGEO_CHECK(widths[i] == kinds_[i].open_by_width && open_of[i] == kinds_[i].open);
    GWAGEO_CHECK(full[i] == kinds_[i].full);
  }
  GWAGEO_CHECK(idle == idle_gpus_ && open == open_gpus_ && listed == with_idle);
}

}  // namespace gwageo
