#include "protocol/transparency/tile.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "protocol/check.h"
#include "protocol/transparency/lines.h"

namespace gwageo {
namespace {

constexpr unsigned levels_max = 8;  ///< 256^8 leaves is all that a u64 counts.
constexpr std::size_t tiles_kept = 64;

/// "x001/x234/067".
std::string index_path(std::uint64_t index) {
  std::string path;
  for (bool is_last = true; is_last || index > 0; is_last = false, index /= 1000) {
    std::string digits = std::to_string(index % 1000);
    digits.insert(0, 3 - digits.size(), '0');
    path = is_last ? digits : "x" + digits + "/" + path;
  }
  return path;
}

std::string whole_path(const TileName& tile) {
  const std::string kind = tile.is_entries ? "entries" : std::to_string(tile.level);
  return "tile/" + kind + "/" + index_path(tile.index);
}

tl::unexpected<Error> refuse_tile(const TileName& tile, const std::string& why) {
  return fail(ErrorKind::corrupt, path_of(tile) + ": " + why);
}

std::string_view view_of_hashes(const std::vector<Digest>& hashes) {
  return {reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(Digest)};
}

}  // namespace

static_assert(sizeof(Digest) == 32, "a tile is an array of digests");

std::string partial_folder(const TileName& tile) { return whole_path(tile) + ".p"; }

std::string path_of(const TileName& tile) {
  if (!tile.is_partial()) return whole_path(tile);
  return partial_folder(tile) + "/" + std::to_string(tile.width);
}

Result<TileName> parse_tile_path(std::string_view path) {
  const auto bad = [path] {
    return fail(ErrorKind::bad_input,
                "\"" + std::string(path.substr(0, 256)) + "\" is no path of a tile");
  };
  constexpr std::string_view prefix = "tile/";
  if (!path.starts_with(prefix) || path.size() > 64) return bad();
  std::string_view rest = path.substr(prefix.size());
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos) return bad();
  const std::string_view kind = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  TileName tile;
  tile.is_entries = kind == "entries";
  const auto level = tile.is_entries ? 0 : parse_decimal(kind);
  if (!level || *level > 63) return bad();
  tile.level = static_cast<unsigned>(*level);
  if (const std::size_t partial = rest.find(".p/"); partial != rest.npos) {
    const auto width = parse_decimal(rest.substr(partial + 3));
    if (!width || *width < 1 || *width >= tile_width) return bad();
    tile.width = *width;
    rest = rest.substr(0, partial);
  }
  for (const char c : rest) {
    if (c == 'x' || c == '/') continue;
    if (c < '0' || c > '9' || tile.index > (~std::uint64_t{0} - 9) / 10) return bad();
    tile.index = tile.index * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (path_of(tile) != path) return bad();
  return tile;
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  return level >= levels_max ? 0 : size >> (tile_height * level);
}

TileName tile_at(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = hashes_at(level, size);
  GWAGEO_CHECK(hashes > 0);
  GWAGEO_CHECK(index <= (hashes - 1) / tile_width);
  return {false, level, index, std::min(tile_width, hashes - index * tile_width)};
}

std::vector<TileName> tiles_between(std::uint64_t from, std::uint64_t size) {
  std::vector<TileName> tiles;
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    const std::uint64_t had = hashes_at(level, from);
    const std::uint64_t has = hashes_at(level, size);
    if (had == has) continue;
    for (std::uint64_t index = had / tile_width; index * tile_width < has; ++index) {
      TileName tile = tile_at(level, index, size);
      tiles.push_back(tile);
      if (level > 0) continue;
      tile.is_entries = true;
      tiles.push_back(tile);
    }
  }
  return tiles;
}

Result<std::vector<Digest>> decode_hashes(const TileName& tile, std::string_view bytes) {
  if (bytes.size() != tile.width * sizeof(Digest)) {
    return refuse_tile(tile, "has " + std::to_string(bytes.size()) + " bytes, not " +
                                 std::to_string(tile.width) + " hashes");
  }
  std::vector<Digest> hashes(tile.width);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hashes.data()));
  return hashes;
}

Result<std::vector<std::string_view>> decode_entries(const TileName& tile, std::string_view bytes) {
  std::vector<std::string_view> entries;
  while (!bytes.empty()) {
    if (entries.size() == tile.width) return refuse_tile(tile, "goes on after its last entry");
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const std::size_t length = bytes.size() < 2 ? bytes.size() : byte(0) * 256u + byte(1);
    if (bytes.size() < 2 + length) {
      return refuse_tile(tile, "entry " + std::to_string(tile.index * tile_width + entries.size()) +
                                   " is longer than what is left of it");
    }
    entries.push_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  if (entries.size() == tile.width) return entries;
  return refuse_tile(tile, "has " + std::to_string(entries.size()) + " entries, not " +
                               std::to_string(tile.width));
}

void append_entry(std::string& bundle, std::string_view entry) {
  GWAGEO_CHECK(entry.size() <= entry_bytes_max);
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size());
  bundle += entry;
}

NodeAt nodes_from_tiles(std::uint64_t size, ReadTile read) {
  auto kept = std::map<TileName, std::vector<Digest>>();
  return [size, read = std::move(read),
          kept = std::move(kept)](const TreeNode& node) mutable -> Result<Digest> {
    // The tile whose hashes are the nearest below the node, and the run of them under it.
    const unsigned level = node.level / tile_height;
    const unsigned above = node.level % tile_height;
    const std::uint64_t first = node.index << above;
    const std::uint64_t count = std::uint64_t{1} << above;
    const TileName tile = tile_at(level, first / tile_width, size);
    auto found = kept.find(tile);
    if (found == kept.end()) {
      GWAGEO_ASSIGN(bytes, read(tile));
      GWAGEO_ASSIGN(hashes, decode_hashes(tile, bytes));
      if (kept.size() == tiles_kept) kept.clear();
      found = kept.emplace(tile, std::move(hashes)).first;
    }
    const std::uint64_t at = first % tile_width;
    GWAGEO_CHECK(at + count <= found->second.size());
    return nodes_over(std::span<const Digest>(found->second).subspan(at, count))({above, 0});
  };
}

// ---- TileBuilder ----

Result<TileBuilder> TileBuilder::resume(std::uint64_t size, const ReadTile& read) {
  TileBuilder builder;
  builder.size_ = size;
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    builder.levels_.emplace_back();
    const std::uint64_t hashes = hashes_at(level, size);
    if (hashes % tile_width == 0) continue;
    TileName tile = tile_at(level, hashes / tile_width, size);
    GWAGEO_ASSIGN(bytes, read(tile));
    GWAGEO_ASSIGN(decoded, decode_hashes(tile, bytes));
    builder.levels_.back() = std::move(decoded);
    if (level > 0) continue;
    tile.is_entries = true;
    GWAGEO_ASSIGN(bundle, read(tile));
    GWAGEO_ASSIGN(entries, decode_entries(tile, bundle));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (merkle_leaf(entries[i]) != builder.levels_[0][i]) {
        return refuse_tile(tile, "does not have the leaf hashes of " +
                                     path_of({false, 0, tile.index, tile.width}));
      }
    }
    builder.bundle_ = std::move(bundle);
  }
  return builder;
}

Status TileBuilder::add(std::string_view entry, const Digest& leaf_hash, const Full& full) {
  append_entry(bundle_, entry);
  ++size_;
  if (size_ % tile_width == 0) {
    GWAGEO_TRY(full({true, 0, size_ / tile_width - 1, tile_width}, bundle_));
    bundle_.clear();
  }
  return add_hash(0, leaf_hash, full);
}

Status TileBuilder::add_hash(unsigned level, const Digest& hash, const Full& full) {
  if (levels_.size() == level) levels_.emplace_back();
  std::vector<Digest>& tile = levels_[level];
  tile.push_back(hash);
  if (tile.size() < tile_width) return {};
  const std::uint64_t index = (size_ >> (tile_height * (level + 1))) - 1;
  GWAGEO_TRY(full({false, level, index, tile_width}, view_of_hashes(tile)));
  const Digest root = merkle_root(tile);
  tile.clear();
  return add_hash(level + 1, root, full);
}

std::vector<std::pair<TileName, std::string>> TileBuilder::partial() const {
  std::vector<std::pair<TileName, std::string>> tiles;
  for (unsigned level = 0; level < levels_.size(); ++level) {
    const std::vector<Digest>& hashes = levels_[level];
    if (hashes.empty()) continue;
    const TileName tile{false, level, size_ >> (tile_height * (level + 1)), hashes.size()};
    tiles.emplace_back(tile, view_of_hashes(hashes));
    if (level == 0) tiles.emplace_back(TileName{true, 0, tile.index, tile.width}, bundle_);
  }
  return tiles;
}

Digest TileBuilder::root() const {
  // From the leaves upwards: what is partial below stands to the right of the tile's own hashes.
  std::optional<Digest> right;
  for (const std::vector<Digest>& hashes : levels_) {
    if (hashes.empty()) continue;
    MerkleFrontier tile;
    for (const Digest& hash : hashes) tile.add(hash);
    right = right ? tile.root_with(*right) : tile.root();
  }
  return right ? *right : sha256({});
}

}  // namespace gwageo
