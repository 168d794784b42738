// Leaderboards of others through the program: imported, corrected, judged by, exported, rescored.
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class ClaimsProgram : public ProgramTest {
 protected:
  std::string verdicts(const std::string& target) const {
    const Json shown = done({"target", "show", target, "--json"}).json();
    std::string text;
    for (const Json& verdict : shown.find("verdicts")->as_array()) {
      text +=
          verdict.find("candidate")->as_string() + " " + verdict.find("verdict")->as_string() + " ";
    }
    return text;
  }
};

TEST_F(ClaimsProgram, AFileIsCheckedWithoutACoordinator) {
  write("runs.yml",
        "- dirname: d\n  model: o1 (high)\n  pass_rate_2: 61.7\n  pass_num_2: 139\n"
        "  test_cases: 224\n  total_tests: 225\n");
  const Ran ran = done({"reference", "import", "runs.yml", "--board", "aider", "--check"});
  EXPECT_EQ(ran.out, "board aider is good: 1 model, 1 task\n");
  EXPECT_NE(ran.err.find("run 'o1 (high)': pass_rate_2 61.7 is not 139 of the 224 test_cases, but "
                         "of the 225 total_tests"),
            std::string::npos)
      << ran.err;
  const Json checked =
      done({"reference", "import", "runs.yml", "--board", "aider", "--check", "--json"}).json();
  const Json& finding = checked.find("findings")->as_array().at(0);
  EXPECT_EQ(*finding.find("finding"), Json("denominator"));
  EXPECT_EQ(*finding.find("row"), Json("o1 (high)"));
  EXPECT_EQ(*finding.find("stated"), Json(224));
  EXPECT_EQ(*finding.find("found"), Json(225));
  write("t.csv", "model,x\nant,x\n");
  expect({"reference", "import", "t.csv", "--board", "b", "--check"}, 2,
         {"t.csv:2: column 'x': expected a decimal number from 0 to 100, got 'x'"});
  expect({"reference", "import", "t.csv", "--board", "a b", "--check"}, 2, {"is no name"});
  expect({"reference", "import", "t.csv", "--board", "b", "--format", "xml", "--check"}, 2,
         {"expected livebench, aider or claims"});
  expect({"reference", "import", "gone.csv", "--board", "b", "--check"}, 2, {"gone.csv"});
  expect({"reference", "import", "t.csv", "--check"}, 2, {"--board"});
}

TEST_F(ClaimsProgram, ABoardIsJudgedByAndNeverMeasured) {
  const pid_t pool = up("gwageo-data", 1);
  write("first.csv", "model,x,y\nant,50,50\nbird,80,80\ncat,76,76\n");
  write("second.csv", "model,x,y\nant,50,50\nbird,81,80\ncat,76,76\n");
  write("groups.json", R"({"All": ["x", "y"]})");
  write("target.yaml", "target: t\nbasis: claimed\nboard: b\nshare: 0.95\ndecide: point\n");
  expect({"target", "add", "target.yaml"}, 2, {"there is no board b"});
  const std::vector<std::string> import = {"reference",  "import",    "first.csv",  "--board",
                                           "b",          "--release", "2026-01-08", "--categories",
                                           "groups.json"};
  EXPECT_NE(done(import).out.find("board b@2026-01-08 version 1 imported"), std::string::npos);
  EXPECT_EQ(done(import).out, "board b@2026-01-08 version 1 says the same already\n");
  done({"target", "add", "target.yaml"});
  EXPECT_EQ(verdicts("t"), "ant fail bird pass cat pass ");
  const auto on_record = [&](std::size_t count) {
    return eventually([&] {
      return done({"target", "history", "t", "--json"})
                 .json()
                 .find("verdicts")
                 ->as_array()
                 .size() == count;
    });
  };
  EXPECT_TRUE(on_record(3));

  std::vector<std::string> correct = import;
  correct[2] = "second.csv";
  expect(correct, 2, {"1 restated", "say why (--reason TEXT); both versions stay"});
  correct.insert(correct.end(), {"--reason", "x was misread", "--json"});
  const Json second = done(correct).json();
  EXPECT_EQ(*second.find("version"), Json(2));
  EXPECT_EQ(*second.find("restated"), Json(1));
  EXPECT_EQ(verdicts("t"), "ant fail bird pass cat fail ");
  EXPECT_TRUE(on_record(6));

  const Ran shown = done({"target", "show", "t"});
  EXPECT_NE(shown.out.find("on the claims of board b@2026-01-08 as seen on"), std::string::npos);
  EXPECT_NE(done({"reference", "list"}).out.find("2026-01-08"), std::string::npos);
  EXPECT_NE(done({"reference", "show", "b"}).out.find("x was misread"), std::string::npos);

  // Everything follows from the record again, here and from an archive.
  const Json rescored = done({"audit", "rescore", "--json"}).json();
  EXPECT_EQ(rescored.find("verdicts")->as_array().size(), 3u);
  done({"export", "t", "--out", "t.archive"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify"});
  const Json of_archive = done({"audit", "rescore", "t.archive", "--json"}).json();
  EXPECT_EQ(of_archive.find("verdicts")->as_array().size(), 3u);
}

}  // namespace
}  // namespace gwageo::testing
