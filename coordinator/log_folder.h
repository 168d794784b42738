// The published log: a folder of plain files that any static server can offer, and that verifiers
// which others wrote can read (c2sp.org/tlog-tiles).
//
//   DIR/checkpoint    the newest signed head that was published, with its cosignatures
//   DIR/tile/...      hashes and entries (protocol/transparency/tile.h)
//   DIR/statements/   what people signed for the records (log_statements.h)
//
// Tiles and statements are on stable storage before the checkpoint that needs them. Full
// tiles are written once. A partial one stays until the full one is there and a checkpoint that has
// it is out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/altered_files.h"
#include "coordinator/durable_file.h"
#include "coordinator/log_statements.h"
#include "coordinator/store.h"
#include "protocol/transparency/checkpoint.h"
#include "protocol/transparency/tile.h"

namespace gwageo {

/// A writer of it. One owner, one thread at a time.
class LogFolder {
 public:
  /// Whether all that lies there is read and compared with its checkpoint, or the ends alone.
  enum class Look { at_ends, at_all };

  /// A tile and what it has to be. A value.
  struct TileFile {
    TileName tile;
    std::string bytes;
  };

  /// Goes on with the log in `path`, which is a folder, if its checkpoint is by `key` and all of
  /// its tiles are there. Else it begins anew, and `extend` writes what is missing or different.
  /// Who looks at all begins anew where any of it was altered, too, but for partial tiles of
  /// smaller checkpoints, which follow from those of the newest one; and `extend` sets aside what
  /// it writes anew.
  static LogFolder open(std::string path, const NoteKey& key, Look look = Look::at_ends);

  /// Writes the tiles of the first `size` records of `store`, durably, and of the statements of
  /// these records those that are in `store`. corrupt: a record is missing.
  Status extend(const Store& store, std::uint64_t size);
  /// The root that the tiles of the first `size` records would have, if `store` gives those that
  /// are not in tiles yet. Nothing is written. REQUIRES: size >= this->size(). corrupt: a record is
  /// missing.
  Result<Digest> root_with(const Store& store, std::uint64_t size) const;
  /// Puts a signed note in place as the checkpoint. corrupt, and nothing is written, unless its
  /// size and root are those of the tiles.
  Status publish(std::string_view note);

  /// Records in tiles so far.
  std::uint64_t size() const { return builder_.size(); }
  const std::string& path() const { return path_; }
  /// As far as `extend` looked.
  const LogStatements& statements() const { return statements_; }
  /// Whether `extend` writes all of it.
  bool begins_anew() const { return is_doubtful_; }
  /// What was set aside. REQUIRES: all was looked at.
  const AlteredFiles& altered() const { return *altered_; }

 private:
  explicit LogFolder(std::string path)
      : path_(std::move(path)), files_(path_), statements_(path_) {}
  Status resume(const NoteKey& key);
  Status look_at_all(const Checkpoint& head);
  TileBuilder::Full keep();
  /// Puts a tile, unless it is there already.
  Status put(const TileName& tile, std::string_view bytes);
  /// Sets aside and writes anew. REQUIRES: they are kept.
  Status mend(const std::vector<TileFile>& beginnings);
  Status flush(std::size_t at_least);

  std::string path_;
  std::optional<AlteredFiles> altered_;  ///< Nothing: they are not kept.
  /// Tiles may be there that nobody vouches for: each is compared before it is written.
  bool is_doubtful_ = true;
  std::vector<TileFile> to_mend_;  ///< Partial tiles of smaller checkpoints that were altered.
  FileBatch files_;
  std::vector<std::string> outdated_;  ///< Folders of partial tiles that go with a checkpoint.
  TileBuilder builder_;
  LogStatements statements_;
};

/// Reads a published log. `path` is its folder. A partial tile that is gone is cut from the full
/// one that came after it.
Result<std::string> read_published_tile(const std::string& path, const TileName& tile);
/// The note that is published in `path`. not_found when there is none.
Result<std::string> read_published_checkpoint(const std::string& path);

}  // namespace gwageo
