// Where servers that workers start say what they say: each worker in a folder of its own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "ops/log.h"
#include "ops/scratch_folder.h"
#include "ops/worker_processes.h"
#include "tests/folders.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

struct EngineLogs : ::testing::Test {
  void SetUp() override {
    fs::create_directories(folder / "tmp");
    ::setenv("TMPDIR", (folder / "tmp").c_str(), 1);
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }
  /// What the worker of that name has, with the templates of this repository.
  Result<std::shared_ptr<const ProcessRoom>> room_of(const std::string& worker, bool is_given) {
    Invocation arguments;
    arguments.add("engines", folders::source() / "worker/engines");
    if (is_given) arguments.add("engine-logs", (folder / "logs").string());
    return worker_process_room(arguments, worker, *log);
  }

  /// Why a worker without --engine-logs does not start.
  std::string refused() {
    const auto room = room_of("w1", false);
    if (room) return "it starts";
    EXPECT_EQ(room.error().kind, ErrorKind::bad_input);
    return room.error().message;
  }
  /// A folder as a worker leaves it, with nothing in it, a link's name included, that was written
  /// within so many days.
  fs::path left_behind(const std::string& worker, int days) const {
    const fs::path left = all / worker;
    fs::create_directories(left / "slot0/model");
    for (const char* file : {"lock", "slot0/engine.log"}) std::ofstream(left / file) << "said\n";
    fs::create_symlink(folder / "model.gguf", left / "slot0/model/model.gguf");
    const std::time_t then = std::time(nullptr) - days * 24 * 3600;
    for (const char* name :
         {"slot0/model/model.gguf", "slot0/model", "slot0/engine.log", "slot0", "lock", ""}) {
      const struct timespec times[] = {{then, 0}, {then, 0}};
      EXPECT_EQ(::utimensat(AT_FDCWD, (left / name).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
    }
    return left;
  }
  unsigned mode_of(const fs::path& path) const {
    struct stat about = {};
    return ::lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
  }

  const testing::TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  const fs::path all = folder / "tmp" / ("gwageo-engines-" + std::to_string(::getuid()));
  const std::unique_ptr<Log> log = *new_log("");
  const std::string next_step =
      ": have it removed, or give this worker another folder with --engine-logs DIR";
};

TEST_F(EngineLogs, WorkersWithOneFolderDoNotMeetInIt) {
  const auto one = room_of("w1", true);
  ASSERT_TRUE(one) << one.error().message;
  const auto other = room_of("w2", true);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ((*one)->logs, (folder / "logs/w1").string());
  EXPECT_EQ((*other)->logs, (folder / "logs/w2").string());
}

TEST_F(EngineLogs, ASecondWorkerOfOneNameIsRefusedUntilTheFirstIsGone) {
  auto first = room_of("w1", true);
  ASSERT_TRUE(first) << first.error().message;
  const auto second = room_of("w1", true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(second.error().message,
            "--engine-logs: " + (folder / "logs/w1").string() +
                " is another worker's, which runs: give each worker a --name of its own, or each "
                "pool another folder");
  first->reset();
  EXPECT_TRUE(room_of("w1", true));
}

TEST_F(EngineLogs, WorkersOfTwoPoolsHaveTemporaryFoldersOfTheirOwn) {
  const auto one = room_of("w1", false);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_TRUE((*one)->logs.ends_with("/w1")) << (*one)->logs;
  const auto other = room_of("w1", false);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_NE((*other)->logs, (*one)->logs);
}

// Anybody can tell the name beforehand, and lay a folder or links of their own there.
TEST_F(EngineLogs, TheTemporaryFolderIsThisUsersAloneOrTheWorkerEnds) {
  fs::create_directories(folder / "elsewhere");
  fs::create_directory_symlink(folder / "elsewhere", all);
  EXPECT_EQ(refused(), "engine logs: " + all.string() + " is a link" + next_step);
  EXPECT_TRUE(fs::is_empty(folder / "elsewhere"));
  fs::remove(all);
  std::ofstream(all) << "a file\n";
  EXPECT_EQ(refused(), "engine logs: " + all.string() + " is no folder" + next_step);
  fs::remove(all);
  fs::create_directory(all);
  ::chmod(all.c_str(), 0775);
  EXPECT_EQ(refused(), "engine logs: " + all.string() + " can be written to by others" + next_step);
  ::chmod(all.c_str(), 0755);
  fs::create_directory_symlink(folder / "elsewhere", all / "w1");
  EXPECT_EQ(refused(), "engine logs: " + (all / "w1").string() + " is a link" + next_step);
  fs::remove(all / "w1");
  const auto room = room_of("w1", false);
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(mode_of(all), 0700u);
  const Result<std::string> slot = slot_logs(**room, 2);
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_EQ(*slot, (all / "w1/slot2").string());
}

TEST_F(EngineLogs, TheTemporaryFolderOfSomebodyElseIsRefused) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  fs::create_directory(all);
  ASSERT_EQ(::chown(all.c_str(), 65534, 65534), 0);
  EXPECT_EQ(refused(), "engine logs: " + all.string() +
                           " is not of this user: it belongs to user 65534: have it removed, or "
                           "give this worker another folder with --engine-logs DIR");
}

TEST_F(EngineLogs, NoTemporaryFolderIsSaidInWords) {
  ::setenv("TMPDIR", (folder / "missing").c_str(), 1);
  const auto room = room_of("w1", false);
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().message, "the folder for temporary files (TMPDIR), " +
                                      (folder / "missing").string() +
                                      ": No such file or directory");
}

TEST_F(EngineLogs, NoLinkIsFollowedInAFolderThatIsGivenEither) {
  const fs::path elsewhere = folder / "elsewhere";
  fs::create_directories(elsewhere);
  fs::create_directories(folder / "logs");
  fs::create_directory_symlink(elsewhere, folder / "logs/w1");
  const auto refused = room_of("w1", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(refused.error().message,
            "engine logs: " + (folder / "logs/w1").string() + " is a link" + next_step);
  fs::remove(folder / "logs/w1");
  fs::create_directory(folder / "logs/w1");
  fs::create_symlink(elsewhere / "lock", folder / "logs/w1/lock");
  const auto unlocked = room_of("w1", true);
  ASSERT_FALSE(unlocked);
  EXPECT_EQ(unlocked.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(unlocked.error().message,
            "engine logs: " + (folder / "logs/w1/lock").string() + " is a link" + next_step);
  fs::remove(folder / "logs/w1/lock");
  const auto room = room_of("w1", true);
  ASSERT_TRUE(room) << room.error().message;
  fs::create_directory_symlink(elsewhere, folder / "logs/w1/slot0");
  const Result<std::string> slot = slot_logs(**room, 0);
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().kind, ErrorKind::unavailable) << "another machine may do better";
  EXPECT_EQ(slot.error().message,
            "the folder of engine logs: " + (folder / "logs/w1/slot0").string() +
                " is a link: mend it on this machine, or give its worker another one "
                "(--engine-logs DIR)");
  EXPECT_TRUE(fs::is_empty(elsewhere));
}

// A fleet uses no name twice.
TEST_F(EngineLogs, WhatWorkersThatAreNoMoreLeftGoesAfterAWeek) {
  const auto running = room_of("runs", false);
  ASSERT_TRUE(running) << running.error().message;
  const fs::path held = left_behind("held", 8);
  const Result<FileLock> lock = FileLock::attempt(held / "lock", LockKind::exclusive);
  ASSERT_TRUE(lock);
  const fs::path recent = left_behind("recent", 6);
  const fs::path written = left_behind("written", 8);
  std::ofstream(written / "slot0/engine.log") << "just now\n";
  const fs::path gone = left_behind("gone", 8);
  std::ofstream(folder / "model.gguf") << "weights\n";
  const auto next = room_of("next", false);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_FALSE(fs::exists(gone));
  EXPECT_TRUE(fs::exists(folder / "model.gguf")) << "the link was removed, not what it shows";
  for (const fs::path& kept : {held, recent, written, all / "runs", all / "next"}) {
    EXPECT_TRUE(fs::exists(kept)) << kept;
  }
}

// What `model add` leaves when it fails, or is killed.
TEST_F(EngineLogs, AScratchFolderThatIsKeptStaysUntilTheNextIsMade) {
  std::string kept;
  {
    auto first = ScratchFolder::make("gwageo-add-");
    ASSERT_TRUE(first) << first.error().message;
    const auto second = ScratchFolder::make("gwageo-add-");
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE(fs::exists(first->path())) << "it is in use";
    kept = first->path();
    first->keep();
  }
  EXPECT_TRUE(fs::exists(kept));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "tmp"), fs::directory_iterator()), 1);
  const auto third = ScratchFolder::make("gwageo-add-");
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_FALSE(fs::exists(kept));
}

}  // namespace
}  // namespace gwageo
