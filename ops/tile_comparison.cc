#include "ops/tile_comparison.h"

#include <algorithm>

#include "coordinator/log_folder.h"
#include "protocol/check.h"

namespace gwageo {

void TileComparison::add(std::string_view entry, const Digest& leaf_hash) {
  if (folder_.empty()) return;
  const Status added = builder_.add(
      entry, leaf_hash,
      [this](const TileName& tile, std::string_view bytes) { return compare(tile, bytes); });
  GWAGEO_CHECK(added.has_value());
}

void TileComparison::finish() {
  for (const auto& [tile, bytes] : builder_.partial()) {
    const Status compared = compare(tile, bytes);
    GWAGEO_CHECK(compared.has_value());
  }
}

Status TileComparison::compare(const TileName& tile, std::string_view bytes) {
  if (tile.is_entries) return {};  // They are where the bytes came from.
  ++compared_;
  const Result<std::string> there = read_published_tile(folder_, tile);
  if (there && *there == bytes) return {};
  const std::size_t same =
      !there ? 0
             : static_cast<std::size_t>(
                   std::mismatch(there->begin(), there->end(), bytes.begin(), bytes.end()).first -
                   there->begin());
  const std::uint64_t hash = tile.index * tile_width + same / sizeof(Digest);
  const std::uint64_t record = hash << (tile_height * tile.level);
  if (tile.level == 0 && there && !first_other_leaf_) first_other_leaf_ = record;
  if (difference_) return {};
  const std::string path = path_of(tile);
  difference_ =
      there ? Disagreement{record, path + ": its hash " + std::to_string(same / sizeof(Digest)) +
                                       " (from 0) is not that of the records from " +
                                       std::to_string(record) + " on"}
            : Disagreement{std::nullopt, there.error().message};
  return {};
}

}  // namespace gwageo
