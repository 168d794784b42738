// What a server says is kept in a bounded number of files of bounded size.
#include "worker/rotated_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

struct Rotated : ::testing::Test {
  std::string content(const std::string& name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const testing::TemporaryFolder temporary;
  const fs::path folder = temporary.path();
};

TEST_F(Rotated, KeepsSoManyFilesOfSoManyBytes) {
  RotatedLog log(folder / "log", 4, 3);
  log.write("abcdefghij");
  log.write("klmnop");
  EXPECT_EQ(content("log"), "mnop");
  EXPECT_EQ(content("log.1"), "ijkl");
  EXPECT_EQ(content("log.2"), "efgh");
  EXPECT_FALSE(fs::exists(folder / "log.3"));
}

TEST_F(Rotated, BeginsWithAFileOfItsOwn) {
  { RotatedLog(folder / "log", 100, 2).write("first"); }
  { RotatedLog(folder / "log", 100, 2).write("second"); }
  EXPECT_EQ(content("log"), "second");
  EXPECT_EQ(content("log.1"), "first");
  { RotatedLog(folder / "alone", 100, 1).write("first"); }
  { RotatedLog(folder / "alone", 100, 1).write("second"); }
  EXPECT_EQ(content("alone"), "second");
  EXPECT_FALSE(fs::exists(folder / "alone.1"));
}

// Whoever may write there could have it write elsewhere.
TEST_F(Rotated, WritesThroughNoLink) {
  std::ofstream(folder / "precious") << "kept";
  fs::create_symlink(folder / "precious", folder / "log");
  fs::create_directories(folder / "log.1/so/that/the/link/stays");
  RotatedLog(folder / "log", 100, 2).write("said");
  EXPECT_TRUE(fs::is_symlink(folder / "log"));
  EXPECT_EQ(content("precious"), "kept");
}

TEST_F(Rotated, LosesWhatCannotBeWritten) {
  RotatedLog log(folder / "missing/log", 4, 3);
  log.write("abcdefghij");
}

}  // namespace
}  // namespace gwageo
