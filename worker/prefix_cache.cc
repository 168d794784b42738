#include "worker/prefix_cache.h"

#include <algorithm>
#include <utility>

#include "protocol/check.h"

namespace gwageo {

PrefixCache::Key PrefixCache::key_of(Node parent, std::span<const Token> tokens) {
  GWAGEO_CHECK(tokens.size() == cache_block_positions);
  Key key{parent, {}};
  std::ranges::copy(tokens, key.tokens.begin());
  return key;
}

PrefixCache::Found PrefixCache::find(Node parent, std::span<const Token> tokens) {
  const auto found = entries_.find(key_of(parent, tokens));
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  used_.splice(used_.begin(), used_, entry.used);
  return {entry.node, entry.block ? &entry.block : nullptr};
}

PrefixCache::Node PrefixCache::announce(Node parent, std::span<const Token> tokens) {
  const auto [at, is_new] = entries_.emplace(key_of(parent, tokens), Entry{});
  GWAGEO_CHECK(is_new);
  used_.push_front(&at->first);
  at->second.node = next_++;
  at->second.used = used_.begin();
  announced_.emplace(at->second.node, &at->second);
  return at->second.node;
}

void PrefixCache::supply(Node node, CacheBlock block) {
  const auto found = announced_.find(node);
  GWAGEO_CHECK(found != announced_.end());
  found->second->block = std::move(block);
  announced_.erase(found);
}

void PrefixCache::trim() {
  GWAGEO_CHECK(announced_.empty());
  while (entries_.size() > blocks_max_) {
    const auto oldest = entries_.find(*used_.back());
    used_.pop_back();
    entries_.erase(oldest);
  }
}

}  // namespace gwageo
