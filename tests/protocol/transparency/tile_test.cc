// Tiles: names as the specification has them, the log that others made, and every damage.
#include "protocol/transparency/tile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/folders.h"

namespace gwageo {
namespace {

std::string entry(std::uint64_t i) { return "entry " + std::to_string(i); }

/// A log in memory as its files would be.
struct Files {
  std::map<std::string, std::string> files;
  TileBuilder builder;

  TileBuilder::Full keep() {
    return [this](const TileName& tile, std::string_view bytes) -> Status {
      EXPECT_TRUE(files.emplace(path_of(tile), bytes).second) << path_of(tile) << " twice";
      return {};
    };
  }
  void grow_to(std::uint64_t size) {
    while (builder.size() < size) {
      const std::string bytes = entry(builder.size());
      ASSERT_TRUE(builder.add(bytes, merkle_leaf(bytes), keep()));
    }
  }
  void publish_partial() {
    for (const auto& [tile, bytes] : builder.partial()) files.emplace(path_of(tile), bytes);
  }
  ReadTile reader() const {
    return [this](const TileName& tile) -> Result<std::string> {
      const auto found = files.find(path_of(tile));
      if (found == files.end()) return fail(ErrorKind::not_found, path_of(tile));
      return found->second;
    };
  }
};

Digest root_of(std::uint64_t size) {
  MerkleFrontier tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.add(merkle_leaf(entry(i)));
  return tree.root();
}

TEST(TileTest, paths_are_those_of_the_specification) {
  const auto expect = [](const TileName& tile, const std::string& path) {
    EXPECT_EQ(path_of(tile), path);
    const auto parsed = parse_tile_path(path);
    ASSERT_TRUE(parsed) << path;
    EXPECT_EQ(*parsed, tile);
  };
  expect({false, 0, 0}, "tile/0/000");
  expect({false, 3, 1234067}, "tile/3/x001/x234/067");
  expect({true, 0, 1000, 5}, "tile/entries/x001/000.p/5");
  expect({false, 0, 273, 112}, "tile/0/273.p/112");
  expect({false, 63, ~std::uint64_t{0} - 6}, "tile/63/x018/x446/x744/x073/x709/x551/609");
  for (const char* const none : {"",
                                 "tile",
                                 "tile/0",
                                 "tile/0/",
                                 "tile/0/0",
                                 "tile/00/000",
                                 "tile/64/000",
                                 "tile/-1/000",
                                 "tile/0/000.p/0",
                                 "tile/0/000.p/256",
                                 "tile/0/000.p/01",
                                 "tile/0/000.p/",
                                 "tile/0/x000/001",
                                 "tile/0/001/000",
                                 "tile/0/x001/x000",
                                 "tile/0/../000",
                                 "tile/0/1000",
                                 "/tile/0/000",
                                 "tile/entries/000/",
                                 "tile/data/000",
                                 "tile/0/x018/x446/x744/x073/x709/x551/x616/000",
                                 "tile/0/000.p/1/2",
                                 "checkpoint"}) {
    EXPECT_FALSE(parse_tile_path(none)) << none;
  }
}

TEST(TileTest, a_log_of_70000_has_the_tiles_that_the_specification_counts) {
  std::map<std::pair<unsigned, bool>, std::uint64_t> whole;
  std::map<unsigned, std::uint64_t> partial;
  for (const TileName& tile : tiles_between(0, 70000)) {
    if (!tile.is_partial()) ++whole[{tile.level, tile.is_entries}];
    if (tile.is_partial() && !tile.is_entries) partial[tile.level] = tile.width;
  }
  EXPECT_EQ((whole[{0, false}]), 273u);
  EXPECT_EQ((whole[{0, true}]), 273u);
  EXPECT_EQ((whole[{1, false}]), 1u);
  EXPECT_EQ(partial, (std::map<unsigned, std::uint64_t>{{0, 112}, {1, 17}, {2, 1}}));
}

TEST(TileTest, what_is_built_is_what_a_log_of_that_size_has_and_its_root_is_right) {
  Files log;
  std::uint64_t before = 0;
  for (const std::uint64_t size :
       {1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66000}) {
    log.grow_to(size);
    log.publish_partial();
    EXPECT_EQ(log.builder.root(), root_of(size)) << size;
    EXPECT_EQ(*root_from_nodes(size, nodes_from_tiles(size, log.reader())), root_of(size)) << size;
    for (const TileName& tile : tiles_between(before, size)) {
      EXPECT_TRUE(log.files.contains(path_of(tile))) << path_of(tile);
    }
    before = size;
  }
  for (const TileName& tile : tiles_between(0, before)) {
    EXPECT_TRUE(log.files.contains(path_of(tile))) << path_of(tile);
  }
}

TEST(TileTest, proofs_made_of_tiles_lead_to_the_root) {
  Files log;
  const std::uint64_t size = 66000;
  log.grow_to(size);
  log.publish_partial();
  const NodeAt nodes = nodes_from_tiles(size, log.reader());
  for (const std::uint64_t index : {0, 255, 256, 65535, 65536, 65999}) {
    const auto proof = prove_inclusion(index, size, nodes);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(check_inclusion(index, size, merkle_leaf(entry(index)), *proof, root_of(size)));
  }
  for (const std::uint64_t first : {1, 255, 256, 300, 65535, 65536, 65990, 66000}) {
    const auto proof = prove_consistency(first, size, nodes);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(check_consistency(first, size, root_of(first), root_of(size), *proof)) << first;
  }
}

TEST(TileTest, a_builder_goes_on_where_another_stopped) {
  for (const std::uint64_t stop : {1, 255, 256, 300, 65536, 65800}) {
    Files log;
    log.grow_to(stop);
    log.publish_partial();
    Files again;
    auto builder = TileBuilder::resume(stop, log.reader());
    ASSERT_TRUE(builder) << builder.error().message;
    EXPECT_EQ(builder->root(), root_of(stop));
    again.builder = *std::move(builder);
    again.grow_to(66100);
    log.grow_to(66100);
    EXPECT_EQ(again.builder.root(), log.builder.root()) << stop;
    EXPECT_EQ(again.builder.partial(), log.builder.partial()) << stop;
  }
}

TEST(TileTest, a_builder_does_not_go_on_from_tiles_that_do_not_fit) {
  Files log;
  log.grow_to(300);
  log.publish_partial();
  const auto resumes = [&log] { return TileBuilder::resume(300, log.reader()); };
  ASSERT_TRUE(resumes());
  std::string& bundle = log.files["tile/entries/001.p/44"];
  bundle[5] ^= 1;
  EXPECT_EQ(resumes().error().kind, ErrorKind::corrupt);
  bundle[5] ^= 1;
  bundle.pop_back();
  EXPECT_EQ(resumes().error().kind, ErrorKind::corrupt);
  log.files.erase("tile/entries/001.p/44");
  EXPECT_EQ(resumes().error().kind, ErrorKind::not_found);
}

TEST(TileTest, bundles_and_tiles_of_another_length_are_named) {
  std::string bundle;
  append_entry(bundle, "one");
  append_entry(bundle, "");
  append_entry(bundle, std::string(65535, 'x'));
  const TileName tile{true, 0, 2, 3};
  const auto entries = decode_entries(tile, bundle);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ((*entries)[0], "one");
  EXPECT_EQ((*entries)[1], "");
  EXPECT_EQ((*entries)[2].size(), 65535u);
  const auto expect = [](const TileName& name, const std::string& bytes, const std::string& part) {
    const auto decoded = decode_entries(name, bytes);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().kind, ErrorKind::corrupt);
    EXPECT_NE(decoded.error().message.find(part), std::string::npos) << decoded.error().message;
  };
  expect(tile, bundle + "x", "tile/entries/002.p/3: goes on after its last entry");
  expect(tile, bundle.substr(0, bundle.size() - 1), "entry 514 is longer than what is left");
  expect(tile, bundle.substr(0, 8), "entry 514 is longer");
  expect(tile, bundle.substr(0, 7), "has 2 entries, not 3");
  expect(tile, "", "has 0 entries, not 3");
  EXPECT_EQ(decode_hashes({false, 0, 0, 2}, std::string(63, 'x')).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(decode_hashes({false, 0, 0, 2}, std::string(64, 'x')));
}

TEST(TileTest, the_tiles_of_a_foreign_log_are_what_we_would_have_made) {
  const std::string folder = (folders::shared() / "vectors/tlog").string() + "/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no vectors at hand";
  const auto read = [&folder](const TileName& tile) {
    std::ifstream in(folder + path_of(tile), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  };
  const TileName all{true, 0, 0, 15};
  const std::string bundle = read(all);
  const auto entries = decode_entries(all, bundle);
  ASSERT_TRUE(entries) << entries.error().message;
  Files log;
  for (const std::string_view bytes : *entries) {
    ASSERT_TRUE(log.builder.add(bytes, merkle_leaf(bytes), log.keep()));
    for (const auto& [tile, made] : log.builder.partial()) {
      if (log.builder.size() == 10 && !std::filesystem::exists(folder + path_of(tile))) continue;
      EXPECT_EQ(made, read(tile)) << path_of(tile);
    }
  }
}

}  // namespace
}  // namespace gwageo
