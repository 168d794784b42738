// A disk that fills up: the store ends with an error that says so, takes nothing after it, and once
// there is room everything acknowledged is there.
#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/rocks_store.h"
#include "tests/coordinator/crash_file_system.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

class DiskFullTest : public ::testing::Test {
 protected:
  DiskFullTest() {
    for (const char* name : {"disk", "scratch"}) fs::create_directory(root_ / name);
  }

  std::unique_ptr<Store> open(const std::string& path, CrashFileSystem* system) const {
    RocksOptions options;
    options.path = path;
    options.reserve_bytes = 0;
    options.memory_table_bytes = 64 << 10;  // So that the disk fills in flushes too.
    options.file_system = system;
    auto store = open_rocks_store(options);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  static std::string key_of(int number) { return "j" + std::to_string(1000000 + number); }
  static std::string bytes_of(int number) {
    std::mt19937_64 random(static_cast<std::uint64_t>(number));
    std::string bytes(100 + random() % 2000, '\0');
    for (std::size_t i = 0; i < bytes.size(); i += 2) bytes[i] = static_cast<char>(random());
    return bytes;
  }

  // Writes until a write fails; returns how many were acknowledged.
  int fill(Store& store) {
    for (int i = 0;; ++i) {
      const Status written = store.write({{{key_of(i), bytes_of(i)}}, {}}, Sync::yes);
      if (written) continue;
      first_ = written.error();
      return i;
    }
  }

  void expect_all(const Store& store, int acknowledged) const {
    for (int i = 0; i < acknowledged; ++i) ASSERT_EQ(*store.read(key_of(i)), bytes_of(i)) << i;
  }

  const testing::TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
  Error first_;
};

class DiskFullAtTest : public DiskFullTest, public ::testing::WithParamInterface<int> {};

TEST_P(DiskFullAtTest, everything_acknowledged_outlives_it) {
  CrashFileSystem system(root_ / "disk", root_ / "scratch", 1);
  int acknowledged = 0;
  {
    const auto store = open(root_ / "disk", &system);
    ASSERT_NE(store, nullptr);
    system.fill_after(static_cast<std::uint64_t>(GetParam()));
    acknowledged = fill(*store);
    EXPECT_EQ(first_.kind, ErrorKind::unavailable) << first_.message;
    EXPECT_NE(first_.message.find("full"), std::string::npos) << first_.message;
    // Room that comes back does not bring the store back: what it holds is not known any more.
    system.fill_after(1 << 30);
    for (const Sync sync : {Sync::yes, Sync::no}) {
      const Status refused = store->write({{{"later", "x"}}, {}}, sync);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error(), first_);
    }
    EXPECT_FALSE(store->write({}, Sync::yes));
    expect_all(*store, acknowledged);
    system.crash_now(root_ / "image", Unsynced::torn);
  }
  // The process ended and was started again; or the power failed as well.
  for (const char* name : {"disk", "image"}) {
    SCOPED_TRACE(name);
    fs::create_directory(root_ / "scratch" / name);
    CrashFileSystem roomy(root_ / name, root_ / "scratch" / name, 2);
    const auto store = open(root_ / name, &roomy);
    ASSERT_NE(store, nullptr);
    expect_all(*store, acknowledged);
    EXPECT_EQ(*store->read("later"), std::nullopt);
    EXPECT_TRUE(store->write({{{"later", "x"}}, {}}, Sync::yes));
  }
}

std::vector<int> some_sizes() {
  std::vector<int> sizes = {0, 1, 6, 7, 8};  // Around the head of a record of the log.
  std::mt19937 random(20261122);
  for (int i = 0; i < 11; ++i) sizes.push_back(static_cast<int>(random() % 400000));
  return sizes;
}

INSTANTIATE_TEST_SUITE_P(Bytes, DiskFullAtTest, ::testing::ValuesIn(some_sizes()));

TEST_F(DiskFullTest, reads_go_on_while_it_is_full) {
  CrashFileSystem system(root_ / "disk", root_ / "scratch", 1);
  const auto store = open(root_ / "disk", &system);
  ASSERT_NE(store, nullptr);
  system.fill_after(200000);
  const int acknowledged = fill(*store);
  ASSERT_GT(acknowledged, 10);
  expect_all(*store, acknowledged);
  int seen = 0;
  EXPECT_TRUE(store->scan("j", "k", [&](auto, auto) { return ++seen > 0; }));
  EXPECT_GE(seen, acknowledged);
}

}  // namespace
}  // namespace gwageo
