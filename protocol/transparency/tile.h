// Tiles (c2sp.org/tlog-tiles): a log as plain files that any static server can offer. Pure: bytes
// and names; where they lie is somebody else's business.
//
//   tile/<L>/<N>[.p/<W>]        256 (W) hashes, 32 bytes each: of the complete subtrees of 256^L
//                               leaves each, from number 256 N on
//   tile/entries/<N>[.p/<W>]    the 256 (W) entries from 256 N on: a big-endian u16 length, bytes
//
// N is written in groups of three digits, all but the last with an x before it: x001/x234/067.
// Level 0 hashes leaves; a hash at level L + 1 is the root of a whole tile at level L.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/digest.h"
#include "protocol/merkle_proof.h"
#include "protocol/result.h"

namespace gwageo {

inline constexpr unsigned tile_height = 8;
inline constexpr std::uint64_t tile_width = 256;
inline constexpr std::size_t entry_bytes_max = 65535;
inline constexpr std::size_t bundle_bytes_max = tile_width * (2 + entry_bytes_max);

/// The name of a tile. A value.
struct TileName {
  bool is_entries = false;
  unsigned level = 0;  ///< Of hashes; 0 of entries.
  std::uint64_t index = 0;
  std::uint64_t width = tile_width;  ///< 1 to 256; less: a partial one.

  bool is_partial() const { return width < tile_width; }
  friend auto operator<=>(const TileName&, const TileName&) = default;
};

/// "tile/..."; with `is_partial()` the folder of its partial tiles is `partial_folder`.
std::string path_of(const TileName& tile);
/// "tile/0/x001/234.p", where the partial tiles of a place lie.
std::string partial_folder(const TileName& tile);
/// bad_input unless `path` is what `path_of` gives for some tile.
Result<TileName> parse_tile_path(std::string_view path);

/// How many hashes there are at `level` in a log of `size` entries, whole and partial tiles
/// together.
std::uint64_t hashes_at(unsigned level, std::uint64_t size);
/// The tile `index` at `level` as a log of `size` entries has it. REQUIRES: it has one.
TileName tile_at(unsigned level, std::uint64_t index, std::uint64_t size);
/// Every tile, hashes and entries, that a log of `size` entries has and one of `from` had not.
std::vector<TileName> tiles_between(std::uint64_t from, std::uint64_t size);

/// The hashes of a tile. corrupt, naming it, unless it has exactly `tile.width` of them.
Result<std::vector<Digest>> decode_hashes(const TileName& tile, std::string_view bytes);
/// The entries of a bundle, as views into `bytes`. corrupt, naming it, unless it has exactly
/// `tile.width` of them and nothing after.
Result<std::vector<std::string_view>> decode_entries(const TileName& tile, std::string_view bytes);
/// Appends one entry to a bundle. REQUIRES: it has at most entry_bytes_max.
void append_entry(std::string& bundle, std::string_view entry);

/// Gives the bytes of a tile. Its errors are passed on.
using ReadTile = std::function<Result<std::string>(const TileName&)>;

/// The nodes of a log of `size` entries, read from its hash tiles, of which the last few are kept.
/// The hashes are believed: what is made of them has to be compared with a signed root.
NodeAt nodes_from_tiles(std::uint64_t size, ReadTile read);

/// Makes the tiles of a growing log. A value.
class TileBuilder {
 public:
  /// Is given each tile once it is full. An error of it is returned by `add`.
  using Full = std::function<Status(const TileName&, std::string_view bytes)>;

  /// Goes on where a log of `size` entries stopped. corrupt when its partial tiles do not fit.
  static Result<TileBuilder> resume(std::uint64_t size, const ReadTile& read);

  /// The next entry, with its leaf hash. REQUIRES: it has at most entry_bytes_max.
  Status add(std::string_view entry, const Digest& leaf_hash, const Full& full);
  /// The partial tiles as they are now.
  std::vector<std::pair<TileName, std::string>> partial() const;

  std::uint64_t size() const { return size_; }
  /// The root over all entries so far.
  Digest root() const;

 private:
  Status add_hash(unsigned level, const Digest& hash, const Full& full);

  std::uint64_t size_ = 0;
  std::string bundle_;
  std::vector<std::vector<Digest>> levels_;  ///< The partial tile of each.
};

}  // namespace gwageo
