// A sample that is run again, from the command line.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "ops/output.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class AuditReplayProgram : public ProgramTest {};

TEST_F(AuditReplayProgram, ASampleIsRunAgainByOthersAndTheRecordHolds) {
  write_suite("sums");
  const pid_t pool = up("gwageo-data", 4);
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  expect({"audit", "replay"}, 2, {"JOB is missing"});
  expect({"audit", "replay", "7"}, 2, {"there is no job \"7\""});
  expect({"audit", "replay", "1", "--nonce", "xyz"}, 2, {"64 hexadecimal digits"});
  const Json report =
      done({"audit", "replay", "1", "--sample", "3", "--html", "a.html", "--json"}).json();
  EXPECT_EQ(*report.find("verdict"), Json("consistent"));
  EXPECT_EQ(report.find("differ")->as_integer(), 0);
  std::ifstream page(path("a.html"));
  const std::string html{std::istreambuf_iterator<char>(page), {}};
  EXPECT_NE(html.find("<h1>Audit 1 of job 1</h1>"), std::string::npos);
  const Ran again = done({"audit", "replay", "--audit", "1"});
  EXPECT_NE(again.out.find("audit 1 of job 1"), std::string::npos) << again.out;
  EXPECT_NE(done({"audit", "list"}).out.find("m1"), std::string::npos);
  // An item of the replay is on another plan than the suite's, and is proved all the same.
  EXPECT_TRUE(eventually([&] { return run({"audit", "prove", "2/0", "--out", "p"}).code == 0; }));
  done({"audit", "verify"});
  done({"audit", "rescore"});
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data"});
  done({"audit", "rescore", "gwageo-data"});
}

TEST_F(AuditReplayProgram, RoundsOfRepeatsAreAuditedAsTheRestIs) {
  write_suite("sums");
  const pid_t pool = up();
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("ref", "reference", "2026-01-01", "4");
  add_paced("m1", "candidate", "2026-01-01", "4");
  write("t.yaml",
        "target: t\nsuite: sums\nquiet_seconds: 0\ncompare: {model: ref}\n"
        "settle: {rounds: 1, requests: 1000}\n");
  done({"target", "add", "t.yaml"});
  const auto is_asked_again = [&] {
    const Json shown_now = done({"target", "show", "t", "--json"}).json();
    const Json::Array& rows = list(shown_now, "verdicts");
    return rows.size() == 1 && number(rows[0], "rounds") == 1 && shown(rows[0], "under_way") == "-";
  };
  for (int looks = 0; looks < 300 && !is_asked_again(); ++looks) pause_briefly();
  EXPECT_TRUE(is_asked_again());
  done({"audit", "verify"});
  done({"audit", "rescore"});
  EXPECT_NE(done({"explain", "t/m1"}).out.find("this is look 2"), std::string::npos);
  EXPECT_EQ(stop(pool), 0);
  done({"audit", "verify", "gwageo-data"});
  done({"audit", "rescore", "gwageo-data"});
}

}  // namespace
}  // namespace gwageo::testing
