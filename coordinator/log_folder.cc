#include "coordinator/log_folder.h"

#include <algorithm>
#include <filesystem>

#include "coordinator/keys.h"
#include "protocol/check.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

static_assert(limits::record_bytes_max <= entry_bytes_max, "every record is an entry");

/// Files that are written before they are synced together.
constexpr std::size_t files_of_sync = 64;

/// Whether a tile is there and has about the right size.
bool has_tile(const std::string& path, const TileName& tile) {
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(path + "/" + path_of(tile), error);
  if (error) return false;
  return tile.is_entries ? bytes >= 2 * tile.width : bytes == tile.width * sizeof(Digest);
}

/// The same of every tile of a log of `size` entries. Ends with the first that is missing, for the
/// size may be anything.
bool has_tiles(const std::string& path, std::uint64_t size) {
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    const std::uint64_t last = (hashes_at(level, size) - 1) / tile_width;
    for (std::uint64_t index = 0; index <= last; ++index) {
      TileName tile = tile_at(level, index, size);
      if (!has_tile(path, tile)) return false;
      tile.is_entries = true;
      if (level == 0 && !has_tile(path, tile)) return false;
    }
  }
  return true;
}

/// The first `width` hashes or entries of a tile.
Result<std::string> beginning_of(const TileName& tile, std::string_view bytes,
                                 std::uint64_t width) {
  if (!tile.is_entries) return std::string(bytes.substr(0, width * sizeof(Digest)));
  GWAGEO_ASSIGN(entries, decode_entries(tile, bytes));
  std::string cut;
  for (std::uint64_t i = 0; i < width; ++i) append_entry(cut, entries[i]);
  return cut;
}

/// What lies there of smaller checkpoints in the place of `tile`, and is not its beginning.
std::vector<LogFolder::TileFile> altered_beginnings(const std::string& path, const TileName& tile,
                                                    std::string_view bytes) {
  std::vector<LogFolder::TileFile> altered;
  const std::string folder = partial_folder(tile);
  std::error_code error;
  for (fs::directory_iterator entry(path + "/" + folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const Result<TileName> name = parse_tile_path(folder + "/" + entry->path().filename().string());
    if (!name || name->width >= tile.width) continue;
    Result<std::string> wanted = beginning_of(tile, bytes, name->width);
    if (!wanted) continue;
    const Result<std::string> there = read_file(entry->path().string(), wanted->size());
    if (!there || *there != *wanted) altered.push_back({*name, *std::move(wanted)});
  }
  return altered;
}

/// Gives the records from `next` on, up to `size` of them in all, to `visit`, which ends it with an
/// error. corrupt: one is missing, or larger than any is.
Status visit_records(const Store& store, std::uint64_t next, std::uint64_t size,
                     const std::function<Status(std::string_view)>& visit) {
  Status failed;
  const keys::KeyRange rest = keys::journal_from(next);
  GWAGEO_TRY(store.scan(rest.first, rest.second, [&](std::string_view key, std::string_view bytes) {
    if (next == size || key != keys::journal(next)) return false;
    if (bytes.size() > entry_bytes_max) {
      failed = fail(ErrorKind::corrupt, "record " + std::to_string(next) + " has " +
                                            std::to_string(bytes.size()) +
                                            " bytes, more than any record");
    } else {
      failed = visit(bytes);
    }
    ++next;
    return failed.has_value();
  }));
  GWAGEO_TRY(failed);
  if (next == size) return {};
  return fail(ErrorKind::corrupt,
              "record " + std::to_string(next) + " is not in the store, and so not in the tiles");
}

}  // namespace

Result<std::string> read_published_tile(const std::string& path, const TileName& tile) {
  const std::size_t most = tile.is_entries ? bundle_bytes_max : tile_width * sizeof(Digest);
  Result<std::string> bytes = read_file(path + "/" + path_of(tile), most);
  if (bytes || bytes.error().kind != ErrorKind::not_found || !tile.is_partial()) return bytes;
  TileName full = tile;
  full.width = tile_width;
  const Result<std::string> all = read_file(path + "/" + path_of(full), most);
  if (!all) return bytes;
  return beginning_of(full, *all, tile.width);
}

Result<std::string> read_published_checkpoint(const std::string& path) {
  return read_file(path + "/checkpoint", note_bytes_max);
}

TileBuilder::Full LogFolder::keep() {
  return [this](const TileName& tile, std::string_view bytes) -> Status {
    GWAGEO_TRY(put(tile, bytes));
    outdated_.push_back(path_ + "/" + partial_folder(tile));
    return flush(files_of_sync);
  };
}

LogFolder LogFolder::open(std::string path, const NoteKey& key, Look look) {
  LogFolder folder(std::move(path));
  if (look == Look::at_all) folder.altered_.emplace(folder.path_);
  folder.is_doubtful_ = !folder.resume(key);
  return folder;
}

Status LogFolder::resume(const NoteKey& key) {
  GWAGEO_ASSIGN(note, read_published_checkpoint(path_));
  GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, key));
  if (!has_tiles(path_, checkpoint.size)) return fail(ErrorKind::not_found, "a tile is missing");
  GWAGEO_ASSIGN(builder, TileBuilder::resume(checkpoint.size, [this](const TileName& tile) {
                  return read_published_tile(path_, tile);
                }));
  if (builder.root() != checkpoint.root) return fail(ErrorKind::corrupt, "the tiles do not fit");
  if (altered_) return look_at_all(checkpoint);
  builder_ = std::move(builder);
  statements_.resume();
  return {};
}

// Reads every tile, and nothing else: what they have to be follows from the entries, and these from
// the signed root. Statements are compared with their own digests when they are written.
Status LogFolder::look_at_all(const Checkpoint& head) {
  TileBuilder tiles;
  std::vector<TileFile> smaller;
  const auto compare = [&](const TileName& tile, std::string_view bytes) -> Status {
    for (TileFile& file : altered_beginnings(path_, tile, bytes)) {
      smaller.push_back(std::move(file));
    }
    if (tile.is_entries) return {};  // They are where the bytes came from.
    const Result<std::string> there = read_published_tile(path_, tile);
    if (there && *there == bytes) return {};
    return fail(ErrorKind::corrupt, path_of(tile) + " is not that of the entries");
  };
  LogStatements statements(path_);
  while (tiles.size() < head.size) {
    TileName tile = tile_at(0, tiles.size() / tile_width, head.size);
    tile.is_entries = true;
    GWAGEO_ASSIGN(bytes, read_published_tile(path_, tile));
    GWAGEO_ASSIGN(entries, decode_entries(tile, bytes));
    for (const std::string_view entry : entries) {
      GWAGEO_TRY(tiles.add(entry, merkle_leaf(entry), compare));
      statements.see(entry);
    }
  }
  for (const auto& [tile, bytes] : tiles.partial()) GWAGEO_TRY(compare(tile, bytes));
  if (tiles.root() != head.root) return fail(ErrorKind::corrupt, "the tiles do not fit");
  builder_ = std::move(tiles);
  statements_ = std::move(statements);
  to_mend_ = std::move(smaller);
  return {};
}

Status LogFolder::put(const TileName& tile, std::string_view bytes) {
  const std::string path = path_ + "/" + path_of(tile);
  if (is_doubtful_) {
    if (altered_) GWAGEO_TRY(mend(altered_beginnings(path_, tile, bytes)));
    const Result<std::string> there = read_file(path, bytes.size());
    if (there && *there == bytes) return files_.keep(path);
    const bool is_missing = !there && there.error().kind == ErrorKind::not_found;
    if (altered_ && !is_missing) GWAGEO_TRY(altered_->set_aside(path));
  }
  return files_.put(path, bytes);
}

// Whoever follows the log by an older checkpoint asks for them until the full tile is there.
Status LogFolder::mend(const std::vector<TileFile>& beginnings) {
  for (const TileFile& file : beginnings) {
    const std::string path = path_ + "/" + path_of(file.tile);
    GWAGEO_TRY(altered_->set_aside(path));
    GWAGEO_TRY(files_.put(path, file.bytes));
    GWAGEO_TRY(flush(files_of_sync));
  }
  return {};
}

Status LogFolder::flush(std::size_t at_least) {
  return files_.size() < at_least ? Status() : files_.finish();
}

Status LogFolder::extend(const Store& store, std::uint64_t size) {
  GWAGEO_TRY(mend(std::exchange(to_mend_, {})));
  GWAGEO_TRY(flush(0));
  const bool has_tiles_of = size <= builder_.size();
  if (has_tiles_of && size <= statements_.seen()) {
    return statements_.write(store, altered_ ? &*altered_ : nullptr);
  }
  const TileBuilder::Full full = keep();
  std::uint64_t next = std::min(builder_.size(), statements_.seen());
  GWAGEO_TRY(visit_records(store, next, size, [&](std::string_view bytes) -> Status {
    if (next == statements_.seen()) statements_.see(bytes);
    if (next++ < builder_.size()) return {};
    return builder_.add(bytes, merkle_leaf(bytes), full);
  }));
  GWAGEO_TRY(statements_.write(store, altered_ ? &*altered_ : nullptr));
  if (has_tiles_of) return {};
  for (const auto& [tile, bytes] : builder_.partial()) GWAGEO_TRY(put(tile, bytes));
  return flush(0);
}

Result<Digest> LogFolder::root_with(const Store& store, std::uint64_t size) const {
  GWAGEO_CHECK(size >= builder_.size());
  TileBuilder tiles = builder_;
  const auto keep_none = [](const TileName&, std::string_view) { return Status(); };
  GWAGEO_TRY(visit_records(store, tiles.size(), size, [&](std::string_view bytes) {
    return tiles.add(bytes, merkle_leaf(bytes), keep_none);
  }));
  return tiles.root();
}

Status LogFolder::publish(std::string_view note) {
  GWAGEO_ASSIGN(checkpoint, read_unchecked_checkpoint(note));
  if (checkpoint.size != builder_.size() || checkpoint.root != builder_.root()) {
    return fail(ErrorKind::corrupt, "the tiles are of " + std::to_string(builder_.size()) +
                                        " records with root " + to_hex(builder_.root()) +
                                        ", and the checkpoint is of " +
                                        std::to_string(checkpoint.size) + " with root " +
                                        to_hex(checkpoint.root) + ": it is not published");
  }
  GWAGEO_TRY(replace_file(path_ + "/checkpoint", note));
  is_doubtful_ = false;
  for (const std::string& folder : std::exchange(outdated_, {})) {
    std::error_code ignored;  // What stays is in nobody's way.
    fs::remove_all(folder, ignored);
  }
  return {};
}

}  // namespace gwageo
