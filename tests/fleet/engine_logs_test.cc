// Where servers that workers start say what they say: each worker in a folder of its own.
#include <gtest/gtest.h>

#include <filesystem>

#include "ops/log.h"
#include "ops/scratch_folder.h"
#include "ops/worker_processes.h"
#include "tests/folders.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

struct EngineLogs : ::testing::Test {
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder / "tmp");
    ::setenv("TMPDIR", (folder / "tmp").c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("TMPDIR");
    fs::remove_all(folder);
  }
  /// What the worker of that name has, with the templates of this repository.
  Result<std::shared_ptr<const ProcessRoom>> room_of(const std::string& worker, bool is_given) {
    Invocation arguments;
    arguments.add("engines", folders::source() / "worker/engines");
    if (is_given) arguments.add("engine-logs", (folder / "logs").string());
    return worker_process_room(arguments, worker, *log);
  }

  const fs::path folder = fs::path(::testing::TempDir()) / "gwageo-engine-logs";
  const std::unique_ptr<Log> log = *new_log("");
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
