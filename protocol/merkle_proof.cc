#include "protocol/merkle_proof.h"

#include <bit>

#include "protocol/check.h"

namespace gwageo {
namespace {

/// A run of leaves that is a node of the tree: the whole, or one half of another.
struct Subtree {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
  /// RFC 6962: the largest power of two that is smaller than the size. REQUIRES: size() > 1.
  std::uint64_t middle() const { return begin + std::bit_floor(size() - 1); }
};

Result<Digest> root_of(const Subtree& subtree, const NodeAt& node_at) {
  if (std::has_single_bit(subtree.size())) {
    const auto level = static_cast<unsigned>(std::countr_zero(subtree.size()));
    return node_at({level, subtree.begin >> level});
  }
  GWAGEO_ASSIGN(left, root_of({subtree.begin, subtree.middle()}, node_at));
  GWAGEO_ASSIGN(right, root_of({subtree.middle(), subtree.end}, node_at));
  return merkle_node(left, right);
}

Result<std::vector<Digest>> roots_of(const std::vector<Subtree>& upwards, const NodeAt& node_at) {
  std::vector<Digest> roots;
  for (const Subtree& subtree : upwards) {
    GWAGEO_ASSIGN(root, root_of(subtree, node_at));
    roots.push_back(root);
  }
  return roots;
}

tl::unexpected<Error> refuse_proof(const std::string& what) {
  return fail(ErrorKind::corrupt, what);
}

std::string count(std::size_t hashes) {
  return std::to_string(hashes) + (hashes == 1 ? " hash" : " hashes");
}

}  // namespace

NodeAt nodes_over(std::span<const Digest> leaves) {
  return [leaves](const TreeNode& node) -> Result<Digest> {
    const std::uint64_t size = std::uint64_t{1} << node.level;
    const std::uint64_t begin = node.index << node.level;
    GWAGEO_CHECK(begin + size <= leaves.size());
    MerkleFrontier tree;
    for (const Digest& leaf : leaves.subspan(begin, size)) tree.add(leaf);
    return tree.root();
  };
}

Result<Digest> root_from_nodes(std::uint64_t size, const NodeAt& node_at) {
  if (size == 0) return sha256({});
  return root_of({0, size}, node_at);
}

Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                            const NodeAt& node_at) {
  GWAGEO_CHECK(index < size);
  std::vector<Subtree> siblings;  // From the root downwards.
  Subtree at{0, size};
  while (at.size() > 1) {
    const Subtree left{at.begin, at.middle()};
    const Subtree right{at.middle(), at.end};
    siblings.push_back(index < left.end ? right : left);
    at = index < left.end ? left : right;
  }
  return roots_of({siblings.rbegin(), siblings.rend()}, node_at);
}

Result<std::vector<Digest>> prove_consistency(std::uint64_t first, std::uint64_t second,
                                              const NodeAt& node_at) {
  GWAGEO_CHECK(first > 0);
  GWAGEO_CHECK(first <= second);
  std::vector<Subtree> parts;  // From the root downwards.
  Subtree at{0, second};
  while (first < at.end) {
    const Subtree left{at.begin, at.middle()};
    const Subtree right{at.middle(), at.end};
    parts.push_back(first <= left.end ? right : left);
    at = first <= left.end ? left : right;
  }
  // Who checks knows the root of the first tree, so it is left out where it is a node by itself.
  if (at.begin > 0) parts.push_back(at);
  return roots_of({parts.rbegin(), parts.rend()}, node_at);
}

Status check_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                       std::span<const Digest> proof, const Digest& root) {
  if (index >= size) {
    return refuse_proof("inclusion: there is no leaf " + std::to_string(index) + " in a tree of " +
                        std::to_string(size));
  }
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (last == 0) return refuse_proof("inclusion: " + count(proof.size()) + " are too many");
    if ((node & 1) != 0 || node == last) {
      hash = merkle_node(sibling, hash);
      // The last of an odd row has no sibling: up to where it is a right child.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = merkle_node(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return refuse_proof("inclusion: " + count(proof.size()) + " are too few");
  if (hash == root) return {};
  return refuse_proof("inclusion: leaf " + std::to_string(index) + " of " + std::to_string(size) +
                      " leads to root " + to_hex(hash) + ", not " + to_hex(root));
}

Status check_consistency(std::uint64_t first, std::uint64_t second, const Digest& first_root,
                         const Digest& second_root, std::span<const Digest> proof) {
  const std::string which =
      "consistency of " + std::to_string(first) + " with " + std::to_string(second) + ": ";
  if (first > second) return refuse_proof(which + "the first is the larger one");
  if (first == 0) return refuse_proof(which + "an empty tree is consistent with everything");
  if (first == second) {
    if (!proof.empty()) return refuse_proof(which + "equal sizes need no proof");
    if (first_root == second_root) return {};
    return refuse_proof(which + "two roots of one size, " + to_hex(first_root) + " and " +
                        to_hex(second_root));
  }
  if (proof.empty()) return refuse_proof(which + "the proof is empty");
  std::uint64_t node = first - 1;
  std::uint64_t last = second - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  // A first tree that is complete is a node of the second: its root is where the proof begins.
  const bool is_node = std::has_single_bit(first);
  Digest first_hash = is_node ? first_root : proof.front();
  Digest second_hash = first_hash;
  for (const Digest& hash : proof.subspan(is_node ? 0 : 1)) {
    if (last == 0) return refuse_proof(which + count(proof.size()) + " are too many");
    if ((node & 1) != 0 || node == last) {
      first_hash = merkle_node(hash, first_hash);
      second_hash = merkle_node(hash, second_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      second_hash = merkle_node(second_hash, hash);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return refuse_proof(which + count(proof.size()) + " are too few");
  if (first_hash != first_root) {
    return refuse_proof(which + "the first root is " + to_hex(first_root) + ", the proof is of " +
                        to_hex(first_hash));
  }
  if (second_hash == second_root) return {};
  return refuse_proof(which + "the second root is " + to_hex(second_root) + ", the proof is of " +
                      to_hex(second_hash));
}

}  // namespace gwageo
