// What is no file in the place of one, whoever put it there: a pipe is not waited for, and a link
// to itself is no crash.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class OddFiles : public ProgramTest {};

TEST_F(OddFiles, AreRefusedInWords) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  stop(up("gwageo-data", 0));
  const std::vector<std::vector<std::string>> all = {
      {"audit", "verify", "pipe"},
      {"audit", "rescore", "pipe"},
      {"audit", "prove", "1/0", "pipe"},
      {"recover", "--from", "pipe", "--data", "gwageo-data"}};
  for (const auto& words : all) expect(words, 2, {"pipe"});
  std::filesystem::remove(path("gwageo-data/lock"));
  ASSERT_EQ(::mkfifo(path("gwageo-data/lock").c_str(), 0600), 0);
  done({"audit", "verify", "gwageo-data"});  // It can be locked as well as a file.
  std::filesystem::remove(path("gwageo-data/lock"));
  std::filesystem::remove(path("gwageo-data/checkpoint"));
  std::filesystem::create_symlink("checkpoint", path("gwageo-data/checkpoint"));
  expect({"coordinator", "--data", "gwageo-data"}, 1, {"checkpoint"});
}

}  // namespace
}  // namespace gwageo::testing
