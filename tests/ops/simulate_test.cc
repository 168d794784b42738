// gwageo simulate as people use it.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ops/simulate_setup.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class Simulate : public ProgramTest {
 protected:
  /// A pool that is simulated at once.
  static std::vector<std::string> small(std::vector<std::string> more) {
    std::vector<std::string> words = {"simulate", "--nodes", "2",        "--teams", "3",
                                      "--models", "6",       "--shards", "300"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(Simulate, ShowsPoliciesSideBySide) {
  const std::string out = done(small({"--policy", "reload,warm-first"})).out;
  EXPECT_NE(out.find("base: 16 GPUs, 3 teams, 6 models"), std::string::npos) << out;
  EXPECT_NE(out.find("No policy can be faster than"), std::string::npos) << out;
  EXPECT_NE(out.find("reload"), std::string::npos) << out;
  EXPECT_NE(out.find("team (warm-first)"), std::string::npos) << out;
  EXPECT_NE(done(small({"--repeat", "3"})).out.find("Over 3 seeds"), std::string::npos);
}

TEST_F(Simulate, SaysTheSameInJson) {
  const std::vector<std::string> words = small({"--policy", "all", "--json", "--failures", "20"});
  const Json json = done(words).json();
  const Json& round = json.find("rounds")->as_array()[0];
  EXPECT_GT(round.find("bound_s")->find("best")->as_double(), 0);
  const Json& policy = round.find("policies")->as_array()[0];
  EXPECT_EQ(policy.find("policy")->as_string(), "gwageo");
  EXPECT_EQ(policy.find("teams")->as_array().size(), 3U);
  EXPECT_GE(policy.find("makespan_over_bound")->as_double(), 1);
  // The machine's own speed apart, a run is what its seed says.
  const auto fingerprint = [](const Json& document) {
    const Json& first = document.find("rounds")->as_array()[0];
    return first.find("policies")->as_array()[0].find("fingerprint")->as_string();
  };
  EXPECT_EQ(fingerprint(done(words).json()), fingerprint(json));
}

TEST_F(Simulate, DrawsAChartThatStandsAlone) {
  done(small({"--policy", "fifo,warm-first", "--svg", "pool.svg"}));
  std::ifstream in(path("pool.svg"));
  const std::string svg{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(svg.find("<svg xmlns="), 0U);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
  EXPECT_NE(svg.find(">GPUs in use (warm-first)<"), std::string::npos);
  EXPECT_NE(svg.find(">team-2<"), std::string::npos);
  EXPECT_EQ(svg.find("href"), std::string::npos);
}

TEST_F(Simulate, RefusesWhatCannotBe) {
  const auto refused = [&](std::vector<std::string> more, std::vector<std::string> words) {
    expect(small(std::move(more)), 2, words);
  };
  refused({"--policy", "lifo"}, {"--policy", "\"lifo\"", "warm-first"});
  refused({"--case", "basis"}, {"--case", "\"basis\"", "flood"});
  refused({"--load", "30s..fast"}, {"--load", "30s..300s"});
  refused({"--load", "30s..3s"}, {"--load", "longest"});
  refused({"--median", "0s"}, {"--median", "\"0s\""});
  refused({"--median", "30"}, {"--median", "30s, 5m or 2h"});
  refused({"--gangs", "some"}, {"--gangs", "none or mixed"});
  refused({"--gpus", "65"}, {"--gpus", "from 1 to 64"});
  refused({"--gangs", "mixed", "--gpus", "1"}, {"needs", "GPUs of one node", "has 1"});
  refused({"--shares", "1,2"}, {"--shares", "3 teams"});
  refused({"--shares", "0,0,0"}, {"--shares", "team-0", "from 1"});
  refused({"--shares", "1,1,1,1"}, {"--shares", "3 teams"});
  refused({"--popularity", "-1"}, {"--popularity"});
  refused({"--fleet", "gone.csv"}, {"gone.csv"});
  write("fleet.csv", "gpus,kind\n8,H100\n0,H100\n");
  refused({"--fleet", "fleet.csv"}, {"fleet.csv:3", "field gpus", "\"0\""});
  write("trace.csv", "a,b\n1,2\n");
  refused({"--trace", "trace.csv"}, {"trace.csv:1", "a, b"});
  done(small({"--shares", "3,1,1", "--policy", "fifo"}));
}

TEST_F(Simulate, SpansOfTime) {
  EXPECT_EQ(*parse_span("30s"), seconds(30));
  EXPECT_EQ(*parse_span("1.5m"), seconds(90));
  EXPECT_EQ(*parse_span("2h"), seconds(7200));
  EXPECT_EQ(*parse_span("1d"), seconds(86400));
  for (const char* bad : {"", "s", "30", "0s", "-1s", "1e3s", "1001d", "5 m", "5ms"}) {
    EXPECT_FALSE(parse_span(bad)) << bad;
  }
}

}  // namespace
}  // namespace gwageo::testing
