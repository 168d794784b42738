// The published folder while its disk fails. No checkpoint is ever to be seen whose tiles are not
// there, whole; what `publish` said was published stays; and the next life goes on from there.
//
//   GWAGEO_CRASHES  how often the power fails (100; ops/soak: 1000)
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "tests/coordinator/file_calls.h"
#include "tests/temporary_folder.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

/// A process that is killed: nothing that it would have done from there on is done.
constexpr int dies = 0;

std::uint64_t publishing_crashes_wanted() {
  const char* const given = std::getenv("GWAGEO_CRASHES");
  return given == nullptr ? 100 : std::strtoull(given, nullptr, 10);
}

std::string published_entry(std::uint64_t i) { return "record " + std::to_string(i); }

class PublishingFaults : public ::testing::Test {
 protected:
  static constexpr std::uint64_t records = 1200;

  PublishingFaults() {
    WriteBatch batch;
    for (std::uint64_t i = 0; i < records; ++i)
      batch.puts.emplace_back(keys::journal(i), published_entry(i));
    EXPECT_TRUE(store_->write(batch, Sync::yes));
    MerkleFrontier tree;
    roots_.push_back(tree.root());
    for (std::uint64_t i = 0; i < records; ++i) {
      tree.add(merkle_leaf(published_entry(i)));
      roots_.push_back(tree.root());
    }
  }

  std::string begin() {
    folder_ = base_ + "/log";
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    return folder_;
  }
  Status publish(LogFolder& folder, std::uint64_t size) const {
    GWAGEO_TRY(folder.extend(*store_, size));
    return folder.publish(sign_checkpoint({key_.name, size, roots_[size]}, secret_));
  }
  /// Records of the checkpoint in a folder, 0 for none: "" or what is wrong with it.
  std::string fault_of(const std::string& folder, std::uint64_t& size) const {
    size = 0;
    const Result<std::string> note = read_published_checkpoint(folder);
    if (!note && note.error().kind == ErrorKind::not_found) return "";
    const Result<Checkpoint> head =
        note ? open_checkpoint(*note, key_) : tl::unexpected(note.error());
    if (!head) return head.error().message;
    size = head->size;
    for (const TileName& tile : tiles_between(0, size)) {
      const Result<std::string> bytes = read_published_tile(folder, tile);
      if (!bytes) return bytes.error().message;
      if (!tile.is_entries) continue;
      const auto entries = decode_entries(tile, *bytes);
      if (!entries) return entries.error().message;
      for (std::uint64_t i = 0; i < entries->size(); ++i) {
        if ((*entries)[i] != published_entry(tile.index * tile_width + i)) return "another entry";
      }
    }
    const Result<Digest> root = root_from_nodes(
        size, nodes_from_tiles(
                  size, [&](const TileName& tile) { return read_published_tile(folder, tile); }));
    if (!root) return root.error().message;
    return *root == head->root && head->root == roots_[size] ? "" : "another root";
  }
  /// A life that nothing happens to.
  void expect_goes_on(const std::string& folder, std::uint64_t size) const {
    const FileCalls harmless(
        folder, [](const FileCall&) { return 0; }, [](const FileCall&) {});
    LogFolder next = LogFolder::open(folder, key_);
    const Status published = publish(next, size);
    ASSERT_TRUE(published) << published.error().message;
    std::uint64_t found = 0;
    EXPECT_EQ(fault_of(folder, found), "");
    EXPECT_EQ(found, size);
  }
  /// Lives of a publisher, which may die at any call, until the power fails. What is found then.
  std::string power_fails(std::uint64_t seed, bool forgets_syncs, int& deaths);

  const testing::TemporaryFolder temporary_;
  const std::string base_ = temporary_.path();
  std::string folder_;
  SigningKey secret_{{7}};
  NoteKey key_{"example.com/log", verifying_key(secret_)};
  std::unique_ptr<Store> store_ = new_memory_store();
  std::vector<Digest> roots_;
};

std::string PublishingFaults::power_fails(std::uint64_t seed, bool forgets_syncs, int& deaths) {
  std::mt19937_64 random(seed);
  begin();
  ModelDisk disk(folder_);
  const std::uint64_t lives = 1 + random() % 4;
  std::uint64_t published = 0;
  for (std::uint64_t life = 0; life < lives; ++life) {
    std::uint64_t left = 1 + random() % (life + 1 == lives ? 120 : 40);
    const FileCalls calls(
        folder_, [&](const FileCall&) { return left == 0 || --left == 0 ? EIO : 0; },
        [&](const FileCall& call) { disk.apply(call, forgets_syncs); });
    LogFolder folder = LogFolder::open(folder_, key_);
    for (std::uint64_t size = std::max<std::uint64_t>(folder.size(), published);
         size < records && left > 0;) {
      size = std::min(records, size + 1 + random() % (random() % 3 == 0 ? 300 : 20));
      if (publish(folder, size)) published = size;
    }
    deaths += left == 0;
  }
  const std::string image = base_ + "/image";
  fs::remove_all(image);
  disk.write_after_power_failure(image, random);
  std::uint64_t found = 0;
  std::string fault = fault_of(image, found);
  if (fault.empty() && found < published) fault = "what was published is gone";
  if (fault.empty()) expect_goes_on(image, std::min(records, std::max(found, published) + 1));
  return fault;
}

TEST_F(PublishingFaults, ThePowerFails) {
  int deaths = 0;
  int forgetful_deaths = 0;
  int holes = 0;
  for (std::uint64_t seed = 1; seed <= publishing_crashes_wanted(); ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_EQ(power_fails(seed, false, deaths), "");
    if (seed <= 100) holes += !power_fails(seed, true, forgetful_deaths).empty();
  }
  std::printf("%lu power failures after %d deaths of a publisher; without syncs %d holes in 100\n",
              publishing_crashes_wanted(), deaths, holes);
  EXPECT_GT(holes, 10) << "the same check has to see syncs that are missing";
}

// Killed, or answered that the disk is broken or full, at each call by which two checkpoints are
// published: the second with tiles that become full.
TEST_F(PublishingFaults, AtEveryCall) {
  std::uint64_t last = 0;
  std::uint64_t faults = 0;
  for (const int what : {dies, EIO, ENOSPC}) {
    for (std::uint64_t at = 1;; ++at) {
      SCOPED_TRACE(std::to_string(what) + " at " + std::to_string(at));
      begin();
      std::uint64_t calls = 0;
      std::uint64_t published = 0;
      {
        const FileCalls watched(
            folder_,
            [&](const FileCall&) {
              const bool is_now = ++calls == at || (what == dies && calls > at);
              return !is_now ? 0 : what == dies ? EIO : what;
            },
            [](const FileCall&) {});
        LogFolder folder = LogFolder::open(folder_, key_);
        for (const std::uint64_t size : {200, 300}) {
          if (!publish(folder, size)) break;  // The process ends.
          published = size;
        }
      }
      if (calls < at) break;
      ++faults;
      std::uint64_t found = 0;
      ASSERT_EQ(fault_of(folder_, found), "");
      EXPECT_GE(found, published);
      expect_goes_on(folder_, 310);
      last = at;
    }
  }
  std::printf("%lu faults at %lu calls\n", faults, last);
  EXPECT_GT(last, 30u);
}

}  // namespace
}  // namespace gwageo::testing
