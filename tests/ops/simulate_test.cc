// gwageo simulate as people use it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ops/simulate_setup.h"
#include "tests/ops/program.h"
#include "tests/ops/svg_document.h"

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
  std::string text_of(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
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

TEST_F(Simulate, EndsWithOneWhereAPromiseIsBroken) {
  EXPECT_EQ(done(small({"--policy", "gwageo"})).out.find("did not keep"), std::string::npos);
  // 2q + 2b is what one server keeps to. Of 64 GPUs that may bear no lead more change hands.
  const std::vector<std::string> words = {
      "simulate", "--nodes",   "8",       "--teams",  "2",     "--models",
      "8",        "--shards",  "1000",    "--slack",  "0",     "--sticky",
      "0s",       "--sharing", "private", "--policy", "gwageo"};
  const Ran ran = run(words);
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("\ngwageo, seed 1, did not keep what is promised of it: the lag.\n"),
            std::string::npos)
      << ran.out;
  // Jain's index is no promise of unequal teams, nor how long a model waits for a lost node.
  const Ran other =
      run(small({"--policy", "gwageo", "--shares", "1,1,100000", "--failures", "20", "--json"}));
  const Json document = other.json();
  const Json& round = document.find("rounds")->as_array().at(0);
  const Json& promise = *round.find("policies")->as_array().at(0).find("promise");
  EXPECT_EQ(promise.find("jain_bound"), nullptr);
  EXPECT_EQ(promise.find("starvation_bound_s"), nullptr);
  EXPECT_EQ(*promise.find("broken"), Json::array());
  EXPECT_EQ(other.code, 0);
}

// A slot yields before its model is there, and the policy took it for loaded.
TEST_F(Simulate, GangsMeetASlowNode) {
  done({"simulate", "--policy", "gwageo", "--nodes", "1", "--gpus", "8", "--teams", "2", "--models",
        "8", "--shards", "50", "--gangs", "mixed", "--slow-nodes", "1", "--seed", "2"});
}

TEST_F(Simulate, DrawsAChartThatStandsAlone) {
  done(small({"--policy", "fifo,warm-first", "--svg", "pool.svg"}));
  const std::string svg = text_of("pool.svg");
  EXPECT_EQ(svg.find("<svg xmlns="), 0U);
  EXPECT_EQ(read_svg(svg).fault, "");
  EXPECT_NE(svg.find(">GPUs in use (warm-first)<"), std::string::npos);
  EXPECT_NE(svg.find(">team-2<"), std::string::npos);
  EXPECT_EQ(svg.find("href"), std::string::npos);
}

TEST_F(Simulate, ACurveGoesFromAsFairAsCanBeToHardly) {
  const Json json = done(small({"--curve", "--repeat", "2", "--seed", "5", "--json"})).json();
  EXPECT_NE(json.find("title")->as_string().find("16 GPUs, 3 teams"), std::string::npos);
  std::vector<double> slacks;
  for (const Json& point : json.find("curve")->as_array()) {
    slacks.push_back(point.find("slack")->as_double());
    EXPECT_EQ(point.find("sticky_s")->as_double(), 20 * slacks.back());
    const Json::Array& runs = point.find("runs")->as_array();
    ASSERT_EQ(runs.size(), 2U);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      EXPECT_EQ(*runs[i].find("policy"), Json("gwageo"));
      EXPECT_EQ(runs[i].find("seed")->as_integer(), static_cast<std::int64_t>(5 + i));
      EXPECT_GE(runs[i].find("makespan_over_bound")->as_double(), 1);
    }
  }
  EXPECT_EQ(slacks, (std::vector<double>{0, 0.25, 0.5, 1, 2, 4, 8, 16}));
}

TEST_F(Simulate, ACurveIsDrawnWhateverItIsOf) {
  const std::string out = done(small({"--curve", "--repeat", "2", "--svg", "curve.svg"})).out;
  EXPECT_NE(out.find("Medians of 2 seeds"), std::string::npos) << out;
  EXPECT_NE(out.find("wait p95 s"), std::string::npos) << out;
  const SvgDocument drawn = read_svg(text_of("curve.svg"));
  EXPECT_EQ(drawn.fault, "");
  EXPECT_EQ(drawn.elements.at("rect"), 1 + 1 + 8);  // Ground, key, a mark for each setting.
  EXPECT_NE(text_of("curve.svg").find(">makespan / lower bound (1 is the bound)<"),
            std::string::npos);
  // One shard: no team waits for another, and all points are the same one.
  done({"simulate", "--nodes", "1", "--teams", "1", "--models", "1", "--shards", "1", "--curve",
        "--svg", "point.svg"});
  EXPECT_EQ(read_svg(text_of("point.svg")).fault, "");
}

TEST_F(Simulate, AComparisonSaysByHowMuchEachRivalIsSlower) {
  const Json json = done(small({"--compare", "--case", "base", "--json"})).json();
  ASSERT_EQ(json.find("workloads")->as_array().size(), 1U);
  const Json& line = json.find("workloads")->as_array()[0];
  EXPECT_EQ(*line.find("workload"), Json("base"));
  EXPECT_GE(line.find("gwageo_over_bound")->as_double(), 1);
  double least = 1e9;
  std::size_t rivals = 0;
  for (const auto& [rival, times] : line.find("times_as_long")->as_object()) {
    least = std::min(least, times.as_double());
    ++rivals;
  }
  EXPECT_EQ(rivals, 11U);
  EXPECT_EQ(json.find("any_least")->as_double(), least);
  EXPECT_EQ(json.find("stripe_least")->as_double(),
            line.find("times_as_long")->find("stripe-tasks")->as_double());
  EXPECT_EQ(*json.find("bars_hold"), Json(true));
}

TEST_F(Simulate, AComparisonSaysWhetherItsBarsHold) {
  const std::string out = done(small({"--compare", "--case", "base"})).out;
  EXPECT_NE(out.find("stripe-tasks takes at least 1.8 times as long as gwageo: yes; least "),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("every rival takes at least 1.0 times as long as gwageo: yes; least "),
            std::string::npos)
      << out;
  // Of one shard all make the same.
  const Ran same = run({"simulate", "--nodes", "1", "--teams", "1", "--models", "1", "--shards",
                        "1", "--compare", "--case", "base"});
  EXPECT_EQ(same.code, 1);
  EXPECT_NE(same.out.find("stripe-tasks takes at least 1.8 times as long as gwageo: NO; least "
                          "1.000, stripe-tasks on base"),
            std::string::npos)
      << same.out;
  expect(small({"--compare", "--policy", "fifo"}), 2, {"--compare", "--policy"});
  expect(small({"--compare", "--curve"}), 2, {"--curve and --compare"});
  expect(small({"--curve", "--policy", "fifo"}), 2, {"--curve", "gwageo"});
}

TEST(SvgDocument, FindsWhatIsWrong) {
  const auto fault = [](const std::string& body) {
    return read_svg("<svg width=\"1\">" + body + "</svg>\n").fault;
  };
  EXPECT_EQ(fault("<text x=\"1.0\">a &lt; b</text>\n<rect x=\"-2\"/>"), "");
  EXPECT_EQ(fault("<rect x=\"nan\"/>"), "x is nan");
  EXPECT_EQ(fault("<rect x=\"-inf\"/>"), "x is -inf");
  EXPECT_EQ(fault("<rect x=1/>"), "no attribute:  x=1");
  EXPECT_EQ(fault("<text>a & b</text>"), "no text: a & b");
  EXPECT_EQ(fault("<text>"), "closes what is not open: </svg>");
  EXPECT_EQ(read_svg("<svg>").fault, "never closed: svg");
  EXPECT_EQ(read_svg("").fault, "not one svg");
}

TEST_F(Simulate, NamesEveryCase) {
  const std::string help = done({"simulate", "--help"}).out;
  for (const simulate::Case& known : simulate::cases()) {
    EXPECT_NE(help.find(" " + std::string(known.name)), std::string::npos) << known.name;
  }
}

TEST_F(Simulate, RefusesWhatCannotBe) {
  const auto refused = [&](std::vector<std::string> more, std::vector<std::string> words) {
    expect(small(std::move(more)), 2, words);
  };
  refused({"--policy", "lifo"}, {"--policy", "\"lifo\"", "warm-first"});
  refused({"--case", "basis"}, {"--case", "\"basis\"", "flood"});
  refused({"--load", "30s..fast"}, {"--load", "30s..300s"});
  refused({"--load", "0s..1s"}, {"--load", "\"0s..1s\"", "from 0.000001s to 1000d"});
  refused({"--load", "30s..3s"}, {"--load", "longest"});
  refused({"--median", "0s"}, {"--median", "\"0s\""});
  refused({"--median", "30"}, {"--median", "30s, 5m or 2h"});
  refused({"--gangs", "some"}, {"--gangs", "none, mixed or wide"});
  refused({"--gpus", "65"}, {"--gpus", "from 1 to 64"});
  expect(
      {"simulate", "--gangs", "mixed", "--nodes", "1", "--gpus", "1"}, 2,
      {"--gangs mixed", "GPUs of one node or domain", "widest that --gpus 1 has room for has 1"});
  write("narrow.csv", "gpus,count\n4,3\n");
  expect({"simulate", "--case", "gangs", "--fleet", "narrow.csv"}, 2,
         {"--case gangs", "slots of 8 GPUs", "widest that narrow.csv has room for has 4"});
  refused({"--shares", "1,2"}, {"--shares", "3 teams"});
  refused({"--shares", "0,0,0"}, {"--shares", "team-0", "from 1"});
  refused({"--shares", "1,1,1,1"}, {"--shares", "3 teams"});
  refused({"--popularity", "-1"}, {"--popularity"});
  expect({"simulate", "--fleet", "gone.csv"}, 2, {"gone.csv"});
  write("fleet.csv", "gpus,kind\n8,H100\n0,H100\n");
  expect({"simulate", "--fleet", "fleet.csv"}, 2, {"fleet.csv:3", "field gpus", "\"0\""});
  const std::string pods =
      "name,num_gpu,gpu_milli,gpu_spec,qos,creation_time,deletion_time,scheduled_time\n"
      "a,1,460,,LS,0,90,0\n";
  write("fleet.csv", "gpus,kind\n8,A100\n4,T4\n");
  write("pods.csv", pods + "b,1,1000,H100,LS,0,90,0\n");
  expect({"simulate", "--fleet", "fleet.csv", "--trace", "pods.csv"}, 2,
         {"pods.csv:3: field gpu_spec: class H100 x1 needs GPUs of kind H100", "has none"});
  write("pods.csv", pods + "b,4,1000,T4,LS,0,90,0\nc,8,1000,T4,LS,0,90,0\n");
  expect({"simulate", "--fleet", "fleet.csv", "--trace", "pods.csv"}, 2,
         {"pods.csv:4: field gpu_spec: class T4 x8 needs 8 GPUs of kind T4", "room for has 4"});
  write("trace.csv", "a,b\n1,2\n");
  refused({"--trace", "trace.csv"}, {"trace.csv:1", "a, b"});
  done(small({"--shares", "3,1,1", "--policy", "fifo"}));
}

TEST_F(Simulate, RefusesWhatWouldChangeNothing) {
  const auto refused = [&](std::vector<std::string> more, std::vector<std::string> words) {
    more.insert(more.begin(), "simulate");
    expect(more, 2, words);
  };
  write("fleet.csv", "gpus,count\n8,2\n");
  refused({"--fleet", "fleet.csv", "--nodes", "3"}, {"--nodes", "--fleet"});
  refused({"--fleet", "fleet.csv", "--gpus", "3"}, {"--gpus", "--fleet"});
  refused({"--cluster", "Kalos"}, {"--cluster", "--trace"});
  refused({"--shard", "10s"}, {"--shard", "--trace"});
  refused({"--leave-out-wide"}, {"--leave-out-wide", "--trace"});
  refused({"--repair", "1h"}, {"--repair", "--failures"});
  refused({"--slow-factor", "3"}, {"--slow-factor", "--slow-nodes"});
  refused({"--nodes", "2", "--slow-nodes", "3"}, {"--slow-nodes", "from 0 to 2"});
  refused({"--median", "2h"}, {"--median", "--longest"});
  refused({"--policy", "fifo", "--slack", "2"}, {"--slack", "without gwageo in --policy"});
  refused({"--policy", "gwageo,fifo", "--parts", "2"}, {"--parts", "without num-worker"});
  refused({"--policy", "acme", "--stripes", "2"}, {"--stripes", "stripe or stripe-tasks"});
  refused({"--policy", "gwageo", "--scoring", "1000"}, {"--scoring", "stripe or stripe-tasks"});
  refused({"--policy", "gwageo,fifo,gwageo"}, {"--policy", "\"gwageo\" stands there twice"});
  refused({"--curve", "--task-size", "9s"}, {"--task-size", "size or acme"});
  done(small({"--policy", "stripe-tasks,acme", "--stripes", "2", "--task-size", "90s"}));
  refused({"--compare", "--svg", "a.svg"}, {"--svg", "--compare"});
  refused({"--compare", "--repeat", "2"}, {"--repeat", "--compare"});
  write("pods.csv",
        "name,num_gpu,gpu_milli,gpu_spec,qos,creation_time,deletion_time,scheduled_time\n"
        "a,1,1000,,LS,0,90,0\n");
  refused({"--trace", "pods.csv", "--shards", "10"}, {"--shards", "--trace"});
  refused({"--trace", "pods.csv", "--gangs", "mixed"}, {"--gangs", "--trace"});
  refused({"--trace", "pods.csv", "--cluster", "Kalos"}, {"--cluster", "Acme's"});
  write("three.csv", text_of("pods.csv") + "b,3,1000,,LS,0,90,0\n");
  EXPECT_NE(done({"simulate", "--trace", "three.csv", "--nodes", "2", "--policy", "fifo"})
                .out.find("1 row asks for a number of GPUs between"),
            std::string::npos);
  done({"simulate", "--trace", "pods.csv", "--shard", "10s", "--nodes", "2", "--policy", "fifo"});
  // Whatever is made of it.
  const std::string widened = "1 row asks for a number of GPUs between";
  const Ran curve = done({"simulate", "--trace", "three.csv", "--nodes", "2", "--curve"});
  EXPECT_NE(curve.out.find(widened), std::string::npos) << curve.out;
  const Ran compare = run({"simulate", "--trace", "three.csv", "--nodes", "2", "--compare"});
  EXPECT_NE(compare.out.find(widened), std::string::npos) << compare.out;
  write("acme.csv", "cluster,metric,job_type,le_seconds,cdf_percent\nSeren,duration,Eval,9,100\n");
  refused({"--trace", "acme.csv", "--shard", "10s"}, {"--shard", "--trace"});
  refused({"--trace", "acme.csv", "--median", "10s"}, {"--median", "--trace"});
  done(small({"--trace", "acme.csv", "--policy", "fifo", "--cluster", "Seren"}));
  write("durations.csv", "cluster,le_seconds,cdf_percent\nSeren,9,100\n");
  refused({"--trace", "durations.csv"}, {"durations.csv:1", "acme_jobtype_cdf.csv"});
  expect({"bench", "decide", "--svg", "a.svg"}, 2, {"--svg", "--curve"});
}

TEST_F(Simulate, SpansOfTime) {
  EXPECT_EQ(*parse_span("30s"), seconds(30));
  EXPECT_EQ(*parse_span("1.5m"), seconds(90));
  EXPECT_EQ(*parse_span("2h"), seconds(7200));
  EXPECT_EQ(*parse_span("1d"), seconds(86400));
  for (const char* bad : {"", "s", "30", "0s", "-1s", "1e3s", "1001d", "5 m", "5ms"}) {
    EXPECT_FALSE(parse_span(bad)) << bad;
  }
  EXPECT_EQ(*parse_span("0s", true), Duration{});
  done(small({"--policy", "gwageo", "--sticky", "0s"}));
  expect({"simulate", "--sticky", "-1s"}, 2, {"2h, from 0s and at most 1000d"});
  expect({"simulate", "--run", "0s"}, 2, {"2h, more than 0s and at most 1000d"});
}

}  // namespace
}  // namespace gwageo::testing
