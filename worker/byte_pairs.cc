#include "worker/byte_pairs.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

#include "worker/utf8_text.h"

namespace gwageo {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

std::pair<Token, Token> pair_of(const Merge& merge) { return {merge.left, merge.right}; }

struct Symbol {
  Token token = 0;
  std::size_t before = none;
  std::size_t after = none;
  bool gone = false;  // Joined to the one before it.
};

struct Candidate {
  std::uint32_t rank;
  std::size_t place;  // Of the left symbol.
  Token joined;
  // The order in which a heap of greatest elements gives out the lowest rank, leftmost first.
  bool operator<(const Candidate& other) const {
    return std::pair(other.rank, other.place) < std::pair(rank, place);
  }
};

}  // namespace

MergeTable::MergeTable(std::vector<Merge> merges) {
  std::ranges::stable_sort(merges, {}, pair_of);
  for (Merge& merge : merges) {
    if (!merges_.empty() && pair_of(merges_.back()) == pair_of(merge)) {
      merges_.back() = merge;
    } else {
      merges_.push_back(merge);
    }
  }
}

const Merge* MergeTable::find(Token left, Token right) const {
  const auto found = std::ranges::lower_bound(merges_, std::pair(left, right), {}, pair_of);
  return found != merges_.end() && pair_of(*found) == std::pair(left, right) ? &*found : nullptr;
}

std::vector<Token> MergeTable::join(std::span<const Token> characters) const {
  std::vector<Symbol> symbols;
  symbols.reserve(characters.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    symbols.push_back(
        {characters[i], i == 0 ? none : i - 1, i + 1 == characters.size() ? none : i + 1, false});
  }
  std::priority_queue<Candidate> candidates;
  const auto merge_at = [&](std::size_t place) -> const Merge* {
    const std::size_t after = symbols[place].after;
    return after == none ? nullptr : find(symbols[place].token, symbols[after].token);
  };
  const auto propose = [&](std::size_t place) {
    if (const Merge* const merge = merge_at(place)) {
      candidates.push({merge->rank, place, merge->joined});
    }
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) propose(i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.place];
    if (left.gone) continue;
    const Merge* const merge = merge_at(best.place);
    if (merge == nullptr || merge->joined != best.joined) continue;  // Its neighbour has changed.
    Symbol& right = symbols[left.after];
    left.token = best.joined;
    left.after = right.after;
    right.gone = true;
    if (left.after != none) symbols[left.after].before = best.place;
    propose(best.place);
    if (left.before != none) propose(left.before);
  }
  std::vector<Token> tokens;
  for (const Symbol& symbol : symbols) {
    if (!symbol.gone) tokens.push_back(symbol.token);
  }
  return tokens;
}

std::vector<Merge> merges_of_scores(const TokenTexts& texts, std::span<const float> scores) {
  std::vector<float> order;
  for (const auto& [text, token] : texts) order.push_back(scores[token]);
  std::ranges::sort(order, std::greater<>());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::vector<Merge> merges;
  for (const auto& [text, token] : texts) {
    const auto at = std::ranges::lower_bound(order, scores[token], std::greater<>());
    const auto rank = static_cast<std::uint32_t>(at - order.begin());
    const std::string_view whole = text;
    std::size_t cut = whole.empty() ? 0 : character_bytes(whole);
    for (; cut < whole.size(); cut += character_bytes(whole.substr(cut))) {
      const auto left = texts.find(whole.substr(0, cut));
      const auto right = texts.find(whole.substr(cut));
      if (left == texts.end() || right == texts.end()) continue;
      merges.push_back({left->second, right->second, rank, token});
    }
  }
  return merges;
}

}  // namespace gwageo
