// Placement: the pool's GPUs as blocks. A block is 1, 2, 4, 8, ... GPUs of one node that lie
// together and are aligned to their number, which is how NVLink domains are wired and what keeps
// free GPUs usable. Knows which blocks are in use, and finds the one whose use leaves the least
// fragments.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace gwageo {

using NodeNumber = std::uint32_t;

/// GPUs [first, first + width) of a node; `width` is a power of two that divides `first`.
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
  NodeNumber join(std::uint32_t gpus, std::uint64_t groups);
  /// The node meets these requirements from now on.
  void regroup(NodeNumber node, std::uint64_t groups);
  /// Whether new work may come to the node: not while it drains, is quarantined, or is gone.
  void open(NodeNumber node, bool is_open);

  void occupy(const Block& block);
  void vacate(const Block& block);

  std::size_t size() const { return nodes_.size(); }
  std::uint32_t gpus(NodeNumber node) const { return nodes_[node].gpus; }
  std::uint64_t groups(NodeNumber node) const { return kinds_[nodes_[node].kind].groups; }
  bool is_open(NodeNumber node) const { return nodes_[node].is_open; }
  /// Whether a GPU of the block is in use. REQUIRES: the block lies on its node.
  bool in_use(const Block& block) const;
  /// No GPU of the block is in use, the node is open, and the block lies on it.
  bool idle(const Block& block) const;
  /// GPUs of open nodes that are in no use.
  std::uint64_t idle_gpus() const { return idle_gpus_; }
  /// GPUs of open nodes.
  std::uint64_t open_gpus() const { return open_gpus_; }
  /// Requirements that some idle GPU of an open node meets.
  std::uint64_t idle_groups() const;
  /// Whether an open node that meets `group` (a bit number) has a block of this width at all.
  bool could_fit(std::uint32_t width, std::uint32_t group) const;

  /// The idle block of `width` GPUs, on an open node that meets `group`, in the smallest idle block
  /// that holds one (best fit); of equal ones that on the node with fewest idle GPUs, then the
  /// lower node. `passes` may refuse nodes and is asked at most `tries` times.
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

  /// Every derived member is computed again and compared.
  void check() const;

  static std::size_t order_of(std::uint32_t width);

 private:
  struct Node {
    std::uint32_t gpus = 0;
    std::uint32_t kind = 0;
    bool is_open = true;
    std::uint64_t used = 0;  // A bit for each GPU.
  };
  // Nodes that meet the same requirements.
  struct Kind {
    std::uint64_t groups = 0;
    std::uint32_t nodes = 0;  // Also those that are closed.
    std::uint64_t idle = 0;
    std::array<std::uint64_t, width_count> open_by_width{};  // Open nodes with so wide a block.
    // Open nodes with an idle GPU, by the order of their largest idle block.
    std::array<std::set<std::pair<std::uint32_t, NodeNumber>>, width_count> by_largest;
  };

  /// The order of the largest idle block, none when every GPU is in use.
  static std::optional<std::size_t> largest_idle(const Node& node);
  std::uint32_t kind_of(std::uint64_t groups);
  Block smallest_within(NodeNumber node, std::uint32_t width) const;
  template <class Change>
  void update(NodeNumber node, Change change);

  std::vector<Node> nodes_;
  std::vector<Kind> kinds_;
  std::uint64_t idle_gpus_ = 0;
  std::uint64_t open_gpus_ = 0;
};

}  // namespace gwageo
