// How operators and teams steer a pool from the command line, with real processes.
#include <limits>

#include "ops/duration.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

TEST(Duration, IsAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_seconds("90s"), 90);
  EXPECT_EQ(parse_seconds("30m"), 1800);
  EXPECT_EQ(parse_seconds("2h"), 7200);
  EXPECT_EQ(parse_seconds("7d"), 604800);
  EXPECT_EQ(parse_seconds("0s"), 0);
  for (const char* text : {"", "s", "2", "2w", "-1h", "1.5h", " 1h", "1 h", "1h30m",
                           "99999999999999999999s", "153722867281d"}) {
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
  }
}

class Steering : public ProgramTest {
 protected:
  /// A pool with a slow model of team red on a suite of 40 items.
  void SetUp() override {
    write_suite("s");
    pool_ = up("gwageo-data", 1);
    done({"suite", "add", "s/suite.yaml"});
    done({"keys", "new", "team", "red", "--out", "red.key"});
    done({"keys", "new", "team", "blue", "--out", "blue.key"});
    done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine",
          "paced", "--option", "milliseconds=1", "--key", "red.key"});
  }
  std::string says(const std::vector<std::string>& words) { return done(words).out; }
  void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  bool complete(const std::string& job) {
    return done({"status", job, "--json"}).json().find("state")->as_string() == "complete";
  }
  pid_t pool_ = 0;
};

TEST_F(Steering, ADayOfAnOperator) {
  // A broken machine is kept out, whatever starts there.
  expect({"quarantine", "w1"}, 2, {"--reason"});
  expect({"quarantine", "w1", "--reason", "hot", "--key", "red.key"}, 4, {"has no right"});
  ASSERT_TRUE(eventually([&] { return run({"quarantine", "w1", "--reason", "hot"}).code == 0; }));
  expect_part(says({"workers"}), "w1 is quarantined by operator: hot");
  done({"submit", "--model", "m", "--suite", "s", "--within", "2h", "--tier", "refresh"});
  expect({"submit", "--model", "m", "--suite", "s", "--within", "soon"}, 2, {"90s, 30m, 2h or 7d"});
  expect({"submit", "--model", "m", "--suite", "s", "--tier", "audit", "--key", "red.key"}, 4,
         {"only an operator submits to it"});
  const std::string why = says({"explain", "1"});
  expect_part(why, "It is number 1 of 1 of its team's jobs that wait for slots.");
  expect_part(why, "As things are, nobody can say when it will be over.");
  expect_part(why, "Worker w1 is quarantined by operator: hot.");
  expect_part(why, "give one work again (gwageo undrain NAME)");

  // The job is held back, and its machine comes back: nothing happens until it is let go on.
  expect({"pause", "1", "--key", "blue.key"}, 4, {"a team pauses its own jobs only"});
  expect_part(says({"pause", "1", "--key", "red.key"}), "job 1 is paused");
  expect_part(says({"undrain", "w1"}), "worker w1 takes work again");
  expect_part(says({"priority", "1", "-5"}), "job 1 has priority -5");
  EXPECT_EQ(stop(pool_), 0);
  pool_ = up("gwageo-data", 1);
  const Json job = done({"status", "1", "--json"}).json();
  EXPECT_EQ(*job.find("state"), Json("running"));
  EXPECT_EQ(*job.find("paused"), Json(true));
  EXPECT_EQ(*job.find("paused_by"), Json("red"));
  EXPECT_EQ(*job.find("priority"), Json(-5));
  EXPECT_EQ(*job.find("tier"), Json("refresh"));
  EXPECT_EQ(*job.find("within_seconds"), Json(7200));
  EXPECT_EQ(*job.find("items")->find("pending"), Json(40));
  expect_part(says({"status"}), "paused");
  expect_part(says({"explain", "1"}),
              "It is paused by red: it gets no slot until somebody resumes "
              "it (gwageo resume 1).");
  done({"resume", "1", "--key", "red.key"});
  EXPECT_TRUE(eventually([&] { return complete("1"); }));
  expect({"pause", "1"}, 1, {"the job is complete already"});
  expect({"priority", "1", "5000"}, 2, {"from -1000 to 1000"});
}

TEST_F(Steering, ADeadlineBeforeTheEstimateIsWarnedOf) {
  done({"model", "add", "slow", "--role", "candidate", "--released", "2026-02-01", "--engine",
        "paced", "--option", "milliseconds=600000", "--key", "red.key"});
  // 40 items, by the prior of a second each.
  const Ran submitted = done({"submit", "--model", "slow", "--suite", "s", "--within", "30s"});
  expect_part(submitted.err, "gwageo: warning: job 1: it is expected to be ");
  expect_part(submitted.err, " late, and to be over in ");
  expect_part(submitted.err, "(gwageo explain 1 says why)");
  const Json again =
      done({"submit", "--model", "slow", "--suite", "s", "--within", "31s", "--json"}).json();
  expect_part(again.find("warning")->as_string(), "it is expected to be ");
  const Ran in_time = done({"submit", "--model", "m", "--suite", "s", "--within", "30d"});
  EXPECT_EQ(in_time.err, "");
  const std::string why = says({"explain", "1"});
  expect_part(why, "It is to be over within 30 s, ");
  expect_part(why, " from now; it is expected to be ");
  expect_part(says({"explain", "3"}), "It is to be over within 30 d");
}

TEST_F(Steering, TeamsHaveBounds) {
  done({"team", "add", "lab", "--limit", "8", "--guarantee", "4"});
  expect_part(says({"team", "add", "red", "--parent", "lab", "--share", "3", "--jobs", "1"}),
              "team red is added");
  expect({"team", "add", "red"}, 2, {"was added already", "gwageo team set red"});
  expect({"team", "set", "red", "--guarantee", "5"}, 2,
         {"the teams in lab are guaranteed 5 together, which is more than its guarantee of 4"});
  expect({"team", "set", "lab", "--parent", "red"}, 2, {"lab -> red -> lab is a cycle"});
  expect({"team", "set", "red", "--share", "0"}, 2, {"shares that sum to nothing"});
  expect({"team", "set", "red", "--limit", "0"}, 2, {"say none for no bound"});
  expect({"team", "set", "red", "--jobs", "-1"}, 2, {"--jobs"});
  expect({"team", "set", "green", "--share", "2"}, 2, {"gwageo team add green"});
  expect({"team", "set", "red", "--share", "2", "--key", "red.key"}, 4, {"has no right"});

  ASSERT_TRUE(eventually([&] { return run({"drain", "w1"}).code == 0; }));
  done({"submit", "--model", "m", "--suite", "s", "--key", "red.key"});
  expect({"submit", "--model", "m", "--suite", "s", "--key", "red.key"}, 2,
         {"team red has a quota of 1 open job, and 1 is open", "gwageo team set red --jobs N"});
  const std::string table = says({"team", "show"});
  expect_part(table, "team  parent  share  guarantee  holds  jobs  items  GPU-hours  children\n");
  expect_part(table, "lab        -      1          4  0/8       1     40       0.00  red\n");
  expect({"team", "show", "lab", "--key", "red.key"}, 4, {"a team is shown itself only"});
  const Json own = done({"team", "show", "--key", "red.key", "--json"}).json();
  ASSERT_EQ(own.find("teams")->as_array().size(), 1u);
  EXPECT_EQ(*own.find("teams")->as_array()[0].find("share"), Json(3));
  expect_part(says({"team", "set", "red", "--jobs", "none", "--parent", "none"}),
              "team red is changed");
  expect_part(says({"team", "set", "red", "--jobs", "none"}), "team red is as it was");
  done({"submit", "--model", "m", "--suite", "s", "--key", "red.key"});
  done({"undrain", "w1"});
  EXPECT_TRUE(eventually([&] { return complete("1") && complete("2"); }));
  const Json after = done({"team", "show", "red", "--json"}).json().find("teams")->as_array()[0];
  EXPECT_GT(after.find("gpu_microseconds")->as_integer(), 0);
  EXPECT_EQ(*after.find("jobs"), Json(0));
  EXPECT_EQ(*after.find("items"), Json(0));
  done({"audit", "verify"});
  expect_part(says({"journal"}), "team-set");
}

TEST_F(Steering, WhatPeopleAreToldOfThePool) {
  ASSERT_TRUE(eventually([&] { return run({"drain", "w1"}).code == 0; }));
  // Before: what it would take.
  const std::vector<std::string> ask = {"plan", "estimate", "--model", "m", "--suite", "s"};
  expect_part(says(ask),
              "items      40: 0 known, 0 coming from other jobs, 0 equal to others, "
              "40 to run\n");
  expect_part(says(ask),
              "slot time  41 s, 0.01 GPU-hours, of which 1 load of its model takes 1 s (a guess by "
              "its engine); a guess, as nobody has seen such an item run: 1.000 s each\n");
  std::vector<std::string> rival = ask;
  rival.insert(rival.end(), {"--key", "blue.key"});
  expect(rival, 4, {"a team submits its own candidates only"});

  // While: who waits for what.
  done({"submit", "--model", "m", "--suite", "s", "--key", "red.key"});
  const Json told = done({"explain", "1", "--key", "red.key", "--json"}).json();
  ASSERT_EQ(told.find("waits")->as_array().size(), 1u);
  EXPECT_EQ(*told.find("waits")->as_array()[0].find("reason"), Json("workers_closed"));
  EXPECT_EQ(*told.find("position"), Json(1));
  EXPECT_TRUE(told.find("estimate")->is_null());
  const Json rivals = done({"explain", "1", "--key", "blue.key", "--json"}).json();
  EXPECT_TRUE(rivals.find("waits")->is_null());
  expect_part(says({"status"}),
              "team  holds  entitled to  demands  GPU-hours  jobs\n"
              "red       0          0.0  40 s          0.00     1\n");
  const std::string of_blue = says({"status", "--key", "blue.key"});
  expect_part(of_blue, "others: teams with jobs 1, jobs 1, holding 0, demanding 40 s\n");
  EXPECT_EQ(of_blue.find("\nred "), std::string::npos) << of_blue;
  expect_part(says({"workers"}), "models  serves  suspicion  checked\n");

  // After: the same is known.
  done({"undrain", "w1"});
  EXPECT_TRUE(eventually([&] { return complete("1"); }));
  const Json known = done({"plan", "estimate", "--model", "m", "--suite", "s", "--json"}).json();
  EXPECT_EQ(*known.find("items")->find("known"), Json(40));
  EXPECT_EQ(*known.find("items")->find("to_run"), Json(0));
  EXPECT_EQ(*known.find("basis"), Json("model_and_suite"));
  EXPECT_EQ(*known.find("load_basis"), Json("model"));
  EXPECT_EQ(*known.find("estimate")->find("expected_seconds"), Json(0));
}

TEST_F(Steering, RefusalsNameWhatWasTypedAndJustWhatIsTaken) {
  const auto set = [&](std::vector<std::string> more, const std::string& why) {
    more.insert(more.begin(), {"team", "set", "red"});
    expect(more, 2, {why});
  };
  done({"team", "add", "red", "--guarantee", "2"});
  set({"--share", "x"}, "--share: \"x\" is no whole number from 1 to 1000000");
  set({"--share", "0"}, "--share: 0: shares that sum to nothing");
  set({"--limit", "-1"}, "--limit: \"-1\" is no whole number from 1 to 1000000, nor none");
  set({"--limit", "1"}, "--limit: 1 is under the guarantee of 2");
  set({"--jobs", "x"}, "--jobs: \"x\" is no whole number from 1 to 100000, nor none");
  set({"--gpu-hours", "x"}, "--gpu-hours: \"x\" is no whole number from 1 to");
  set({"--guarantee", "x"}, "--guarantee: \"x\" is no whole number from 0 to 1000000, nor none");
  set({"--parent", "gone"}, "--parent: nobody set a team gone");
  set({"--share", "5", "--share", "6"}, "--share is given more than once: \"5\" and \"6\"");
  expect({"--key", "red.key", "status", "--key", "blue.key"}, 2, {"--key is given more than once"});

  const auto submit = [&](std::vector<std::string> more, const std::string& why) {
    more.insert(more.begin(), {"submit", "--model", "m", "--suite", "s"});
    expect(more, 2, {why});
  };
  submit({"--within", "0s"}, "--within: \"0s\" is no time from 1s to 366d: a whole number");
  submit({"--within", "367d"}, "--within: \"367d\" is no time from 1s to 366d");
  submit({"--tier", "soon"}, "--tier: \"soon\" is none of audit, interactive");
  submit({"--team", "nobody"}, "add it first (gwageo team add nobody)");
  expect({"priority", "1", "5000"}, 2, {"gwageo: P: \"5000\" is no whole number from -1000"});
  expect({"plan", "estimate", "--model", "m"}, 2, {"plan estimate needs --suite SUITE"});
  expect({"model", "add", "slow", "--role", "candidate", "--released", "2026-11-01", "--engine",
          "paced", "--option", "load_milliseconds=86400001"},
         2, {"option load_milliseconds=86400001 must be a number from 0 to 86400000"});

  const auto has_no_right = [&](std::vector<std::string> words, const std::string& verb) {
    words.insert(words.end(), {"--key", "red.key"});
    expect(words, 4, {"has no right to " + verb});
  };
  has_no_right({"suite", "add", "s/suite.yaml"}, "\"suite add\"");
  has_no_right({"undrain", "w1"}, "\"drain\" or \"undrain\"; operators have");
  has_no_right({"audit", "verify"}, "\"audit\" or \"export\"; operators and auditors have");
  has_no_right({"keys", "new", "team", "green"}, "\"keys new\"");
  EXPECT_NE(
      done({"team", "set", "red", "--guarantee", "9"}).err.find("warning: all teams together"),
      std::string::npos);
}

TEST_F(Steering, DeadlinesAndTiersHaveColumnsWhereTheyAreSet) {
  ASSERT_TRUE(eventually([&] { return run({"drain", "w1"}).code == 0; }));
  done({"submit", "--model", "m", "--suite", "s"});
  expect_part(says({"status", "1"}), "priority  state    ends in  done");
  done({"submit", "--model", "m", "--suite", "s", "--within", "2h", "--tier", "refresh"});
  for (const std::vector<std::string>& ask :
       {std::vector<std::string>{"status"}, std::vector<std::string>{"status", "2"}}) {
    expect_part(says(ask), "priority  tier");
    expect_part(says(ask), "ends in  within");
    expect_part(says(ask), "refresh");
    expect_part(says(ask), "2 h (");
  }
  done({"cancel", "2"});
  const std::string over = says({"status", "2"});
  expect_part(over, "2 h");
  EXPECT_EQ(over.find("left)"), std::string::npos) << over;
}

TEST_F(Steering, ARivalIsToldThatAJobIsThere) {
  ASSERT_TRUE(eventually([&] { return run({"drain", "w1"}).code == 0; }));
  done({"submit", "--model", "m", "--suite", "s", "--key", "red.key"});
  EXPECT_EQ(says({"status", "1", "--key", "blue.key"}),
            "job  model  suite  team  state\n"
            "  1  m      s@1    red   running\n"
            "It is number 1 of 1 of its team's jobs that wait for slots.\n"
            "The rest is for its own team, operators and auditors.\n");
  EXPECT_EQ(says({"explain", "1", "--key", "blue.key"}),
            "job 1 (m on s@1) is running.\n"
            "It is number 1 of 1 of its team's jobs that wait for slots.\n"
            "The rest is for its own team, operators and auditors.\n");
  const Json told = done({"explain", "1", "--key", "blue.key", "--json"}).json();
  EXPECT_EQ(*told.find("position"), Json(1));
  EXPECT_TRUE(told.find("items")->is_null());
  EXPECT_TRUE(told.find("waits")->is_null());
  expect({"results", "1", "--key", "blue.key"}, 4, {"others' when they are scored"});
  expect_part(says({"model", "show", "m", "--key", "blue.key"}), "path: -\noptions: -\n");
  expect_part(says({"model", "show", "m", "--key", "red.key"}), "milliseconds");
}

TEST_F(Steering, APlanNamesTheQuotaThatWouldRefuseIt) {
  ASSERT_TRUE(eventually([&] { return run({"drain", "w1"}).code == 0; }));
  done({"team", "add", "red", "--jobs", "1"});
  const std::vector<std::string> ask = {"plan", "estimate", "--model", "m", "--suite", "s"};
  const Ran before = done(ask);
  expect_part(before.out, "quota      team red: 0 of 1 open jobs used, 1 left; this needs 1\n");
  EXPECT_EQ(before.err, "");
  done({"submit", "--model", "m", "--suite", "s"});
  const Ran after = done(ask);
  expect_part(after.out,
              "quota      team red: 1 of 1 open jobs used, 0 left; this needs 1, which is more\n");
  expect_part(after.out, "over in    never: submit would refuse it\n");
  EXPECT_EQ(after.out.find("entitled"), std::string::npos) << after.out;
  expect_part(after.err, "warning: submit would be refused: team red has a quota of 1 open job");
}

TEST_F(Steering, AJobThatNobodyHereCanRunSaysSo) {
  stop(pool_);
  pool_ = up("gwageo-data", 0);
  const Ran ran = done({"submit", "--model", "m", "--suite", "s", "--json"});
  EXPECT_NE(ran.err.find("gwageo: warning: no worker is here"), std::string::npos) << ran.err;
  expect_part(ran.json().find("warning")->as_string(), "no worker is here");
}

}  // namespace
}  // namespace gwageo::testing
