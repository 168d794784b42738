// Byte-pair encoding: a word, first divided into characters, grows together pair by pair.
//
// Of all neighbours that have a merge, the pair of lowest rank is joined first, the leftmost of
// equals, until none is left. Source: Sennrich, Haddow and Birch, "Neural Machine Translation of
// Rare Words with Subword Units" (2016), in the order of Hugging Face's tokenizers; SentencePiece's
// variant, which joins where the joined text has the best score, is the same with merges made of
// its scores (`merges_of_scores`).
//
// A heap of candidate pairs over a linked list takes O(n log n) for a word of n characters.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker/vocabulary.h"

namespace gwageo {

/// Texts of tokens, as the merges spell them.
using TokenTexts = std::map<std::string, Token, std::less<>>;

/// Where `left` and `right` stand side by side, they may become `joined`. A value.
struct Merge {
  Token left = 0;
  Token right = 0;
  std::uint32_t rank = 0;
  Token joined = 0;
};

/// All merges of a vocabulary. Immutable once made; safe to read from any thread.
class MergeTable {
 public:
  MergeTable() = default;
  /// Of merges of one pair, the last counts.
  explicit MergeTable(std::vector<Merge> merges);

  const Merge* find(Token left, Token right) const;
  /// What the word of these tokens, its characters, grows together to.
  std::vector<Token> join(std::span<const Token> characters) const;

 private:
  std::vector<Merge> merges_;  // Sorted by left, then right.
};

/// The merges that join two texts of `texts` to a third, the better its score the earlier; equal
/// scores have equal ranks. REQUIRES: scores[token] is a finite number for each of the tokens.
std::vector<Merge> merges_of_scores(const TokenTexts& texts, std::span<const float> scores);

}  // namespace gwageo
