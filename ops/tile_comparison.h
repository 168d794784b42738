// The hash tiles of a published log, compared with what its entries give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ops/held_heads.h"
#include "protocol/transparency/tile.h"

namespace gwageo {

/// Is given every entry in order. One owner, one thread.
class TileComparison {
 public:
  /// `folder` is that of the log; an empty one: there is nothing to compare.
  explicit TileComparison(std::string folder) : folder_(std::move(folder)) {}

  void add(std::string_view entry, const Digest& leaf_hash);
  /// The partial tiles at the end. Call it once, last.
  void finish();

  /// The first tile that is missing or another.
  const std::optional<Disagreement>& difference() const { return difference_; }
  /// The first entry whose own hash in the tiles is another.
  std::optional<std::uint64_t> first_other_leaf() const { return first_other_leaf_; }
  std::uint64_t compared() const { return compared_; }

 private:
  Status compare(const TileName& tile, std::string_view bytes);

  std::string folder_;
  TileBuilder builder_;
  std::optional<Disagreement> difference_;
  std::optional<std::uint64_t> first_other_leaf_;
  std::uint64_t compared_ = 0;
};

}  // namespace gwageo
