// The units for systemd: whether systemd itself takes them, and finds them closed enough.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "ops/run_command.h"
#include "tests/folders.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

struct Unit {
  const char* file;
  const char* instance;  // As it would be started.
  int exposure_max;      // Tenths; systemd calls up to 20 safe, up to 50 a matter of taste.
};

constexpr Unit units[] = {
    {"gwageo-coordinator.service", "gwageo-coordinator.service", 20},
    // It has devices, and engines make code while they run.
    {"gwageo-worker@.service", "gwageo-worker@n17.service", 25},
    {"gwageo-fleet@.service", "gwageo-fleet@night.service", 20},
};

// The units in a folder of their own, with the program where one is.
class SystemdUnits : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    if (const auto there = run_command({"systemd-analyze", "--version"}, "", seconds(60)); !there) {
      GTEST_SKIP() << there.error().message;
    }
    for (const Unit& unit : units) {
      std::ifstream in(folders::source() / "ops/systemd" / unit.file);
      std::ostringstream text;
      text << in.rdbuf();
      std::string whole = text.str();
      const std::string program = "/usr/local/bin/gwageo";
      ASSERT_NE(whole.find(program), std::string::npos) << unit.file;
      whole.replace(whole.find("ExecStart=" + program) + 10, program.size(), "/bin/true");
      std::ofstream(folder / unit.instance) << whole;
    }
  }
  const testing::TemporaryFolder folder;
};

TEST_F(SystemdUnits, AreTaken) {
  std::vector<std::string> words = {"systemd-analyze", "verify"};
  for (const Unit& unit : units) words.push_back((folder / unit.instance).string());
  const auto end = run_command(words, "", seconds(60));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->code, 0) << end->err << end->out;
  for (const Unit& unit : units) {
    EXPECT_EQ(end->err.find(std::string(unit.instance) + ":"), std::string::npos) << end->err;
  }
}

TEST_F(SystemdUnits, AreClosed) {
  for (const Unit& unit : units) {
    const auto end = run_command(
        {"systemd-analyze", "security", "--offline=yes",
         "--threshold=" + std::to_string(unit.exposure_max), (folder / unit.instance).string()},
        "", seconds(60));
    ASSERT_TRUE(end) << end.error().message;
    if (end->err.find("unrecognized option") != std::string::npos) GTEST_SKIP() << end->err;
    EXPECT_EQ(end->code, 0) << unit.file << "\n" << end->out << end->err;
  }
}

}  // namespace
}  // namespace gwageo
