// Logs written into files of zeros: what is read back, how the end is found, and how damage is told
// from an end.
#include "coordinator/prepared_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "coordinator/rocks_store.h"
#include "protocol/bytes.h"
#include "protocol/quick_hash.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A file system that is not the machine's own.
class Relay final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "Relay"; }
};

// One that has little room, and one that has none for more than so many bytes of a file.
class SmallDisk final : public rocksdb::FileSystemWrapper {
 public:
  SmallDisk(std::uint64_t free, bool is_sudden)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), free_(free), is_sudden_(is_sudden) {}
  const char* Name() const override { return "SmallDisk"; }
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, std::uint64_t* free,
                                 rocksdb::IODebugContext*) override {
    *free = is_sudden_ ? ~std::uint64_t{0} : free_;
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus made = target()->NewWritableFile(path, options, file, debug);
    if (made.ok() && is_sudden_ && path.ends_with("prepared")) {
      *file = std::make_unique<FullFile>(std::move(*file));
    }
    return made;
  }

 private:
  class FullFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    using FSWritableFile::Append;
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
    rocksdb::IOStatus Append(const rocksdb::Slice&, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::NoSpace("injected");
    }
  };
  std::uint64_t free_;
  bool is_sudden_;
};

class PreparedLogTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t prepared_bytes = 8192;
  PreparedLogTest() { log_ = root_ / "000001.log"; }

  void write(PreparedLogs& files, const std::vector<std::string>& appends) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    ASSERT_TRUE(files.NewWritableFile(log_, {}, &file, nullptr).ok());
    for (const std::string& bytes : appends) {
      ASSERT_TRUE(file->Append(bytes, {}, nullptr).ok());
      ASSERT_TRUE(file->Sync({}, nullptr).ok());
    }
    ASSERT_TRUE(file->Close({}, nullptr).ok());
  }

  void write_prepared(const std::vector<std::string>& appends) {
    PreparedLogs files(rocksdb::FileSystem::Default(), root_, prepared_bytes, false);
    files.prepare();
    write(files, appends);
    ASSERT_TRUE(content_of(log_).starts_with("gwageo log 3"));
  }

  // What a reader gets; `status_` is how it ended.
  std::string read() {
    PreparedLogs files(rocksdb::FileSystem::Default(), root_, prepared_bytes, false);
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    status_ = files.NewSequentialFile(log_, {}, &file, nullptr);
    std::string bytes;
    char buffer[7];
    while (status_.ok()) {
      rocksdb::Slice part;
      status_ = file->Read(sizeof buffer, {}, &part, buffer, nullptr);
      if (part.empty()) break;
      bytes.append(part.data(), part.size());
    }
    return bytes;
  }

  const testing::TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
  fs::path log_;
  rocksdb::IOStatus status_;
};

TEST_F(PreparedLogTest, where_there_is_little_room_nothing_is_prepared) {
  for (const bool is_sudden : {false, true}) {
    SCOPED_TRACE(is_sudden);
    put_file(root_ / "prepared", std::string(prepared_bytes, '\0'));  // Of an earlier life.
    const auto disk = std::make_shared<SmallDisk>(3 * prepared_bytes - 1, is_sudden);
    PreparedLogs files(disk, root_, prepared_bytes, false);
    files.prepare();
    EXPECT_FALSE(fs::exists(root_ / "prepared")) << "it takes the log's own room";
    write(files, {"first", "second"});
    EXPECT_EQ(content_of(log_), "firstsecond");
  }
  const auto disk = std::make_shared<SmallDisk>(3 * prepared_bytes, false);
  PreparedLogs files(disk, root_, prepared_bytes, false);
  files.prepare();
  EXPECT_EQ(fs::file_size(root_ / "prepared"), prepared_bytes);
}

TEST_F(PreparedLogTest, what_is_appended_is_read_back) {
  write_prepared({"first", std::string(100, '\0'), "last\0"});
  EXPECT_EQ(fs::file_size(log_), prepared_bytes);
  EXPECT_EQ(read(), "first" + std::string(100, '\0') + "last");
  EXPECT_TRUE(status_.ok()) << status_.ToString();
}

TEST_F(PreparedLogTest, its_size_is_that_of_the_log) {
  write_prepared({"first", "second"});
  PreparedLogs files(rocksdb::FileSystem::Default(), root_, prepared_bytes, false);
  std::uint64_t size = 0;
  ASSERT_TRUE(files.GetFileSize(log_, {}, &size, nullptr).ok());
  EXPECT_EQ(size, 11u);
}

TEST_F(PreparedLogTest, a_log_outgrows_its_zeros) {
  const std::vector<std::string> appends(9, std::string(1500, 'x'));
  write_prepared(appends);
  EXPECT_GT(fs::file_size(log_), prepared_bytes);
  EXPECT_EQ(read(), std::string(9 * 1500, 'x'));
  EXPECT_TRUE(status_.ok());
}

// The same bytes, whether a log is written past the cache or through a file system that has no such
// way.
TEST_F(PreparedLogTest, both_ways_of_writing_give_one_file) {
  const std::vector<std::string> appends = {"first", "", std::string(6000, 'x'), "last"};
  write_prepared(appends);
  const std::string direct = content_of(log_);
  fs::remove(log_);
  const auto other = std::make_shared<Relay>(rocksdb::FileSystem::Default());
  PreparedLogs files(other, root_, prepared_bytes, false);
  files.prepare();
  write(files, appends);
  EXPECT_EQ(content_of(log_), direct);
}

TEST_F(PreparedLogTest, chunks_that_follow_closely_are_read) {
  // Layout 2, as it was written: the chunks of "one" and "three".
  write_prepared({"one", "three"});
  std::string close = "gwageo log 2\n" + std::string(3, '\0');
  std::uint64_t synced = close.size();
  for (const std::string bytes : {"one", "three"}) {
    ByteWriter checked;
    checked.u64(close.size());
    checked.u64(synced);
    const std::string rest = checked.take() + bytes;
    ByteWriter head;
    head.u32(0x6b6e6863);
    head.u32(static_cast<std::uint32_t>(bytes.size()));
    head.u64(quick_hash(rest));
    close += head.take() + rest;
    synced = close.size();
  }
  put_file(log_, close + std::string(100, '\0'));
  EXPECT_EQ(read(), "onethree");
  EXPECT_TRUE(status_.ok()) << status_.ToString();
}

TEST_F(PreparedLogTest, without_a_prepared_file_the_log_is_plain_and_is_read) {
  {
    PreparedLogs files(rocksdb::FileSystem::Default(), root_, prepared_bytes, false);
    write(files, {"plain ", "bytes"});
  }
  EXPECT_EQ(content_of(log_), "plain bytes");
  EXPECT_EQ(read(), "plain bytes");
  EXPECT_TRUE(status_.ok());
}

TEST_F(PreparedLogTest, a_last_append_that_is_not_whole_is_the_end) {
  write_prepared({"first", "second", "third"});
  const std::string whole = content_of(log_);
  const std::size_t begins = whole.find("third");
  for (std::size_t i = begins - 32; i < begins + 5; ++i) {
    std::string torn = whole;
    torn[i] = static_cast<char>(~torn[i]);
    put_file(log_, torn);
    EXPECT_EQ(read(), "firstsecond") << i;
    EXPECT_TRUE(status_.ok()) << i;
  }
  put_file(log_, whole.substr(0, begins + 2));
  EXPECT_EQ(read(), "firstsecond");
  EXPECT_TRUE(status_.ok());
}

// Without a sync between them the later of two appends may reach the disk alone.
TEST_F(PreparedLogTest, what_was_not_synced_may_have_holes) {
  {
    PreparedLogs files(rocksdb::FileSystem::Default(), root_, prepared_bytes, false);
    files.prepare();
    std::unique_ptr<rocksdb::FSWritableFile> file;
    ASSERT_TRUE(files.NewWritableFile(log_, {}, &file, nullptr).ok());
    ASSERT_TRUE(file->Append("first", {}, nullptr).ok());
    ASSERT_TRUE(file->Sync({}, nullptr).ok());
    ASSERT_TRUE(file->Append("second", {}, nullptr).ok());
    ASSERT_TRUE(file->Append("third", {}, nullptr).ok());
  }
  std::string bytes = content_of(log_);
  bytes[bytes.find("second")] = '\0';
  put_file(log_, bytes);
  EXPECT_EQ(read(), "first");
  EXPECT_TRUE(status_.ok()) << status_.ToString();
}

TEST_F(PreparedLogTest, damage_before_a_whole_append_is_an_error) {
  write_prepared({"first", "second", "third"});
  const std::string whole = content_of(log_);
  const std::size_t begins = whole.find("second");
  for (std::size_t i = begins - 32; i < begins + 6; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(~damaged[i]);
    put_file(log_, damaged);
    EXPECT_TRUE(std::string("first").starts_with(read())) << i;
    EXPECT_TRUE(status_.IsCorruption()) << i;
    EXPECT_NE(status_.ToString().find("damaged at byte"), std::string::npos);
  }
}

TEST_F(PreparedLogTest, a_log_of_another_layout_is_refused) {
  write_prepared({"one"});
  std::fstream(log_, std::ios::in | std::ios::out).seekp(11) << '4';
  EXPECT_EQ(read(), "");
  EXPECT_TRUE(status_.IsNotSupported()) << status_.ToString();
}

// The store uses it, and a killed process loses nothing that was synced.
TEST_F(PreparedLogTest, the_store_writes_its_log_so) {
  const fs::path folder = root_ / "store";
  const fs::path killed = root_ / "killed";
  {
    auto store = open_rocks_store({.path = folder, .reserve_bytes = 0});
    ASSERT_TRUE(store) << store.error().message;
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(
          (*store)->write({{{"k" + std::to_string(i), std::string(3000, 'v')}}, {}}, Sync::yes));
    }
    fs::copy(folder, killed);
  }
  std::size_t framed = 0;
  for (const auto& entry : fs::directory_iterator(killed)) {
    if (entry.path().extension() != ".log") continue;
    framed += content_of(entry.path()).starts_with("gwageo log 3") ? 1 : 0;
  }
  EXPECT_EQ(framed, 1u);
  auto store = open_rocks_store({.path = killed, .reserve_bytes = 0});
  ASSERT_TRUE(store) << store.error().message;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(*(*store)->read("k" + std::to_string(i)), std::string(3000, 'v'));
  }
}

}  // namespace
}  // namespace gwageo
