// PrefixCache: what sequences that begin alike need not compute again.
//
// The choices of one question share its text, and the questions of a task share their examples.
// Keys and values of a position depend only on the tokens up to it, so a complete block of a cache
// can be read by every sequence that begins with the same tokens, with the same bits as its own
// would have.
//
// Blocks form a tree: a block is named by the one before it and its own sixteen tokens, compared in
// full (no hash decides). The least recently used are forgotten beyond a bound; a sequence that
// still reads a block keeps it alive.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <vector>

#include "worker/llama.h"

namespace gwageo {

/// One owner, one thread. The sequence of calls decides its content.
class PrefixCache {
 public:
  /// Names a block of the tree; never reused. 0 is the empty prefix.
  using Node = std::uint64_t;

  /// Keeps at most `blocks_max` blocks.
  explicit PrefixCache(std::size_t blocks_max) : blocks_max_(blocks_max) {}

  struct Found {
    Node node = 0;                      ///< 0 when the tree has no such block.
    const CacheBlock* block = nullptr;  ///< nullptr while it is announced but not yet there.
  };
  /// The block that continues `parent` with these tokens. REQUIRES: sixteen tokens.
  Found find(Node parent, std::span<const Token> tokens);
  /// Announces that someone now computes the block. REQUIRES: `find` does not find it.
  Node announce(Node parent, std::span<const Token> tokens);
  /// Supplies an announced block, complete.
  void supply(Node node, CacheBlock block);
  /// Forgets what lies beyond the bound. REQUIRES: every announced block was supplied.
  void trim();

  std::size_t blocks() const { return entries_.size(); }

 private:
  struct Key {
    Node parent = 0;
    std::array<Token, cache_block_positions> tokens{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Entry {
    Node node = 0;
    CacheBlock block;
    std::list<const Key*>::iterator used;
  };
  static Key key_of(Node parent, std::span<const Token> tokens);

  std::size_t blocks_max_;
  Node next_ = 1;
  std::map<Key, Entry> entries_;
  std::map<Node, Entry*> announced_;
  std::list<const Key*> used_;  // Most recently used first.
};

}  // namespace gwageo
