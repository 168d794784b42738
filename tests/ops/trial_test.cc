// What people who tried the program from its README alone ran into, and what it must do instead.
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class Trial : public ProgramTest {
 protected:
  std::string text_of(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void examine(const std::string& suite, const std::string& model) {
    done({"submit", "--model", model, "--suite", suite, "--wait"});
  }
};

// The archive has the journal of everything, and the suites of what was exported.
TEST_F(Trial, AnExportBesideATargetOnAnotherSuiteRescores) {
  write_suite("mini");
  write_suite("other");
  up();
  for (const char* const suite : {"mini", "other"}) {
    done({"suite", "add", std::string(suite) + "/suite.yaml"});
    done({"target", "add", std::string(suite) + "/target.yaml"});
  }
  add_paced("old", "reference", "2026-07-01", "1");
  add_paced("new", "candidate", "2026-08-01", "1");
  examine("mini", "old");
  examine("mini", "new");
  ASSERT_TRUE(eventually([&] {
    return run({"journal"}).out.find("other-95") != std::string::npos;
  })) << "its pending verdict is on record";
  done({"export", "mini-95", "--out", "mini.archive"});
  done({"export", "1", "--out", "one.archive"});
  for (const char* const archive : {"mini.archive", "one.archive"}) {
    const Ran ran = run({"audit", "rescore", archive, "--json"});
    EXPECT_EQ(ran.code, 0) << ran.out;
  }
}

TEST_F(Trial, ARefusedBackupLeavesNothing) {
  up("gwageo-data", 0);
  done({"keys", "new", "auditor", "anna", "--out", "anna.key"});
  std::ifstream endpoint(path("gwageo-data/endpoint"));
  std::string address;
  std::getline(endpoint, address);
  expect({"backup", "saved", "--coordinator", address, "--key", "anna.key"}, 4, {"no right"});
  EXPECT_TRUE(std::filesystem::is_empty(path("saved")));
  done({"backup", "saved"});
  EXPECT_TRUE(std::filesystem::exists(path("saved/keys/coordinator.key")));
  // Signed over exactly what it has, although nothing waits for the next checkpoint.
  const Json audit = done({"audit", "verify", "saved", "--json"}).json();
  EXPECT_EQ(*audit.find("unsigned"), Json(0));
  done({"audit", "verify", "saved", "--signer", audit.find("signer")->as_string()});
}

TEST_F(Trial, AStopDuringTheStartStartsNobodyMore) {
  const pid_t pool = begin("pool", {"up", "--data", "gwageo-data", "--workers", "2"});
  ASSERT_TRUE(eventually(
      [&] { return text_of("gwageo-data/log/up.log").find("started") != std::string::npos; }));
  ::kill(pool, SIGTERM);
  EXPECT_EQ(wait_for(pool), 0);
  const std::string log = text_of("gwageo-data/log/up.log");
  const std::size_t stopping = log.find("stopping");
  ASSERT_NE(stopping, std::string::npos) << log;
  EXPECT_EQ(log.find("started", stopping), std::string::npos) << log;
}

TEST_F(Trial, AnAnswerThatCannotBeWrittenIsNoAnswer) {
  const std::string command = std::string(GWAGEO_PROGRAM) + " version >/dev/full 2>" + path("err");
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(text_of("err").find("could not be written"), std::string::npos) << text_of("err");
}

TEST_F(Trial, ASubmissionForNobodyOrOfTheRetiredIsRefused) {
  write_suite("mini", 3);
  up("gwageo-data", 0);
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("new", "candidate", "2026-08-01", "1");
  expect({"submit", "--model", "new", "--suite", "mini", "--team", "typo"}, 2,
         {"no team is named typo"});
  done({"submit", "--model", "new", "--suite", "mini", "--team", "default"});
  done({"model", "retire", "new"});
  expect({"submit", "--model", "new", "--suite", "mini"}, 2, {"model new is retired"});
}

TEST_F(Trial, ADamagedArchiveNamesItself) {
  write_suite("mini", 3);
  up();
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("new", "candidate", "2026-08-01", "1");
  examine("mini", "new");
  done({"export", "1", "--out", "whole.archive"});
  const std::string whole = text_of("whole.archive");
  ASSERT_GT(whole.size(), 200U);
  for (std::size_t at = 24; at < 120; at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write("damaged.archive", damaged);
    const Ran ran = run({"audit", "rescore", "damaged.archive", "--json"});
    EXPECT_EQ(ran.code, 1) << at << ": " << ran.out;
    EXPECT_NE(ran.out.find("damaged.archive"), std::string::npos) << at << ": " << ran.out;
  }
}

}  // namespace
}  // namespace gwageo::testing
