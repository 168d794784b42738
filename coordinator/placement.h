// Placement: the pool's GPUs as blocks. A block is 1, 2, 4, 8, ... GPUs that lie together and are
// aligned to their number, which is how NVLink domains are wired and what keeps free GPUs usable: a
// part of one node, or whole nodes of one domain. Knows which blocks are in use, and finds the one
// whose use leaves the least fragments.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace gwageo {

using NodeNumber = std::uint32_t;

/// GPUs [first, first + width) of a node; `width` is a power of two that divides `first`. One that
/// is wider than the node has `first` 0 and goes on over the nodes that follow in the domain.
struct Block {
  NodeNumber node = 0;
  std::uint32_t first = 0;
  std::uint32_t width = 1;
  friend bool operator==(const Block&, const Block&) = default;
};

/// A value; one thread. A CPU slot counts as one GPU.
class Placement {
 public:
  static constexpr std::uint32_t width_max = 64;
  static constexpr std::size_t width_count = 7;  // 1, 2, 4, ..., 64.

  /// A node with 1 to 64 GPUs that can run what needs any of `groups`: a bit for each kind of
  /// requirement. Numbers ascend and are never used again.
  NodeNumber join(std::uint32_t gpus, std::uint64_t groups) { return join(1, gpus, groups); }
  /// Nodes that one block may span, with numbers that follow each other; the first is returned.
  /// REQUIRES: `gpus` is a power of two unless `nodes` is 1, and all of them have at most 64.
  NodeNumber join(std::uint32_t nodes, std::uint32_t gpus, std::uint64_t groups);
  /// The node, with all of its domain, meets these requirements from now on.
  void regroup(NodeNumber node, std::uint64_t groups);
  /// Whether new work may come to the node: not while it drains, is quarantined, or is gone.
  void open(NodeNumber node, bool is_open);
  /// These GPUs of the node (a bit for each) are out of order from now on, and no others: no block
  /// that holds one is open or idle.
  void set_faulty(NodeNumber node, std::uint64_t gpus);

  void occupy(const Block& block);
  void vacate(const Block& block);

  std::size_t size() const { return nodes_.size(); }
  std::uint32_t gpus(NodeNumber node) const { return nodes_[node].gpus; }
  std::uint64_t groups(NodeNumber node) const { return kinds_[nodes_[node].kind].groups; }
  bool is_open(NodeNumber node) const { return nodes_[node].is_open; }
  std::uint64_t faulty(NodeNumber node) const { return nodes_[node].faulty; }
  /// A GPU of the block is out of order. REQUIRES: there is such a block.
  bool is_faulty(const Block& block) const;
  /// Every node of the block is open, and none of its GPUs out of order.
  bool is_open(const Block& block) const;
  /// Nodes that the block lies on.
  std::uint32_t span(const Block& block) const {
    const std::uint32_t gpus = nodes_[block.node].gpus;
    return block.width <= gpus ? 1 : block.width / gpus;
  }
  /// Calls `visit` with the block's part on each of its nodes.
  template <class Visit>
  void for_each_part(const Block& block, const Visit& visit) const {
    const std::uint32_t nodes = span(block);
    if (nodes == 1) return visit(block);
    for (std::uint32_t i = 0; i < nodes; ++i) {
      visit(Block{block.node + i, 0, block.width / nodes});
    }
  }
  /// Whether there is such a block: its GPUs are there, lie together and are aligned.
  bool lies(const Block& block) const;
  /// The block of this width that holds the GPU, if there is one.
  std::optional<Block> around(NodeNumber node, std::uint32_t gpu, std::uint32_t width) const;
  /// Calls `visit` with each block of this width that begins on the node.
  template <class Visit>
  void for_each_block(NodeNumber node, std::uint32_t width, const Visit& visit) const {
    for (std::uint32_t first = 0; lies({node, first, width}); first += width) {
      visit(Block{node, first, width});
    }
  }
  /// Blocks of this width that begin on the node and hold no GPU that is out of order.
  std::uint32_t sound_blocks(NodeNumber node, std::uint32_t width) const;
  /// A GPU of the block is in use. REQUIRES: there is such a block.
  bool in_use(const Block& block) const;
  /// There is such a block, on open nodes, and no GPU of it is in use.
  bool idle(const Block& block) const;
  /// GPUs of open nodes that are in no use and not out of order.
  std::uint64_t idle_gpus() const { return idle_gpus_; }
  /// GPUs of open nodes that are not out of order.
  std::uint64_t open_gpus() const { return open_gpus_; }
  /// Requirements that some idle GPU of an open node meets.
  std::uint64_t idle_groups() const;
  /// Whether open nodes that meet `group` (a bit number) have a block of this width at all.
  bool could_fit(std::uint32_t width, std::uint32_t group) const;
  /// Of `open_gpus`, those of nodes that meet the requirement.
  std::uint64_t open_gpus_of(std::uint32_t group) const;

  /// The idle block of `width` GPUs, on open nodes that meet `group`, in the smallest idle block
  /// that holds one (best fit); of equal ones that on the node with fewest idle GPUs, then the
  /// lower node. `passes` may refuse blocks and is asked at most `tries` times. Not on nodes that
  /// are full: there may be thousands.
  template <class Passes>
  std::optional<Block> best_fit(std::uint32_t width, std::uint32_t group, const Passes& passes,
                                int tries) const {
    for (std::size_t size = order_of(width); size < width_count; ++size) {
      for (const Kind& kind : kinds_) {
        if ((kind.groups >> group & 1) == 0) continue;
        for (const auto& [idle, node] : kind.by_largest[size]) {
          const Block block = smallest_within(node, width);
          if (passes(block)) return block;
          if (--tries == 0) return std::nullopt;
        }
      }
    }
    return std::nullopt;
  }

  /// Calls `visit` with each open node that meets `group` and has idle GPUs, in order.
  template <class Visit>
  void for_each_with_idle(std::uint32_t group, const Visit& visit) const {
    for (std::size_t i = 0; i < with_idle_.size(); ++i) {
      for (std::uint64_t bits = with_idle_[i]; bits != 0; bits &= bits - 1) {
        const auto node = static_cast<NodeNumber>(i * 64 + std::countr_zero(bits));
        if ((groups(node) >> group & 1) != 0) visit(node);
      }
    }
  }

  /// Nothing is to be put on the node (true), though GPUs idle there; or again (false).
  void set_full(NodeNumber node, bool is_full);
  bool is_full(NodeNumber node) const { return nodes_[node].is_full; }
  /// Whether a full node has such a block.
  bool fits_on_full(std::uint32_t width, std::uint32_t group) const;

  /// Every derived member is computed again and compared.
  void check() const;

  static std::size_t order_of(std::uint32_t width);

 private:
  static constexpr std::uint8_t nothing = 255;  // No order.
  struct Node {
    std::uint32_t gpus = 0;
    std::uint32_t kind = 0;
    NodeNumber domain = 0;  // The first node of its domain, and how many there are.
    std::uint32_t domain_nodes = 1;
    bool is_open = false;
    bool is_full = false;
    std::uint64_t used = 0;    // A bit for each GPU.
    std::uint64_t faulty = 0;  // The same.
    // Derived, and counted in its kind: the order of the largest idle block in the node or around
    // it, of the largest open block, and its idle and open GPUs. Of a closed node there are none.
    std::uint8_t idle_order = nothing;
    std::uint8_t open_order = nothing;
    std::uint32_t idle = 0;
    std::uint32_t open = 0;
  };
  // Nodes that meet the same requirements.
  struct Kind {
    std::uint64_t groups = 0;
    std::uint32_t nodes = 0;  // Also those that are closed.
    std::uint64_t idle = 0;
    std::uint64_t open = 0;
    std::array<std::uint64_t, width_count> open_by_width{};  // Nodes in so wide an open block.
    // Nodes by `idle_order`, then idle GPUs; of those that are full, how many.
    std::array<std::set<std::pair<std::uint32_t, NodeNumber>>, width_count> by_largest;
    std::array<std::uint32_t, width_count> full{};
  };

  static std::uint8_t largest_idle(std::uint64_t idle);
  /// GPUs of an open node without these.
  static std::uint32_t left_of(const Node& node, std::uint64_t without);
  /// The order of the largest block of whole nodes around this one, all of which are `whole`; at
  /// least that of the node.
  template <class Whole>
  std::uint8_t order_around(NodeNumber number, const Whole& whole) const;
  std::uint8_t idle_order_of(NodeNumber number) const;
  std::uint8_t open_order_of(NodeNumber number) const;
  std::uint32_t kind_of(std::uint64_t groups);
  Block smallest_within(NodeNumber node, std::uint32_t width) const;
  /// Changes the node, and counts anew what follows from it.
  template <class Change>
  void update(NodeNumber node, Change change);
  void count(NodeNumber number);
  void list(NodeNumber number, bool is_listed);

  std::vector<Node> nodes_;
  std::vector<Kind> kinds_;
  std::vector<std::uint64_t> with_idle_;  // A bit for each node, which has idle GPUs.
  std::uint64_t idle_gpus_ = 0;
  std::uint64_t open_gpus_ = 0;
};

}  // namespace gwageo
