// Checks of workers against one another, from the command line.
#include <gtest/gtest.h>

#include "ops/output.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class ChecksProgram : public ProgramTest {
 protected:
  /// Answers of workers that were compared, in all; `differed` of them were not alike.
  std::pair<std::int64_t, std::int64_t> compared() const {
    std::int64_t checked = 0;
    std::int64_t differed = 0;
    const Json pool = done({"workers", "--json"}).json();
    for (const Json& worker : list(pool, "workers")) {
      checked += number(member(worker, "checks"), "checked");
      differed += number(member(worker, "checks"), "differed");
    }
    return {checked, differed};
  }
};

TEST_F(ChecksProgram, WorkersAreComparedWhileTheyWorkAndTheRecordShowsIt) {
  write_suite("sums");
  const pid_t pool = up("gwageo-data", 3);
  expect({"checks", "set"}, 2, {"--again SHARE or --known SHARE"});
  expect({"checks", "set", "--again", "1.5"}, 2, {"is no share from 0 to 1"});
  expect({"checks", "set", "--again", "0.0000001"}, 2, {"six decimals"});
  done({"checks", "set", "--again", "1", "--known", "0.5"});
  const Json set = done({"workers", "--json"}).json();
  EXPECT_EQ(member(set, "checks").find("known")->as_double(), 0.5);
  done({"suite", "add", "sums/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  // Every item of 40 is asked of a second worker, sooner or later: 80 answers that agree.
  EXPECT_TRUE(eventually([&] { return compared().first >= 80; }, 90000));
  EXPECT_EQ(compared().second, 0);
  EXPECT_NE(done({"workers"}).out.find("0 of "), std::string::npos);
  const Json verified = done({"audit", "verify", "--json"}).json();
  EXPECT_EQ(number(member(verified, "checks"), "drawn"), 40);
  EXPECT_EQ(number(member(verified, "checks"), "asked"), 40);
  EXPECT_NE(done({"journal"}).out.find("answers-checked"), std::string::npos);
  done({"audit", "rescore"});
  EXPECT_EQ(stop(pool), 0);
  const Ran offline = done({"audit", "verify", "gwageo-data"});
  EXPECT_NE(offline.out.find("40 of 40 items that were drawn"), std::string::npos) << offline.out;
}

TEST_F(ChecksProgram, ARestartSparesNobodyACheck) {
  write_suite("sums");
  write_suite("more", 80);
  pid_t pool = up("gwageo-data", 1);
  done({"checks", "set", "--again", "1"});
  for (const std::string suite : {"sums", "more"}) done({"suite", "add", suite + "/suite.yaml"});
  add_paced("m1", "candidate", "2026-01-01", "4");
  done({"submit", "--model", "m1", "--suite", "sums", "--wait"});
  const auto coverage = [this](const std::string& what) {
    const Json verified = done({"audit", "verify", "--json"}).json();
    return number(member(verified, "checks"), what);
  };
  EXPECT_EQ(coverage("drawn"), 40);  // And there is nobody else to be asked.
  EXPECT_EQ(coverage("asked"), 0);
  EXPECT_EQ(stop(pool), 0);
  // A second worker comes, in another life of the coordinator, and has reason to load the model.
  pool = up("gwageo-data", 2);
  ASSERT_TRUE(eventually([&] {
    return list(done({"workers", "--json"}).json(), "workers").size() == 2;
  }));
  done({"submit", "--model", "m1", "--suite", "more", "--wait"});
  EXPECT_TRUE(eventually([&] { return coverage("asked") == 80; }, 90000));
  EXPECT_EQ(coverage("drawn"), 80);  // Half of the second suite asks what the first did.
  EXPECT_EQ(compared().second, 0);
  EXPECT_EQ(stop(pool), 0);
}

}  // namespace
}  // namespace gwageo::testing
