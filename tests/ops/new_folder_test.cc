// A folder that somebody may look at is whole.
#include "ops/new_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

class NewFolders : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (root_ / name).string(); }
  static void write(const std::string& path) { std::ofstream(path) << "x"; }
  /// Everything below the root.
  std::set<std::string> found() const {
    std::set<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      out.insert(fs::relative(entry.path(), root_).string());
    }
    return out;
  }
  using Names = std::set<std::string>;

  const testing::TemporaryFolder temporary_;
  const fs::path& root_ = temporary_.path();
};

TEST_F(NewFolders, StandUnderTheirNameOnceTheyAreWhole) {
  auto folder = NewFolder::make(path("a/plan/"));
  ASSERT_TRUE(folder) << folder.error().message;
  write(folder->file("rows"));
  write(folder->file("suite"));
  EXPECT_FALSE(fs::exists(path("a/plan")));
  ASSERT_TRUE(folder->finish("suite"));
  EXPECT_EQ(folder->final_file("suite"), path("a/plan/suite"));
  EXPECT_EQ(found(), (Names{"a", "a/plan", "a/plan/rows", "a/plan/suite"}));
}

TEST_F(NewFolders, GoWhenTheyAreNeverFinished) {
  {
    auto folder = NewFolder::make(path("plan"));
    ASSERT_TRUE(folder);
    write(folder->file("rows"));
  }
  EXPECT_EQ(found(), Names{});
}

// As the working folder, or where something is mounted: it cannot be replaced itself.
TEST_F(NewFolders, FillAnEmptyFolderThatIsThere) {
  fs::create_directories(path("plan"));
  {
    auto folder = NewFolder::make(path("plan"));
    ASSERT_TRUE(folder) << folder.error().message;
    write(folder->file("rows"));
    write(folder->file("suite"));
    EXPECT_FALSE(fs::exists(path("plan/rows")));
    ASSERT_TRUE(folder->finish("suite"));
  }
  EXPECT_EQ(found(), (Names{"plan", "plan/rows", "plan/suite"}));
}

TEST_F(NewFolders, AreNotInTheWayOfWhatAKilledProcessLeft) {
  fs::create_directories(path("plan.part"));
  write(path("plan.part/half"));
  {
    auto folder = NewFolder::make(path("plan"));
    ASSERT_TRUE(folder) << folder.error().message;
    write(folder->file("suite"));
    ASSERT_TRUE(folder->finish("suite"));
  }
  EXPECT_EQ(found(), (Names{"plan", "plan/suite", "plan.part", "plan.part/half"}));
}

TEST_F(NewFolders, ReplaceNothing) {
  write(path("file"));
  fs::create_directories(path("full"));
  write(path("full/thing"));
  fs::create_symlink("nowhere", path("link"));
  for (const char* const name : {"file", "full", "link"}) {
    const auto folder = NewFolder::make(path(name));
    ASSERT_FALSE(folder) << name;
    EXPECT_EQ(folder.error().kind, ErrorKind::conflict);
    EXPECT_EQ(folder.error().message,
              path(name) + ": exists already; give --out another name, or remove it");
  }
  auto late = NewFolder::make(path("late"));
  ASSERT_TRUE(late);
  write(late->file("suite"));
  fs::create_directories(path("late"));
  write(path("late/mine"));
  EXPECT_EQ(late->finish("suite").error().kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace gwageo
