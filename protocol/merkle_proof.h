// Proofs about Merkle trees (RFC 6962 section 2.1): that a leaf is in a tree, and that one tree is
// the beginning of another. Verified by the iterative algorithms of RFC 9162, sections 2.1.3.2 and
// 2.1.4.2; made from whatever knows the roots of complete subtrees. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// The longest proof about a tree whose size is a u64: one hash a level, and one more.
inline constexpr std::size_t proof_hashes_max = 64;

/// A complete subtree: the leaves [index << level, (index + 1) << level). A value.
struct TreeNode {
  unsigned level = 0;
  std::uint64_t index = 0;
  friend auto operator<=>(const TreeNode&, const TreeNode&) = default;
};

/// The root of a complete subtree, from wherever hashes are kept. Its errors are passed on.
using NodeAt = std::function<Result<Digest>(const TreeNode&)>;

/// Nodes of a tree whose leaf hashes are all at hand. `leaves` outlives the answer.
NodeAt nodes_over(std::span<const Digest> leaves);

/// The root over the first `size` leaves; SHA-256 of the empty string for none.
Result<Digest> root_from_nodes(std::uint64_t size, const NodeAt& node_at);

/// The audit path of leaf `index` in the tree of `size` leaves, nearest sibling first.
/// REQUIRES: index < size.
Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                            const NodeAt& node_at);
/// That the tree of `first` leaves is the beginning of the tree of `second`; empty when they are
/// equal. REQUIRES: 0 < first <= second.
Result<std::vector<Digest>> prove_consistency(std::uint64_t first, std::uint64_t second,
                                              const NodeAt& node_at);

/// corrupt, saying what does not fit, unless `proof` leads from the leaf's hash to `root`. All of
/// it may be foreign.
Status check_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                       std::span<const Digest> proof, const Digest& root);
/// corrupt, saying what does not fit, unless `proof` shows that the tree of `first` leaves with
/// `first_root` is the beginning of the one of `second` leaves with `second_root`. The empty tree
/// is the beginning of everything, and a proof of that proves nothing: `first` 0 is refused.
Status check_consistency(std::uint64_t first, std::uint64_t second, const Digest& first_root,
                         const Digest& second_root, std::span<const Digest> proof);

}  // namespace gwageo
