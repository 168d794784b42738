// What comes from outside: fleets, traces and options, and how they are refused.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ops/simulate/cases.h"
#include "ops/simulate/csv.h"
#include "ops/simulate/fleet.h"
#include "ops/simulate/random.h"
#include "ops/simulate/traces.h"
#include "tests/folders.h"

namespace gwageo::simulate {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view fleet) {
  const Result<Fleet> read = read_fleet(fleet, "fleet.csv");
  return read ? "fine" : read.error().message;
}

TEST(FleetFile, NodesOfSeveralKinds) {
  const Fleet fleet =
      *read_fleet("name,gpus,count,kind,memory_mib\r\na,8,2,H100,81920\r\nb,4,1,T4,16384\r\n", "f");
  ASSERT_EQ(fleet.nodes.size(), 3U);
  EXPECT_EQ(fleet.nodes[1].name, "a1");
  EXPECT_EQ(fleet.nodes[2].name, "b");
  EXPECT_EQ(fleet.gpus(), 20U);
  EXPECT_EQ(fleet.kinds[fleet.nodes[2].kind], "T4");
  EXPECT_EQ(fleet.nodes[2].memory_mib, 16384);
  EXPECT_EQ(fleet.gpu_begin, (std::vector<std::uint32_t>{0, 8, 16, 20}));
}

TEST(FleetFile, DomainsAreNames) {
  const Fleet fleet = *read_fleet("gpus,count,domain\n8,2,rack-a\n8,1,7\n8,1,rack-a\n", "f");
  ASSERT_EQ(fleet.nodes.size(), 4U);
  EXPECT_EQ(fleet.nodes[0].domain, fleet.nodes[1].domain);
  EXPECT_EQ(fleet.nodes[0].domain, fleet.nodes[2].domain);  // Sorted by domain.
  EXPECT_NE(fleet.nodes[0].domain, fleet.nodes[3].domain);
  EXPECT_EQ(read_fleet("gpus,count\n8,33\n", "f")->nodes[32].domain, 32U);
  EXPECT_THAT(
      why_not("gpus,domain\n8,\n"),
      HasSubstr("fleet.csv:2: field domain: nothing is no name of a domain; give it a name of "
                "its own, and a line to each node that shares no fast network"));
}

TEST(FleetOfCase, HasNodesOfTwoWidths) {
  Case uneven = *find_case("uneven");
  const Fleet fleet = fleet_of(uneven);
  ASSERT_EQ(fleet.nodes.size(), 224U);
  EXPECT_EQ(fleet.gpus(), 1024U);
  EXPECT_EQ(fleet.nodes[31].gpus, 8U);
  EXPECT_EQ(fleet.nodes[32].gpus, 4U);
  EXPECT_EQ(fleet.nodes[0].domain, fleet.nodes[31].domain);
  EXPECT_NE(fleet.nodes[31].domain, fleet.nodes[32].domain);
  EXPECT_NE(fleet.nodes[32].domain, fleet.nodes[33].domain);
  uneven.nodes = 8;
  EXPECT_EQ(fleet_of(uneven).gpus(), 2U * 8 + 6 * 4);
  uneven.nodes = 4;
  uneven.gpus = 1;
  EXPECT_EQ(fleet_of(uneven).gpus(), 4U);  // No node is without.
  EXPECT_EQ(fleet_of(*find_case("base")).gpus(), 1024U);
}

TEST(FleetFile, RefusesWhatNoFleetIs) {
  EXPECT_EQ(why_not("gpus\n8\n"), "fine");
  EXPECT_THAT(why_not("gpus\n8\n-1\n"),
              HasSubstr("fleet.csv:3: field gpus: \"-1\" is no whole number from 1 to 64"));
  EXPECT_THAT(why_not("gpus,count\n8,0\n"), HasSubstr("fleet.csv:2: field count"));
  EXPECT_THAT(why_not("gpus\nNaN\n"), HasSubstr("fleet.csv:2: field gpus: \"NaN\""));
  EXPECT_THAT(why_not("gpus\n65\n"), HasSubstr("field gpus"));
  EXPECT_THAT(why_not("gpus,count\n64,100000\n"), HasSubstr("more than 1000000 GPUs"));
  EXPECT_THAT(why_not("gpus,count\n8\n"), HasSubstr("fleet.csv:2: 1 fields where the first"));
  EXPECT_THAT(why_not("nodes\n8\n"), HasSubstr("fleet.csv:1: no column is called \"gpus\""));
  EXPECT_THAT(why_not(""), HasSubstr("no row"));
  EXPECT_THAT(why_not("sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\n"), HasSubstr("no node has"));
  EXPECT_THAT(why_not("sn,cpu_milli,memory_mib,gpu,model\na,1,1,2,\n"),
              HasSubstr("field model: nothing says no kind of GPU"));
}

TEST(FleetFile, ColumnsAreWhatTheyAreCalled) {
  EXPECT_EQ(read_fleet("\xef\xbb\xbfgpus, count\n8, 3 \n", "f")->gpus(), 24U);
  EXPECT_THAT(
      why_not("gpus,counts\n8,3\n"),
      HasSubstr("fleet.csv:1: a column is called \"counts\", which means nothing here; there "
                "may be gpus, count, name"));
  EXPECT_THAT(why_not("gpus,count,gpus\n8,3,4\n"),
              HasSubstr("fleet.csv:1: two columns are called \"gpus\""));
  EXPECT_THAT(why_not("gpus,\"count\n8,3\n"), HasSubstr("fleet.csv:1: field 2: holds a quote"));
}

TEST(FleetFile, EachNodeHasItsOwnName) {
  EXPECT_EQ(why_not("name,gpus\na,8\nb,8\n"), "fine");
  EXPECT_THAT(why_not("name,gpus\na,8\na,8\n"),
              HasSubstr("fleet.csv:3: field name: \"a\" makes two nodes called \"a\""));
  EXPECT_THAT(why_not("name,gpus,count\na1,8,1\na,8,1\na,4,2\n"), HasSubstr("fine"));
  EXPECT_THAT(why_not("name,gpus,count\na1,8,1\na,4,2\n"),
              HasSubstr("fleet.csv:3: field name: \"a\" makes two nodes called \"a1\""));
  EXPECT_THAT(why_not("name,gpus\n,8\n"), HasSubstr("field name: nothing is no name"));
  EXPECT_THAT(why_not("kind,gpus\n,8\n"), HasSubstr("field kind: nothing says no kind of GPU"));
  EXPECT_THAT(why_not("sn,cpu_milli,memory_mib,gpu,model\na,1,1,2,T4\nb,1,1,2,T4\na,1,1,2,T4\n"),
              HasSubstr("fleet.csv:4: field sn: \"a\" stands on line 2 already"));
}

TEST(Csv, RefusesWhatIsNoPlainTable) {
  const auto why = [](std::string_view text) {
    const Result<Csv> read = Csv::parse(text, "t.csv");
    return read ? "fine" : read.error().message;
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(why("a,b\n1,2\n"), "fine");
  EXPECT_EQ(why("a,b\n1,\"2\n"),
            "t.csv:2: field b: holds a quote; fields are written without, and have no commas");
  EXPECT_EQ(why("a,b\n1\0,2\n"sv),
            "t.csv:2: field a: holds the byte 0; a table is plain text in UTF-8");
  EXPECT_EQ(why("a,b\n1,2\r3\n"),
            "t.csv:2: field b: holds the byte 13; a table is plain text in UTF-8");
}

TEST(Csv, NumbersOfSeconds) {
  EXPECT_EQ(*parse_millionths("0"), 0);
  EXPECT_EQ(*parse_millionths("12.5"), 12500000);
  EXPECT_EQ(*parse_millionths("0.000001"), 1);
  EXPECT_EQ(*parse_millionths("1.0000000"), 1000000);
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e3", "nan", "inf", "0.0000001", "1,5",
                          " 1", "1234567890123"}) {
    EXPECT_FALSE(parse_millionths(bad)) << bad;
  }
}

const std::string philly_head =
    "job_id,user,num_gpu,submit_time,iterations,model_name,duration,interval,expect_time_list,"
    "expect_value_list,best_effort,job_type\n";

std::string why_not_philly(const std::string& row) {
  const Result<TraceWork> read =
      read_jobs(philly_head + row + "\n", "t.csv", TraceKind::philly, {}, 1);
  return read ? "fine" : read.error().message;
}

TEST(Traces, PhillyRowsBecomeJobs) {
  const TraceWork read = *read_jobs(philly_head +
                                        "0,red,4,100,1,vgg,150,8,282,10,0,strict\n"
                                        "1,blue,3,90,1,vgg,30.5,8,40,10,0,strict\n"
                                        "2,blue,0,95,1,vgg,30,8,40,10,0,strict\n"
                                        "3,red,1,110,1,vgg,30,8,40,10,1,strict\n",
                                    "t.csv", TraceKind::philly, {}, 1);
  const Workload& workload = read.work.workload;
  EXPECT_EQ(read.left_out, 1U);
  EXPECT_EQ(read.widened, 1U);  // 3 GPUs.
  ASSERT_EQ(workload.jobs.size(), 3U);
  EXPECT_EQ(workload.jobs[2].within, Duration{});  // Best effort.
  EXPECT_EQ(workload.teams[workload.jobs[0].team].name, "blue");
  EXPECT_EQ(workload.jobs[0].arrival, Instant{});
  EXPECT_EQ(workload.jobs[1].arrival, Instant{} + seconds(10));
  EXPECT_EQ(workload.jobs[1].within, seconds(282));
  EXPECT_EQ(workload.jobs[0].shards, 1U);
  EXPECT_EQ(workload.jobs[1].shards, 3U);
  EXPECT_EQ(workload.classes.size(), 2U);  // 3 GPUs are a slot of 4.
  EXPECT_EQ(workload.classes[0].gpus, 4U);
  EXPECT_EQ(read.work.truth.of(0), milliseconds(30500));
  EXPECT_EQ(read.work.truth.of(3), seconds(50));
}

TEST(Traces, RowsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(why_not_philly("0,red,4,100,1,vgg,150,8,282,10,0,strict"), "fine");
  EXPECT_THAT(why_not_philly("0,red,4,-5,1,vgg,150,8,282,10,0,strict"),
              HasSubstr("t.csv:2: field submit_time: \"-5\""));
  EXPECT_THAT(why_not_philly("0,red,4,100,1,vgg,nan,8,282,10,0,strict"),
              HasSubstr("t.csv:2: field duration: \"nan\""));
  EXPECT_THAT(why_not_philly("0,red,4,100,1,vgg,0,8,282,10,0,strict"),
              HasSubstr("field duration: \"0\" is no time for a job"));
  EXPECT_THAT(why_not_philly("0,red,16,100,1,vgg,9,8,282,10,0,strict"),
              HasSubstr("t.csv:2: field num_gpu: \"16\" GPUs are more than a slot"));
  EXPECT_THAT(why_not_philly("0,red,0,100,1,vgg,9,8,282,10,0,strict"), HasSubstr("no row is work"));
  EXPECT_THAT(why_not_philly("7,red,1,100,1,vgg,9,8,282,10,0,strict\n"
                             "7,blue,1,100,1,vgg,9,8,282,10,0,strict"),
              HasSubstr("t.csv:3: field job_id: \"7\" stands on line 2 already"));
  EXPECT_THAT(why_not_philly("0,red,4,100,1,vgg,150,8,282,10,0,foo"),
              HasSubstr("t.csv:2: field job_type: \"foo\" is no type of job that is known here"));
  EXPECT_THAT(why_not_philly("0,red,4,100,1,vgg,150,8,282,10,7,strict"),
              HasSubstr("t.csv:2: field best_effort: \"7\" is no whole number from 0 to 1"));
  EXPECT_THAT(why_not_philly("0,,1,100,1,vgg,9,8,282,10,0,strict"), HasSubstr("field user"));
  EXPECT_THAT(trace_kind("a,b\n1,2\n", "t.csv").error().message, HasSubstr("the columns a, b"));
}

std::string why_not_pod(const std::string& num_gpu, const std::string& gpu_milli) {
  const std::string head =
      "name,num_gpu,gpu_milli,gpu_spec,qos,creation_time,deletion_time,scheduled_time\n";
  const Result<TraceWork> read =
      read_jobs(head + "a,1,460,,LS,0,90,0\nb," + num_gpu + "," + gpu_milli + ",,LS,0,90,0\n",
                "pods.csv", TraceKind::openb_pods, {}, 1);
  return read ? "fine" : read.error().message;
}

TEST(Traces, AShareOfAGpuIsOfOne) {
  EXPECT_EQ(why_not_pod("1", "1000"), "fine");
  EXPECT_EQ(why_not_pod("2", "1000"), "fine");
  EXPECT_EQ(why_not_pod("0", "0"), "fine");
  EXPECT_EQ(why_not_pod("1", "1001"),
            "pods.csv:3: field gpu_milli: \"1001\" is no whole number from 0 to 1000");
  EXPECT_EQ(why_not_pod("2", "999"),
            "pods.csv:3: field gpu_milli: \"999\" is a share of one GPU, and num_gpu asks for 2, "
            "of which each is whole: 1000");
}

// 416,667 shards, whose number times the row's microseconds does not fit in 64 bits.
TEST(Traces, LongRowsAreDividedAsTheyAre) {
  const std::string row = "0,a,1,0,10,m,25000000,8,282,10,0,strict\n";
  const TraceWork read = *read_jobs(philly_head + row, "t.csv", TraceKind::philly, {}, 1);
  const Truth& truth = read.work.truth;
  EXPECT_EQ(truth.shard_ends.back(), seconds(25000000).microseconds);
  ASSERT_EQ(truth.shard_ends.size(), 416667U);
  for (ShardIndex shard = 0; shard < truth.shard_ends.size(); ++shard) {
    ASSERT_GT(truth.of(shard), milliseconds(59999));
    ASSERT_LE(truth.of(shard), seconds(60));
  }
}

TEST(Traces, MoreThanCanBeCountedIsRefusedWhereItBecomesTooMuch) {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += std::to_string(i) + ",a,8,0,1,m,2147483648,8,0,1,0,strict\n";
  TraceOptions options;
  EXPECT_THAT(read_jobs(philly_head + rows, "t.csv", TraceKind::philly, options, 1).error().message,
              HasSubstr("t.csv:4: field duration: \"2147483648\" makes more than 100000000 shards "
                        "with the rows above; --shard makes them longer"));
  options.shard = seconds(86400);
  EXPECT_THAT(read_jobs(philly_head + rows, "t.csv", TraceKind::philly, options, 1).error().message,
              HasSubstr("t.csv:35: field duration: \"2147483648\" makes more than 576460752303 "
                        "GPU-seconds of work with the rows above"));
}

TEST(Traces, AcmeHasToBeADistribution) {
  const std::string head = "cluster,metric,job_type,le_seconds,cdf_percent\n";
  const auto why = [&](const std::string& rows) {
    const Result<DurationTable> read = read_acme(head + rows, "a.csv", "Seren");
    return read ? "fine" : read.error().message;
  };
  EXPECT_EQ(why("Seren,duration,Eval,1,50\nSeren,duration,Eval,2,100\n"), "fine");
  EXPECT_THAT(why("Seren,duration,Eval,1,50\nSeren,duration,Eval,2,40\n"),
              HasSubstr("a.csv:3: field cdf_percent: \"40\" falls"));
  EXPECT_THAT(why("Seren,duration,Eval,1,101\n"), HasSubstr("no share from 0 to 100"));
  EXPECT_THAT(why("Kalos,duration,Eval,1,100\n"), HasSubstr("cluster \"Seren\""));
  EXPECT_THAT(why("Seren,duration,Eval,1,99\n"), HasSubstr("no whole distribution"));
}

TEST(Traces, QuantilesAreInterpolatedInTheLogarithm) {
  const DurationTable table = {{seconds(1), 250000000}, {seconds(100), 1000000000}};
  EXPECT_EQ(quantile(table, 0.25), seconds(1));
  EXPECT_EQ(quantile(table, 0.625), seconds(10));
  EXPECT_EQ(quantile(table, 0.125), milliseconds(100));
}

class PublishedTraces : public ::testing::Test {
 protected:
  static std::string read(const std::string& name) {
    std::ifstream in(folders::shared() / "traces" / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void SetUp() override {
    if (!std::filesystem::exists(folders::shared() / "traces")) {
      GTEST_SKIP() << "no ../shared/traces";
    }
  }
};

TEST_F(PublishedTraces, AreRead) {
  const Fleet fleet = *read_fleet(read("openb-alibaba-2023/openb_node_list_gpu_node.csv"), "f");
  EXPECT_EQ(fleet.nodes.size(), 1213U);
  EXPECT_EQ(fleet.gpus(), 6212U);
  EXPECT_EQ(fleet.kinds.size(), 7U);
  const DurationTable acme = *read_acme(read("acme-2023/acme_jobtype_cdf.csv"), "a", "Seren");
  EXPECT_EQ(acme.size(), 22U);
  EXPECT_NEAR(static_cast<double>(quantile(acme, 0.5).microseconds), 129e6, 2e6);
  TraceOptions options;
  const std::string philly = read("philly-derived/chronus_trace_job_Philly_SLO.csv");
  EXPECT_EQ(*trace_kind(philly, "p"), TraceKind::philly);
  EXPECT_THAT(read_jobs(philly, "p", TraceKind::philly, options, 1).error().message,
              HasSubstr("p:287: field num_gpu"));
  options.leave_out_wide = true;
  const TraceWork jobs = *read_jobs(philly, "p", TraceKind::philly, options, 1);
  EXPECT_EQ(jobs.work.workload.jobs.size(), 30614U);
  EXPECT_EQ(jobs.left_out, 326U);
  EXPECT_EQ(jobs.work.workload.teams.size(), 11U);
  const std::string pods = read("openb-alibaba-2023/openb_pod_list_default.csv");
  EXPECT_EQ(*trace_kind(pods, "o"), TraceKind::openb_pods);
  EXPECT_EQ(read_jobs(pods, "o", TraceKind::openb_pods, options, 1)->work.workload.jobs.size(),
            6203U);
}

TEST(Generator, RefusesWhatMakesNoWork) {
  WorkloadOptions options;
  options.teams = 0;
  EXPECT_THAT(generate(options, 1).error().message, HasSubstr("--teams: from 1 to 1024"));
  options.teams = 10;
  options.models = 5;
  options.private_models = true;
  EXPECT_THAT(generate(options, 1).error().message, HasSubstr("at least 10"));
  options = {};
  options.load_most = seconds(1);
  EXPECT_THAT(generate(options, 1).error().message, HasSubstr("--load"));
  EXPECT_THAT(find_case("basis").error().message, HasSubstr("base, long-loads"));
}

TEST(Generator, RefusesMoreWorkThanCanBeCounted) {
  WorkloadOptions options;
  options.median = options.longest = seconds(86400 * 800);
  EXPECT_THAT(generate(options, 1).error().message,
              HasSubstr("more than 576460752303 GPU-seconds"));
}

TEST(Generator, MakesWhatItWasAskedFor) {
  WorkloadOptions options;
  options.shards = 40000;
  options.gangs = Gangs::mixed;
  const Work work = *generate(options, 5);
  EXPECT_EQ(work.workload.shards, 40000U);
  EXPECT_EQ(work.truth.shard_ends.size(), 40000U);
  std::vector<std::int64_t> durations;
  for (ShardIndex s = 0; s < 40000; ++s) durations.push_back(work.truth.of(s).microseconds);
  std::sort(durations.begin(), durations.end());
  EXPECT_NEAR(static_cast<double>(durations[20000]), 30e6, 2e6);
  EXPECT_LE(durations.back(), seconds(3600).microseconds);
  std::uint32_t wide = 0;
  for (const ModelClass& model : work.workload.classes) {
    EXPECT_GE(model.load, seconds(30));
    EXPECT_LE(model.load, seconds(300));
    wide += model.gpus > 1 ? 1 : 0;
  }
  EXPECT_GT(wide, 40U);
  EXPECT_LT(wide, 80U);
}

TEST(Generator, ATeamsWorkDoesNotChangeWithTheOthers) {
  const Work calm = *generate(find_case("calm")->options, 7);
  const Work flood = *generate(find_case("flood")->options, 7);
  const auto of = [](const Work& work, TeamIndex team) {
    std::vector<std::int64_t> all;
    for (const Job& job : work.workload.jobs) {
      if (job.team != team) continue;
      for (ShardIndex s = job.first_shard; s < job.first_shard + job.shards; ++s) {
        all.push_back(work.truth.of(s).microseconds);
      }
    }
    return all;
  };
  EXPECT_EQ(of(calm, 3), of(flood, 3));
  EXPECT_NE(of(calm, 0).size(), of(flood, 0).size());
}

TEST(Random, IsTheSameEverywhere) {
  const Random draw(1, Stream::duration);
  EXPECT_EQ(draw.at(0), 6791897765849424158U);
  EXPECT_NEAR(exponential(1), 2.718281828459045, 1e-15);
  EXPECT_NEAR(exponential(-20), 2.061153622438558e-9, 1e-22);
  EXPECT_NEAR(logarithm(10), 2.302585092994046, 1e-15);
  EXPECT_NEAR(logarithm(1e-9), -20.72326583694641, 1e-13);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-8);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 1e-8);
  EXPECT_EQ(normal_quantile(0.5), 0);
}

}  // namespace
}  // namespace gwageo::simulate
