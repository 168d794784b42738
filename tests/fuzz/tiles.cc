// A published log of somebody else: a checkpoint, and after lines of "====" tiles, each with its
// path in the first line. Paths that are none are no files.
#include <filesystem>
#include <map>

#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "ops/log_store.h"
#include "protocol/check.h"
#include "tests/fuzz/log_samples.h"
#include "tests/fuzz/scratch_file.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

using Tiles = std::map<TileName, std::string_view>;

void check_tile(const TileName& tile, std::string_view bytes) {
  if (tile.is_entries) {
    const auto entries = decode_entries(tile, bytes);
    if (!entries) return;
    std::string again;
    for (const std::string_view entry : *entries) append_entry(again, entry);
    GWAGEO_CHECK(entries->size() == tile.width && again == bytes);
    return;
  }
  const auto hashes = decode_hashes(tile, bytes);
  if (hashes) GWAGEO_CHECK(hashes->size() * sizeof(Digest) == bytes.size());
}

/// What is proved from foreign hashes leads to the root that these hashes give, or is an error.
void check_nodes(std::uint64_t size, const Tiles& tiles) {
  const ReadTile read = [&](const TileName& tile) -> Result<std::string> {
    const auto found = tiles.find(tile);
    if (found == tiles.end()) return fail(ErrorKind::not_found, "no tile");
    return std::string(found->second);
  };
  const NodeAt nodes = nodes_from_tiles(size, read);
  const Result<Digest> root = root_from_nodes(size, nodes);
  if (root && size > 0) {
    const auto leaf = nodes({0, size - 1});
    const auto proof = prove_inclusion(size - 1, size, nodes);
    if (leaf && proof) GWAGEO_CHECK(check_inclusion(size - 1, size, *leaf, *proof, *root));
    (void)prove_consistency(size - size / 2, size, nodes);
  }
  const Result<TileBuilder> builder = TileBuilder::resume(size, read);
  if (builder) GWAGEO_CHECK(builder->size() == size);
}

void put_file(const std::string& path, std::string_view bytes) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  (void)replace_file(path, bytes);
}

void check_folder(const std::string& folder, std::uint64_t size) {
  (void)is_log_folder(folder);
  const LogFolder opened = LogFolder::open(folder, log_key());
  GWAGEO_CHECK(opened.size() == 0 || opened.size() == size);
  const std::unique_ptr<Store> store = open_log_store(folder, size);
  const keys::KeyRange all = keys::journal_from(0);
  std::uint64_t seen = 0;
  const Status scanned =
      store->scan(all.first, all.second, [&](auto, auto) { return ++seen < 100000; });
  if (scanned) GWAGEO_CHECK(seen == std::min<std::uint64_t>(size, 100000));
}

void run_tiles(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input);
  // Without its newline at the end, which the border has taken, it is no note.
  const std::string note = std::string(parts[0]) + "\n";
  const Result<Checkpoint> head = read_unchecked_checkpoint(note);
  const std::uint64_t size = head ? head->size : 300;
  Tiles tiles;
  const ScratchFile file("checkpoint", note);
  for (std::size_t i = 1; i < std::min<std::size_t>(parts.size(), 16); ++i) {
    const auto [path, bytes] = first_line(parts[i]);
    const Result<TileName> tile = parse_tile_path(path);
    if (!tile) continue;
    GWAGEO_CHECK(path_of(*tile) == path);
    check_tile(*tile, bytes);
    tiles[*tile] = bytes;
    put_file(file.folder() + "/" + std::string(path), bytes);
  }
  check_nodes(size, tiles);
  check_folder(file.folder(), size);
}

std::vector<std::string> tiles_seeds() {
  TileBuilder builder;
  for (const std::string& entry : log_entries()) {
    (void)builder.add(entry, merkle_leaf(entry), [](const auto&, auto) { return Status(); });
  }
  std::string log = sign_checkpoint(log_head(5), log_secret());
  log.pop_back();
  for (const auto& [tile, bytes] : builder.partial())
    log += "\n====\n" + path_of(tile) + "\n" + bytes;
  return {log, "\n====\ntile/0/x001/234\n" + std::string(8192, 'h') + "\n====\ntile/1/000.p/1\n" +
                   std::string(32, 'h')};
}

}  // namespace

const Target tiles_target = {"tiles", run_tiles, tiles_seeds};

}  // namespace gwageo::fuzz
