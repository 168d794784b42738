// Damage to the files of a store: flipped bits, cut, emptied and removed files. What is opened and
// read without an error must be right; nothing may be missing in silence; nothing may crash.
//
// What no store can notice is a write-ahead log or a manifest that ends early, for a power failure
// leaves them so. There only what is read must be right; the journal and its signed checkpoint
// notice.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "coordinator/rocks_store.h"
#include "tests/coordinator/crash_file_system.h"
#include "tests/memory_folder.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;
using StoredEntries = std::map<std::string, std::string>;

std::string file_content(const fs::path& path) {
  std::string bytes(fs::file_size(path), '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

// A store of a few sorted files and a write-ahead log, made once for all tests.
class DamageTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    temporary_ = std::make_unique<testing::TemporaryFolder>(testing::memory_folder());
    root_ = temporary_->path();
    std::mt19937_64 random(20261122);
    // Twice, so that the first half is sorted to disk when the store is opened again.
    for (int half = 0; half < 2; ++half) {
      auto store = open_rocks_store({.path = root_ / "good"});
      ASSERT_TRUE(store) << store.error().message;
      for (int i = half * 2500; i < (half + 1) * 2500; ++i) {
        const std::string key = "j" + std::to_string(100000 + i);
        std::string value(20 + random() % 100, '\0');
        for (char& byte : value) byte = static_cast<char>(random());
        ASSERT_TRUE((*store)->write({{{key, value}}, {}}, Sync::yes));
        entries_[key] = value;
      }
    }
  }
  static void TearDownTestSuite() { temporary_.reset(); }

  void copy_good() {
    fs::remove_all(path_);
    fs::copy(root_ / "good", path_);
  }

  // The largest file whose name has this ending or beginning.
  fs::path file(const std::string& part) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      if (name.find(part) == name.npos || !entry.is_regular_file()) continue;
      if (found.empty() || entry.file_size() > fs::file_size(found)) found = entry.path();
    }
    EXPECT_FALSE(found.empty()) << part;
    return found;
  }

  // How much of a log was written; zeros follow (prepared_log.h).
  static std::uint64_t written(const fs::path& log) {
    return file_content(log).find_last_not_of('\0') + 1;
  }

  void flip(const fs::path& path, std::uint64_t bit) const {
    std::fstream damaged(path, std::ios::binary | std::ios::in | std::ios::out);
    damaged.seekg(static_cast<std::streamoff>(bit / 8));
    const int byte = damaged.get();
    damaged.seekp(static_cast<std::streamoff>(bit / 8));
    damaged.put(static_cast<char>(byte ^ (1 << bit % 8)));
    EXPECT_TRUE(damaged.good());
  }

  // Opens the damaged store. The file system under it syncs nothing, which makes it fast.
  Result<std::unique_ptr<Store>> open(bool accept_damaged_tail = false) {
    fs::remove_all(root_ / "scratch");
    fs::create_directory(root_ / "scratch");
    unsynced_ = std::make_unique<CrashFileSystem>(path_, root_ / "scratch", 0);
    return open_rocks_store({.path = path_,
                             .accept_damaged_tail = accept_damaged_tail,
                             .reserve_bytes = 0,
                             .file_system = unsynced_.get()});
  }

  // Opens and reads everything in every way. Returns the first error, or nothing when all was well;
  // whatever was read must be right.
  Status read_everything() {
    auto store = open();
    if (!store) return tl::unexpected(store.error());
    Status first;
    auto expected = entries_.begin();
    const Status scanned = (*store)->scan("j", "k", [&](std::string_view key, std::string_view v) {
      EXPECT_NE(expected, entries_.end());
      EXPECT_EQ(key, expected->first);
      EXPECT_EQ(v, expected->second);
      ++expected;
      return true;
    });
    if (scanned) {
      EXPECT_EQ(expected, entries_.end()) << "a short scan without an error";
    } else {
      first = scanned;
    }
    for (const auto& [key, value] : entries_) {
      const auto got = (*store)->read(key);
      if (got) {
        EXPECT_EQ(*got, value) << key;
      } else if (first) {
        first = tl::unexpected(got.error());
      }
    }
    const auto last = (*store)->last("j", "k");
    if (last) {
      EXPECT_EQ((*last)->first, entries_.rbegin()->first);
    } else if (first) {
      first = tl::unexpected(last.error());
    }
    return first;
  }

  static inline std::unique_ptr<testing::TemporaryFolder> temporary_;
  static inline fs::path root_;
  static inline StoredEntries entries_;
  fs::path path_ = root_ / "damaged";
  std::unique_ptr<CrashFileSystem> unsynced_;
};

TEST_F(DamageTest, undamaged_it_is_right) {
  copy_good();
  const Status all = read_everything();
  EXPECT_TRUE(all) << all.error().message;
}

TEST_F(DamageTest, a_flipped_bit_in_a_sorted_file_is_never_a_short_scan) {
  std::mt19937_64 random(1);
  int noticed = 0;
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    copy_good();
    const fs::path sorted = file(".sst");
    // The data blocks lie in the front; a few flips go into what describes them.
    const std::uint64_t bytes = fs::file_size(sorted);
    flip(sorted, random() % ((round % 4 == 0 ? bytes : bytes * 9 / 10) * 8));
    const Status all = read_everything();
    if (all) continue;
    ++noticed;
    EXPECT_EQ(all.error().kind, ErrorKind::corrupt) << all.error().message;
    EXPECT_NE(all.error().message.find(path_.string()), std::string::npos);
  }
  EXPECT_GE(noticed, 30);
}

TEST_F(DamageTest, the_error_of_a_scan_names_the_place) {
  copy_good();
  const fs::path sorted = file(".sst");
  flip(sorted, fs::file_size(sorted) / 2 * 8);
  const Status all = read_everything();
  ASSERT_FALSE(all);
  EXPECT_NE(all.error().message.find("scan at or after key j 313"), std::string::npos)
      << all.error().message;
  EXPECT_NE(all.error().message.find("Corruption"), std::string::npos) << all.error().message;
}

TEST_F(DamageTest, a_flipped_bit_inside_the_log_is_refused) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    copy_good();
    const fs::path log = file(".log");
    flip(log, random() % (written(log) * 7));  // Not in the last eighth.
    const Status all = read_everything();
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().kind, ErrorKind::corrupt) << all.error().message;
  }
}

TEST_F(DamageTest, a_damaged_log_opens_when_a_person_says_so) {
  copy_good();
  const fs::path log = file(".log");
  flip(log, written(log) / 2 * 8);
  ASSERT_FALSE(open());
  const auto store = open(true);
  ASSERT_TRUE(store) << store.error().message;
  std::size_t count = 0;
  EXPECT_TRUE((*store)->scan("j", "k", [&](std::string_view key, std::string_view value) {
    EXPECT_EQ(entries_.at(std::string(key)), value);
    return ++count > 0;
  }));
  EXPECT_GE(count, 2500u);
  EXPECT_LT(count, 5000u);
}

TEST_F(DamageTest, a_log_that_was_cut_opens_with_its_first_part) {
  copy_good();
  const fs::path log = file(".log");
  fs::resize_file(log, written(log) - 5);
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*(*store)->last("j", "k"))->first, "j104998");
}

TEST_F(DamageTest, a_missing_or_empty_file_is_refused) {
  for (const char* part : {".sst", "MANIFEST", "CURRENT"}) {
    SCOPED_TRACE(part);
    copy_good();
    fs::remove(file(part));
    const Status removed = read_everything();
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().kind, ErrorKind::corrupt) << removed.error().message;
    EXPECT_NE(removed.error().message.find(path_.string()), std::string::npos);
    copy_good();
    fs::resize_file(file(part), 0);
    EXPECT_FALSE(read_everything());
  }
  copy_good();
  fs::resize_file(file(".sst"), fs::file_size(file(".sst")) / 2);
  EXPECT_EQ(read_everything().error().kind, ErrorKind::corrupt);
}

TEST_F(DamageTest, a_lost_table_of_contents_does_not_begin_a_new_store) {
  copy_good();
  const fs::path sorted = file(".sst");
  fs::remove(file("CURRENT"));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(fs::exists(sorted));
}

// The library would wait for a pipe for ever, and read all that a link leads to, however much.
TEST_F(DamageTest, what_is_no_file_of_a_store_is_not_read) {
  const auto refused = [&](const std::string& what) {
    for (const bool read_only : {true, false}) {
      const auto store = open_rocks_store({.path = path_, .read_only = read_only});
      ASSERT_FALSE(store) << what;
      EXPECT_EQ(store.error().kind, ErrorKind::corrupt) << store.error().message;
      EXPECT_NE(store.error().message.find(what), std::string::npos) << store.error().message;
    }
  };
  for (const std::string name : {"CURRENT", "IDENTITY", "MANIFEST", ".sst", ".log"}) {
    copy_good();
    const fs::path one = file(name);
    fs::remove(one);
    fs::create_symlink("/dev/zero", one);
    refused(one.string() + ": is neither a file nor a folder");
    fs::remove(one);
    ASSERT_EQ(::mkfifo(one.c_str(), 0600), 0);
    refused(one.string() + ": is neither a file nor a folder");
  }
  for (const std::string name : {"CURRENT", "IDENTITY"}) {
    copy_good();
    fs::resize_file(path_ / name, std::uintmax_t{1} << 40);
    refused(name + ": has more than the 4096 bytes it may have");
  }
}

TEST_F(DamageTest, a_damaged_manifest_never_gives_wrong_bytes) {
  std::mt19937_64 random(3);
  int refused = 0;
  for (int round = 0; round < 24; ++round) {
    SCOPED_TRACE(round);
    copy_good();
    const fs::path manifest = file("MANIFEST");
    const std::uint64_t bytes = fs::file_size(manifest);
    if (round % 4 == 0) {
      fs::resize_file(manifest, random() % bytes);
    } else {
      flip(manifest, random() % (bytes * 8));
    }
    const auto store = open();
    if (!store) {
      ++refused;
      EXPECT_NE(store.error().message.find(path_.string()), std::string::npos);
      continue;
    }
    EXPECT_TRUE((*store)->scan("j", "k", [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(entries_.at(std::string(key)), value);
      return true;
    }));
  }
  EXPECT_GE(refused, 12);
}

}  // namespace
}  // namespace gwageo
