// Keys from their making to their end, from the command line, with real processes.
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class KeyLife : public ProgramTest {
 protected:
  std::string state_of(const std::string& name) {
    const Json answer = done({"keys", "list", "--json"}).json();
    for (const Json& one : answer.find("principals")->as_array()) {
      if (*one.find("principal") == Json(name)) return one.find("state")->as_string();
    }
    return "";
  }
};

TEST_F(KeyLife, ATeamReplacesItsKeyAndAnOperatorEndsIt) {
  const pid_t pool = up("gwageo-data", 0);
  done({"keys", "new", "team", "red", "--out", "red.key"});
  done({"keys", "rotate", "red", "--key", "red.key", "--out", "red-2.key", "--reason", "routine"});
  expect({"status", "--key", "red.key"}, 4, {"does not know the key of red"});
  done({"status", "--key", "red-2.key"});
  expect({"keys", "rotate", "red", "--out", "red-2.key"}, 2, {"exists already"});
  // In place of the file in use.
  done({"keys", "rotate", "red", "--key", "red-2.key"});
  done({"status", "--key", "red-2.key"});
  EXPECT_FALSE(std::filesystem::exists(path("red-2.key.next")));
  const Json shown = done({"keys", "show", "--key", "red-2.key", "--json"}).json();
  EXPECT_EQ(shown.find("former")->as_array().size(), 2u);
  expect({"keys", "rotate", "operator", "--key", "red-2.key"}, 4, {"own key only"});
  expect({"keys", "revoke", "red", "--key", "red-2.key", "--reason", "x"}, 4, {"has no right"});
  expect({"keys", "revoke", "red"}, 2, {"--reason"});
  done({"keys", "revoke", "red", "--reason", "the laptop was lost"});
  expect({"status", "--key", "red-2.key"}, 4, {"does not know the key of red"});
  EXPECT_EQ(state_of("red"), "revoked");
  expect({"keys", "new", "team", "red", "--out", "red-3.key"}, 2, {"never used again"});
  EXPECT_FALSE(std::filesystem::exists(path("red-3.key")));
  expect({"keys", "revoke", "operator", "--reason", "x"}, 2, {"only operator"});
  // An operator's own, in place of the one in the data directory; all of it outlives a restart.
  done({"keys", "rotate", "operator"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify"});
  up("gwageo-data", 0);
  EXPECT_EQ(state_of("red"), "revoked");
  EXPECT_EQ(state_of("operator"), "active");
  expect({"status", "--key", "red-2.key"}, 4, {"does not know the key of red"});
  const Json verified = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(*verified.find("ok"), Json(true));
  EXPECT_EQ(*verified.find("statements")->find("checked"), Json(5));
}

TEST_F(KeyLife, TheWorkersOfAPoolComeBackWithTheirNewKey) {
  write_suite("s");
  up("gwageo-data", 1);
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine",
        "paced"});
  done({"submit", "--model", "m", "--suite", "s", "--wait"});
  done({"keys", "rotate", "worker"});
  done({"submit", "--model", "m", "--suite", "s", "--skip-lookup", "--wait"});
  const Json verified = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(*verified.find("ok"), Json(true)) << verified.dump();
  EXPECT_EQ(stop(up("other", 0)), 0);
}

TEST_F(KeyLife, WhatWorkersHandedInIsSignedWhenThePoolHasStopped) {
  write_suite("s");
  const pid_t pool = up("gwageo-data", 2);
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine",
        "paced"});
  done({"submit", "--model", "m", "--suite", "s", "--wait"});
  EXPECT_EQ(stop(pool), 0);
  const Json verified = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(*verified.find("ok"), Json(true)) << verified.dump();
  const Json& statements = *verified.find("statements");
  EXPECT_GT(statements.find("results")->as_integer(), 0);
  EXPECT_EQ(*statements.find("results_unsigned"), Json(0));
}

}  // namespace
}  // namespace gwageo::testing
