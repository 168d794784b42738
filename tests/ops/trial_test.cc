// What people who tried the program from its README alone ran into, and what it must do instead.
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/folders.h"
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

TEST_F(Trial, ABackupIntoTheLiveDataIsRefusedByName) {
  up("gwageo-data", 0);
  for (const char* const target : {"gwageo-data", "gwageo-data/", "gwageo-data/store/saved"}) {
    expect({"backup", target}, 2, {"lies in the data directory that is in use", "/gwageo-data;"});
  }
  EXPECT_FALSE(std::filesystem::exists(path("gwageo-data/store/saved")));
  done({"backup", "gwageo-data-saved"});
}

TEST_F(Trial, AnEmptyWordIsNamed) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> mistakes = {
      {"FILE", {"suite", "check", ""}},
      {"FILE", {"target", "add", ""}},
      {"PATH", {"plan", "import", "--from", "lm-eval", "", "--suite", "x"}},
      {"WHERE", {"restore", ""}},
      {"--data", {"up", "--data", ""}},
  };
  for (const auto& [name, words] : mistakes) expect(words, 2, {"gwageo: " + name + " is empty"});
}

TEST_F(Trial, ADataDirectoryUnderAFileIsBadInput) {
  write("file", "x");
  for (const char* const verb : {"up", "coordinator"}) {
    expect({verb, "--data", "file/data"}, 2, {"file/data: cannot be a folder"});
    expect({verb, "--data", "file"}, 2, {"file: cannot be a folder"});
  }
}

TEST_F(Trial, AWaitSaysFirstWhatItWaitsFor) {
  write_suite("mini");
  const pid_t pool = up("gwageo-data", 0);
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("new", "candidate", "2026-08-01", "1");
  const pid_t wait = begin("wait", {"submit", "--model", "new", "--suite", "mini", "--wait"});
  EXPECT_TRUE(eventually([&] { return text_of(".wait.out") == "1\n"; }));
  done({"cancel", "1"});
  EXPECT_EQ(wait_for(wait), 1);
  EXPECT_EQ(text_of(".wait.out"), "1\n");
  stop(pool);
}

TEST_F(Trial, EqualQuestionsOfOneJobAreNoEarlierWork) {
  write_suite("mini", 2);
  write("mini/sums.jsonl",
        "{\"id\":0,\"question\":\"1\",\"answer\":\"1\"}\n"
        "{\"id\":1,\"question\":\"1\",\"answer\":\"1\"}\n");
  up();
  done({"suite", "add", "mini/suite.yaml"});
  add_paced("new", "candidate", "2026-08-01", "1");
  examine("mini", "new");
  EXPECT_NE(done({"explain", "1"})
                .out.find("2 of 2 answers are there; 1 were executed for this job, 0 were known "
                          "from other jobs, 1 from another item of this job that asks the same."),
            std::string::npos);
  examine("mini", "new");
  EXPECT_NE(done({"explain", "2"}).out.find("2 were known from other jobs."), std::string::npos);
}

TEST_F(Trial, RepeatsAreNoItems) {
  write_suite("mini", 3);
  std::string text = text_of("mini/suite.yaml");
  text.insert(text.find("    metric_list"), "    repeats: 2\n");
  write("mini/suite.yaml", text);
  EXPECT_EQ(*done({"suite", "check", "mini/suite.yaml", "--json"}).json().find("items"), Json(3));
  up("gwageo-data", 0);
  EXPECT_NE(done({"suite", "add", "mini/suite.yaml"}).out.find("6 items with their repeats, 6 req"),
            std::string::npos);
}

TEST_F(Trial, WhatIsReadAsSomethingElseSaysSo) {
  write_suite("mini", 2);
  std::string text = text_of("mini/suite.yaml");
  text.replace(text.find("    dataset_kwargs"), 4, "    dataset_path: json\n    ");
  text.replace(text.find("sums.jsonl"), 10, "sums.csv");
  write("mini/suite.yaml", text);
  write("mini/sums.csv", "question,answer\n1,2\n");
  expect({"suite", "check", "mini/suite.yaml"}, 2,
         {"mini/sums.csv:1", "`dataset_path: json` reads it as JSON, `csv` as delimited text"});
  up("gwageo-data", 0);
  expect({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
          "openai", "--url", "ftp://127.0.0.1/v1", "--option", "model=m"},
         2, {"begins with \"ftp://\"", "http:// or https://"});
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
  const std::string command = folders::program() + " version >/dev/full 2>" + path("err");
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
