// The published folder: what a static server would offer, after growth, crashes and damage.
#include "coordinator/log_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/keys.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

std::string entry(std::uint64_t i) { return "record " + std::to_string(i); }

class LogFolderTest : public ::testing::Test {
 protected:
  void store_records(std::uint64_t size) {
    WriteBatch batch;
    for (; stored_ < size; ++stored_)
      batch.puts.emplace_back(keys::journal(stored_), entry(stored_));
    ASSERT_TRUE(store_->write(batch, Sync::yes));
  }
  std::string note_of(std::uint64_t size) const {
    MerkleFrontier tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.add(merkle_leaf(entry(i)));
    return sign_checkpoint({key_.name, size, tree.root()}, secret_);
  }
  void publish(LogFolder& folder, std::uint64_t size) {
    store_records(size);
    const Status extended = folder.extend(*store_, size);
    ASSERT_TRUE(extended) << extended.error().message;
    const Status published = folder.publish(note_of(size));
    ASSERT_TRUE(published) << published.error().message;
  }
  /// Whether the folder is a whole log of `size` records.
  void expect_whole(std::uint64_t size) const {
    EXPECT_EQ(*read_published_checkpoint(path_), note_of(size));
    std::uint64_t next = 0;
    for (const TileName& tile : tiles_between(0, size)) {
      const auto bytes = read_published_tile(path_, tile);
      ASSERT_TRUE(bytes) << bytes.error().message;
      if (!tile.is_entries) continue;
      const auto entries = decode_entries(tile, *bytes);
      ASSERT_TRUE(entries) << entries.error().message;
      for (const std::string_view one : *entries) EXPECT_EQ(one, entry(next++));
    }
    EXPECT_EQ(next, size);
    const NodeAt nodes = nodes_from_tiles(
        size, [this](const TileName& tile) { return read_published_tile(path_, tile); });
    EXPECT_EQ(*root_from_nodes(size, nodes), open_checkpoint(note_of(size), key_)->root);
  }
  bool exists(const std::string& name) const { return fs::exists(path_ + "/" + name); }

  const testing::TemporaryFolder temporary_;
  const std::string path_ = temporary_.path();
  SigningKey secret_{{7}};
  NoteKey key_{"example.com/log", verifying_key(secret_)};
  std::unique_ptr<Store> store_ = new_memory_store();
  std::uint64_t stored_ = 0;
};

TEST_F(LogFolderTest, is_whole_at_every_checkpoint) {
  LogFolder folder = LogFolder::open(path_, key_);
  for (const std::uint64_t size : {1, 2, 255, 256, 257, 1000, 1024}) {
    publish(folder, size);
    expect_whole(size);
  }
}

TEST_F(LogFolderTest, partial_tiles_stay_until_the_full_one_is_in_a_checkpoint) {
  LogFolder folder = LogFolder::open(path_, key_);
  publish(folder, 10);
  publish(folder, 20);
  EXPECT_TRUE(exists("tile/0/000.p/10"));
  EXPECT_TRUE(exists("tile/entries/000.p/20"));
  store_records(300);
  ASSERT_TRUE(folder.extend(*store_, 300));
  EXPECT_TRUE(exists("tile/0/000.p/20"));
  ASSERT_TRUE(folder.publish(note_of(300)));
  EXPECT_FALSE(exists("tile/0/000.p"));
  EXPECT_FALSE(exists("tile/entries/000.p"));
  EXPECT_TRUE(exists("tile/0/000"));
  expect_whole(300);
}

TEST_F(LogFolderTest, goes_on_after_a_restart_at_every_size) {
  for (std::uint64_t size = 1; size <= 700; size += 37) {
    LogFolder folder = LogFolder::open(path_, key_);
    EXPECT_EQ(folder.size(), size == 1 ? 0 : size - 37);
    publish(folder, size);
    expect_whole(size);
  }
}

TEST_F(LogFolderTest, tiles_without_their_checkpoint_are_harmless) {
  {
    LogFolder folder = LogFolder::open(path_, key_);
    publish(folder, 100);
    store_records(600);
    ASSERT_TRUE(folder.extend(*store_, 600));  // And then the power fails.
  }
  LogFolder folder = LogFolder::open(path_, key_);
  EXPECT_EQ(folder.size(), 100u);
  publish(folder, 650);
  expect_whole(650);
}

TEST_F(LogFolderTest, what_is_missing_or_another_is_written_anew) {
  {
    LogFolder folder = LogFolder::open(path_, key_);
    publish(folder, 600);
  }
  for (const char* const name : {"tile/0/001", "tile/entries/000", "tile/0/002.p/88",
                                 "tile/entries/002.p/88", "tile/1/000.p/2", "checkpoint"}) {
    fs::remove(path_ + "/" + name);
    LogFolder folder = LogFolder::open(path_, key_);
    EXPECT_EQ(folder.size(), 0u) << name;
    publish(folder, 600);
    expect_whole(600);
  }
  fs::resize_file(path_ + "/tile/0/001", 8191);
  LogFolder cut = LogFolder::open(path_, key_);
  publish(cut, 600);
  expect_whole(600);
  // A folder of somebody else's log is replaced tile by tile.
  LogFolder foreign = LogFolder::open(path_, {key_.name, verifying_key(SigningKey{{9}})});
  EXPECT_EQ(foreign.size(), 0u);
}

// Each has its right size, so the ends alone say nothing.
TEST_F(LogFolderTest, who_looks_at_all_finds_what_was_altered_and_keeps_it) {
  LogFolder first = LogFolder::open(path_, key_);
  publish(first, 600);
  int altered = 0;
  for (const std::string name : {"tile/0/000", "tile/entries/001", "tile/0/002.p/88",
                                 "tile/entries/002.p/88", "tile/1/000.p/2"}) {
    const std::string file = path_ + "/" + name;
    std::string bytes = *read_file(file, bundle_bytes_max);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    ASSERT_TRUE(replace_file(file, bytes));
    LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
    EXPECT_TRUE(folder.begins_anew()) << name;
    publish(folder, 600);
    EXPECT_EQ(folder.altered().names(), std::vector<std::string>{name});
    EXPECT_EQ(*read_file(folder.altered().folder() + "/" + name, bundle_bytes_max), bytes);
    expect_whole(600);
    ++altered;
  }
  EXPECT_EQ(altered, 5);
  LogFolder whole = LogFolder::open(path_, key_, LogFolder::Look::at_all);
  EXPECT_FALSE(whole.begins_anew());
  publish(whole, 700);
  EXPECT_TRUE(whole.altered().names().empty());
  expect_whole(700);
}

// They follow from the newest ones, so no record is wanted for them.
TEST_F(LogFolderTest, partial_tiles_of_smaller_checkpoints_are_looked_at_as_well) {
  {
    LogFolder first = LogFolder::open(path_, key_);
    for (const std::uint64_t size : {300, 310, 600, 610}) publish(first, size);
  }
  const std::vector<std::string> names = {"tile/0/002.p/88", "tile/entries/002.p/88"};
  for (const std::uint64_t size : {610, 620, 1000}) {
    std::vector<std::string> bytes;
    for (const std::string& name : names) {
      bytes.push_back(*read_file(path_ + "/" + name, bundle_bytes_max));
      std::string other = bytes.back();
      other.back() = static_cast<char>(other.back() ^ 1);
      ASSERT_TRUE(replace_file(path_ + "/" + name, other));
    }
    LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
    EXPECT_FALSE(folder.begins_anew()) << "the newest ones are whole";
    publish(folder, size);
    EXPECT_EQ(folder.altered().names(), names) << size;
    expect_whole(size);
    for (std::size_t i = 0; size < 768 && i < names.size(); ++i) {
      EXPECT_EQ(*read_file(path_ + "/" + names[i], bundle_bytes_max), bytes[i]);
    }
  }
  EXPECT_FALSE(exists("tile/0/002.p")) << "the full one is there";
}

// The tile that it vouched for has another name by now, and is not written over.
TEST_F(LogFolderTest, a_partial_tile_is_named_where_the_log_has_grown_since) {
  std::uint64_t grown = 0;
  for (const std::uint64_t size : {120, 600}) {
    for (const std::string name : {"tile/0/000.p/100", "tile/entries/000.p/100"}) {
      fs::remove_all(path_);
      fs::create_directories(path_);
      LogFolder first = LogFolder::open(path_, key_);
      publish(first, 100);
      std::string bytes = *read_file(path_ + "/" + name, bundle_bytes_max);
      bytes.back() = static_cast<char>(bytes.back() ^ 1);
      ASSERT_TRUE(replace_file(path_ + "/" + name, bytes));
      LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
      publish(folder, size);
      EXPECT_EQ(folder.altered().names(), std::vector<std::string>{name}) << size;
      EXPECT_EQ(*read_file(folder.altered().folder() + "/" + name, bundle_bytes_max), bytes);
      expect_whole(size);
      ++grown;
    }
  }
  EXPECT_EQ(grown, 4u);
}

TEST_F(LogFolderTest, what_is_no_file_or_no_folder_is_altered_too) {
  LogFolder first = LogFolder::open(path_, key_);
  publish(first, 600);
  for (const std::string name : {"tile/0/001", "tile/0/002.p/88", "tile/0/002.p", "tile"}) {
    fs::remove_all(path_ + "/" + name);
    if (name.ends_with("1") || name.ends_with("8")) {
      fs::create_directory(path_ + "/" + name);
    } else {
      ASSERT_TRUE(replace_file(path_ + "/" + name, "no folder"));
    }
    LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
    publish(folder, 600);
    EXPECT_EQ(folder.altered().names(), std::vector<std::string>{name});
    expect_whole(600);
  }
  ASSERT_TRUE(replace_file(path_ + "/tile/0/001", "another"));
  fs::remove_all(path_ + "/altered");
  ASSERT_TRUE(replace_file(path_ + "/altered", "no folder"));
  LogFolder folder = LogFolder::open(path_, key_, LogFolder::Look::at_all);
  const Status extended = folder.extend(*store_, 600);
  ASSERT_FALSE(extended);
  EXPECT_NE(extended.error().message.find("/altered: a folder for what was altered cannot be made"),
            std::string::npos)
      << extended.error().message;
}

TEST_F(LogFolderTest, what_the_tiles_would_be_of_is_known_before_any_is_written) {
  LogFolder folder = LogFolder::open(path_, key_);
  publish(folder, 10);
  store_records(300);
  EXPECT_EQ(*folder.root_with(*store_, 300), open_checkpoint(note_of(300), key_)->root);
  EXPECT_EQ(*folder.root_with(*store_, 10), open_checkpoint(note_of(10), key_)->root);
  EXPECT_EQ(folder.root_with(*store_, 301).error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(exists("tile/0/000"));
  expect_whole(10);
}

TEST_F(LogFolderTest, a_checkpoint_that_the_tiles_are_not_of_is_not_published) {
  LogFolder folder = LogFolder::open(path_, key_);
  publish(folder, 10);
  for (const std::string& note :
       {note_of(9), sign_checkpoint({key_.name, 10, sha256("other")}, secret_), std::string("x")}) {
    EXPECT_FALSE(folder.publish(note));
  }
  expect_whole(10);
  EXPECT_EQ(folder.extend(*store_, 11).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace gwageo
