// What lies in a backup beside its journal, and is not what it has to be.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

namespace fs = std::filesystem;

class RestoredBackup : public ProgramTest {
 protected:
  /// A backup, and a pool that has gone on since.
  void SetUp() override {
    const pid_t pool = up("gwageo-data", 0);
    add_paced("m1", "candidate", "2026-01-01", "4");
    done({"backup", "backup"});
    done({"model", "retire", "m1", "--reason", "one story"});
    EXPECT_EQ(stop(pool), 0);
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> restore_to(const std::string& data) const {
    return {"restore", "backup", "--data", data};
  }
};

TEST_F(RestoredBackup, HasWhatItsWitnessesCosigned) {
  // One that is over more records than there are.
  write("backup/witnesses/haneul", read("gwageo-data/checkpoint"));
  expect(restore_to("r1"), 1,
         {"not what a witness cosigned", "backup/witnesses/haneul is over ", "are gone",
          "nothing is restored", "recover --from MIRROR --witness FILE"});
  EXPECT_TRUE(!fs::exists(path("r1")) || fs::is_empty(path("r1")));
  // As it says: without the file, and refilled before anything is served.
  fs::rename(path("backup/witnesses/haneul"), path("haneul"));
  done(restore_to("r1"));
  done({"audit", "export", "gwageo-data", "--out", "mirror"});
  done({"recover", "--from", "mirror", "--witness", "haneul", "--data", "r1"});
  done({"audit", "verify", "r1", "--from", "haneul"});
  // One of another story, as long as this.
  done(restore_to("forked"));
  const pid_t fork = up("forked", 0);
  EXPECT_EQ(stop(fork), 0);
  write("gwageo-data/witnesses/haneul", read("forked/checkpoint"));
  expect({"restore", "gwageo-data", "--data", "r2"}, 1,
         {"not what a witness cosigned", "gwageo-data/witnesses/haneul", "nothing is restored"});
}

TEST_F(RestoredBackup, SaysWhichKeyFilesAreOfNoUse) {
  const std::string operator_key = read("backup/keys/operator.key");
  write("backup/keys/operator.key", "junk");
  write("backup/keys/worker.key", operator_key);
  const Ran junk = done({"restore", "backup", "--data", "r1", "--json"});
  EXPECT_EQ(junk.json().find("keys_damaged")->dump(), R"(["keys/operator.key","keys/worker.key"])");
  for (const std::string part :
       {"backup/keys/operator.key:1: ", "name another operator's key to every verb with --key",
        "backup/keys/worker.key: is the key of a principal with role operator", "up --workers 0"}) {
    EXPECT_NE(junk.err.find(part), std::string::npos) << junk.err;
  }
  EXPECT_EQ(stop(up("foreign", 0)), 0);
  write("backup/keys/operator.key", read("foreign/keys/operator.key"));
  const Ran foreign = done({"restore", "backup", "--data", "r2"});
  EXPECT_NE(foreign.err.find("keys/operator.key: is for another coordinator"), std::string::npos)
      << foreign.err;
}

}  // namespace
}  // namespace gwageo::testing
