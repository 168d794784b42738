// Files in folders where others may write as well. That of folders is
// tests/fleet/engine_logs_test.cc.
#include "worker/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "tests/temporary_folder.h"
#include "worker/file_lock.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

struct OwnFolder : ::testing::Test {
  const testing::TemporaryFolder temporary;
  const fs::path folder = temporary.path();
};

/// How often this process has the file open.
int times_open(const fs::path& file) {
  int times = 0;
  for (const fs::directory_entry& open : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    times += fs::read_symlink(open.path(), gone) == file ? 1 : 0;
  }
  return times;
}

// Whoever goes on in a folder that another one has just removed has none.
TEST_F(OwnFolder, ALockIsNoneWhoseFileWasRemovedMeanwhile) {
  const fs::path path = folder / "lock";
  std::optional<FileLock> held = FileLock::attempt(path, LockKind::exclusive).value();
  auto next =
      std::async(std::launch::async, [&] { return FileLock::wait(path, LockKind::exclusive); });
  while (times_open(path) < 2) std::this_thread::yield();
  fs::remove(path);
  held.reset();
  const Result<FileLock> late = next.get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::not_found);
  EXPECT_TRUE(FileLock::attempt(path, LockKind::exclusive)) << "another one, which is made";
}

TEST_F(OwnFolder, ANoteIsReadAsItWasWritten) {
  const std::string note = folder / "note";
  ASSERT_TRUE(write_note(note, "a longer text"));
  ASSERT_TRUE(write_note(note, "a text"));
  EXPECT_EQ(read_note(note, 6).value(), "a text");
  EXPECT_EQ(read_note(note, 5).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(read_note(folder / "none", 6).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_note(folder, 4096).error().kind, ErrorKind::bad_input);
}

TEST_F(OwnFolder, TheEndOfAFileIsWhatWasWrittenLast) {
  std::ofstream(folder / "log") << "first last";
  fs::create_symlink(folder / "log", folder / "link");
  EXPECT_EQ(end_of_file(folder / "log", 4), "last");
  EXPECT_EQ(end_of_file(folder / "log", 400), "first last");
  EXPECT_EQ(end_of_file(folder / "link", 400), "");
  EXPECT_EQ(end_of_file(folder / "none", 400), "");
  EXPECT_EQ(end_of_file(folder, 400), "");
}

TEST_F(OwnFolder, NoNoteAndNoLockIsOpenedThroughALink) {
  std::ofstream(folder / "precious") << "kept";
  fs::create_symlink(folder / "precious", folder / "note");
  fs::create_symlink(folder / "made by it", folder / "lock");
  EXPECT_FALSE(write_note(folder / "note", "said"));
  EXPECT_FALSE(read_note(folder / "note", 4096));
  EXPECT_EQ(read_note(folder / "precious", 4096).value(), "kept");
  EXPECT_FALSE(FileLock::attempt(folder / "lock", LockKind::exclusive));
  EXPECT_FALSE(fs::exists(folder / "made by it"));
}

}  // namespace
}  // namespace gwageo
