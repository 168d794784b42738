// Power failures under the real store. After each, every acknowledged batch must be there, whole,
// and with every batch before it. The same check must find the loss when nothing is synced: a test
// that cannot fail shows nothing.
//
//   GWAGEO_CRASHES  how often the power fails in the longest of these tests (100; ops/soak: 1000)
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "coordinator/rocks_store.h"
#include "tests/coordinator/crash_file_system.h"
#include "tests/memory_folder.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

std::uint64_t crashes_wanted() {
  const char* const given = std::getenv("GWAGEO_CRASHES");
  return given == nullptr ? 100 : std::strtoull(given, nullptr, 10);
}

std::string fact_key(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "j%012llu", static_cast<unsigned long long>(number));
  return text;
}

std::string blob_key(std::uint64_t number) { return "b" + fact_key(number); }

// The same number has the same bytes in every run: mostly small, sometimes many pages.
std::string bytes_of(std::uint64_t number) {
  std::minstd_rand random(static_cast<std::uint32_t>(number * 2654435761U));
  random.discard(4);
  std::string bytes(random() % (number % 5 == 0 ? 20000 : 600), '\0');
  // One random byte in eight, the others zero: hard enough to compress, and quick to make.
  for (std::size_t i = 0; i < bytes.size(); i += 8) bytes[i] = static_cast<char>(random() >> 8);
  return bytes;
}

class PowerLossTest : public ::testing::Test {
 protected:
  PowerLossTest() {
    disk_ = root_ / "disk";
    fs::create_directory(disk_);
  }

  RocksOptions options(const std::string& path, CrashFileSystem& system) const {
    RocksOptions options;
    options.path = path;
    options.reserve_bytes = 0;
    options.memory_table_bytes = memory_table_bytes_;
    options.file_system = &system;
    return options;
  }

  std::string fresh_folder(const std::string& name) const {
    fs::remove_all(root_ / name);
    fs::create_directory(root_ / name);
    return root_ / name;
  }

  // Writes batches from number `next_` on, with every `sync_every`-th synced (0: none is), until
  // the power fails, after `changes_min` changes or later. The disk is then what the failure left.
  // With `beside`, another thread writes large entries meanwhile, so that logs change under a sync.
  void write_until_crash(std::uint64_t seed, Unsynced unsynced, std::uint64_t sync_every,
                         std::uint64_t changes_min = 1, bool beside = false) {
    CrashFileSystem system(disk_, fresh_folder("scratch"), seed);
    std::atomic<std::uint64_t> promised = acknowledged_;
    const std::string image = root_ / "image";
    system.crash_at(changes_min + std::mt19937_64(seed)() % 400, image, unsynced,
                    [&] { acknowledged_ = promised; });
    {
      auto store = open_rocks_store(options(disk_, system));
      ASSERT_TRUE(store) << store.error().message;
      std::thread other;
      if (beside) {
        other = std::thread([&] {
          for (int i = 0; !system.has_crashed(); ++i) {
            const WriteBatch batch{{{"n" + std::to_string(i % 8), std::string(6000, 'n')}}, {}};
            EXPECT_TRUE((*store)->write(batch, Sync::no));
          }
        });
      }
      for (std::uint64_t i = next_; !system.has_crashed(); ++i) {
        const bool is_synced = sync_every != 0 && i % sync_every == 0;
        const std::string bytes = bytes_of(i);
        const WriteBatch batch{{{fact_key(i), bytes}, {blob_key(i), bytes}}, {}};
        Status written = (*store)->write(batch, Sync::no);
        if (written && is_synced) written = (*store)->sync();
        EXPECT_TRUE(written) << written.error().message;
        if (is_synced || sync_every == 0) promised = i + 1;
      }
      if (beside) other.join();
    }
    fs::remove_all(disk_);
    fs::rename(image, disk_);
  }

  // How many batches are on the disk after recovery; they must be the first ones, and whole.
  std::uint64_t batches_on_disk(bool accept_damaged_tail = false) {
    const std::string copy = fresh_folder("copy");
    fs::copy(disk_, copy);
    CrashFileSystem system(copy, fresh_folder("scratch"), 0);
    RocksOptions how = options(copy, system);
    how.accept_damaged_tail = accept_damaged_tail;
    const auto store = open_rocks_store(how);
    refused_ = !store;
    if (refused_) {
      refusal_ = store.error();
      return 0;
    }
    std::uint64_t count = 0;
    const Status scanned = (*store)->scan("j", "k", [&](std::string_view key, std::string_view v) {
      const std::string bytes = bytes_of(count);
      EXPECT_EQ(key, fact_key(count)) << "a hole";
      EXPECT_EQ(v, bytes);
      EXPECT_EQ(*(*store)->read(blob_key(count)), bytes) << "half a batch";
      ++count;
      return true;
    });
    EXPECT_TRUE(scanned) << scanned.error().message;
    const auto last_blob = *(*store)->last("bj", "bk");
    EXPECT_EQ(last_blob.has_value(), count > 0);
    if (last_blob) {
      EXPECT_EQ(last_blob->first, blob_key(count - 1)) << "half a batch";
    }
    return count;
  }

  // Goes on from what is there, as a restarted coordinator does.
  void restart_at(std::uint64_t batches) {
    next_ = batches;
    acknowledged_ = batches;
  }

  const testing::TemporaryFolder temporary_{testing::memory_folder()};
  const fs::path root_ = temporary_.path();
  fs::path disk_;
  std::uint64_t memory_table_bytes_ = 64 << 10;  // Crashes fall into flushes and compactions.
  std::uint64_t next_ = 0;
  std::uint64_t acknowledged_ = 0;  // Batches promised when the power failed.
  bool refused_ = false;
  Error refusal_;
};

TEST_F(PowerLossTest, a_sync_holds_while_another_thread_writes) {
  std::uint64_t written = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    fresh_folder("disk");
    restart_at(0);
    const Unsynced unsynced = round % 2 == 0 ? Unsynced::lost : Unsynced::torn;
    ASSERT_NO_FATAL_FAILURE(write_until_crash(round, unsynced, 1 + round % 3, 1, true));
    const std::uint64_t there = batches_on_disk();
    ASSERT_FALSE(refused_) << refusal_.message;
    ASSERT_GE(there, acknowledged_);
    written += there;
  }
  EXPECT_GT(written, 200u);
}

TEST_F(PowerLossTest, no_acknowledged_batch_is_ever_lost) {
  std::uint64_t written = 0;
  const std::uint64_t crashes = crashes_wanted();
  for (std::uint64_t round = 0; round < crashes; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // A history of ten failures, then a new disk.
    if (round % 10 == 0) {
      fresh_folder("disk");
      restart_at(0);
    }
    const Unsynced unsynced = round % 2 == 0 ? Unsynced::lost : Unsynced::torn;
    ASSERT_NO_FATAL_FAILURE(write_until_crash(round, unsynced, 1 + round / 10 % 3));
    const std::uint64_t there = batches_on_disk();
    ASSERT_FALSE(refused_) << refusal_.message;
    ASSERT_GE(there, acknowledged_);
    written += there - next_;
    restart_at(there);
  }
  EXPECT_GT(written, 10 * crashes);
}

TEST_F(PowerLossTest, the_same_check_fails_when_nothing_is_synced) {
  int rounds_with_loss = 0;
  memory_table_bytes_ = 4 << 20;  // One log: what is synced when the next one begins is not lost.
  for (std::uint64_t round = 0; round < 10; ++round) {
    fresh_folder("disk");
    restart_at(0);
    ASSERT_NO_FATAL_FAILURE(write_until_crash(round, Unsynced::lost, 0, 100));
    const std::uint64_t there = batches_on_disk();
    ASSERT_FALSE(refused_) << refusal_.message;
    if (there < acknowledged_) ++rounds_with_loss;
  }
  EXPECT_GE(rounds_with_loss, 8) << "of 10";
}

// Some file systems can keep the grown size of a file without its last bytes. That looks like
// damage inside the log, so it may be refused; never may anything that was promised be missing in
// silence.
TEST_F(PowerLossTest, a_tail_of_zeros_is_recovered_or_refused) {
  int refusals = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    fresh_folder("disk");
    restart_at(0);
    ASSERT_NO_FATAL_FAILURE(write_until_crash(1000 + round, Unsynced::zeroed, 2));
    std::uint64_t there = batches_on_disk();
    if (refused_) {
      ++refusals;
      EXPECT_EQ(refusal_.kind, ErrorKind::corrupt) << refusal_.message;
      there = batches_on_disk(true);
      // A manifest that was being replaced stays refused: that is loud, and loses nothing silently.
      if (refused_) {
        EXPECT_EQ(refusal_.kind, ErrorKind::corrupt) << refusal_.message;
        EXPECT_NE(refusal_.message.find("MANIFEST"), std::string::npos) << refusal_.message;
        continue;
      }
    }
    EXPECT_GE(there, acknowledged_);
  }
  RecordProperty("refusals", refusals);
  std::printf("refused until asked to accept a damaged tail: %d of 40\n", refusals);
}

}  // namespace
}  // namespace gwageo
