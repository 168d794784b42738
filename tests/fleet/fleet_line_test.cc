// What a fleet's line becomes: options of sbatch, a script, and what is refused beforehand.
#include "ops/fleet_line.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ops/allocation.h"
#include "ops/shell_words.h"
#include "ops/slurm_batch.h"
#include "protocol/json.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

using Words = std::vector<std::string>;

Invocation line(std::vector<std::pair<std::string, std::string>> more = {}) {
  Invocation arguments;
  arguments.add("partition", "gpu");
  arguments.add("max-workers", "4");
  arguments.add("worker-key", "/shared/worker.key");
  arguments.add("program", "/opt/gwageo");
  arguments.add("log-folder", "/logs");
  arguments.add("name", "night");
  for (auto& [name, value] : more) arguments.add(name, value);
  return arguments;
}

std::string refusal(std::vector<std::pair<std::string, std::string>> more) {
  const Result<FleetLine> made = fleet_line(line(std::move(more)), "tcp://c:7000");
  return made ? "taken" : made.error().message;
}

TEST(FleetLine, BecomesACommandLineAndAScript) {
  const auto made = fleet_line(line({{"gres", "gpu:h100:8"},
                                     {"gpu-kind", "H100"},
                                     {"gpu-memory", "80"},
                                     {"time", "26h"},
                                     {"account", "lab"},
                                     {"grace", "40s"},
                                     {"extra", "--mem=0 '--nodelist=n[1-2]'"}}),
                               "tcp://c:7000");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(sbatch_words(*made, {12, "backlog 4,812 items, 3 workers of 4"}),
            (Words{"sbatch", "--parsable", "--job-name=gwageo-night-w12",
                   "--comment=backlog 4,812 items, 3 workers of 4", "--nodes=1", "--ntasks=1",
                   "--no-requeue", "--signal=B:TERM@45", "--output=/logs/gwageo-night-w12-%j.log",
                   "--open-mode=append", "--partition=gpu", "--gres=gpu:h100:8", "--account=lab",
                   "--time=1-02:00:00", "--mem=0", "--nodelist=n[1-2]"}));
  EXPECT_EQ(worker_script(*made, 12),
            "#!/bin/sh\n# A worker of gwageo's fleet night. Its secrets are in the file after "
            "--key, and nowhere else.\nexec /opt/gwageo worker --name night-w12 --coordinator "
            "tcp://c:7000 --key /shared/worker.key --grace 40s --connect-within 300 --gpus "
            "allocated --gpus-asked 8 --gpu-kind H100 --gpu-memory 80 --node "
            "\"$SLURMD_NODENAME\"\n");
  EXPECT_EQ(made->policy.shape.slots, 8u);
  EXPECT_EQ(made->policy.shape.gpu_memory_mib, 80u * 1024);
}

TEST(FleetLine, AWorkerMaySpanNodes) {
  const auto made = fleet_line(
      line({{"gres", "gpu:8"}, {"gpu-kind", "H100"}, {"gpu-memory", "80"}, {"nodes", "2"}}),
      "tcp://c:7000");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->policy.shape.slots, 16u);
  EXPECT_EQ(made->policy.shape.nodes, 2u);
  const Words words = sbatch_words(*made, {1, "why"});
  const auto has = [&](const char* word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  EXPECT_TRUE(has("--nodes=2") && has("--ntasks-per-node=1") && !has("--ntasks=1"));
  const std::string script = worker_script(*made, 1);
  EXPECT_NE(script.find(" --gpus allocated --gpus-asked 8 "), std::string::npos) << script;
  EXPECT_TRUE(
      script.ends_with(" --node \"$SLURMD_NODENAME\" --hosts \"$(scontrol show hostnames "
                       "\"$SLURM_JOB_NODELIST\" | paste -sd, -)\"\n"))
      << script;
}

TEST(FleetLine, WithoutGpusAWorkerHasSlots) {
  const auto made =
      fleet_line(line({{"slots", "2"}, {"worker-options", "--credit 8"}}), "tcp://c:7000");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->policy.shape.slots, 2u);
  EXPECT_NE(worker_script(*made, 1).find(" --slots 2 --credit 8\n"), std::string::npos);
}

TEST(FleetLine, SaysWhatIsWrongWithIt) {
  const std::vector<std::pair<std::vector<std::pair<std::string, std::string>>, std::string>> rows =
      {{{{"gres", "gpu:8"}}, "needs --gpu-kind KIND and --gpu-memory GIB"},
       {{{"gpu-kind", "H100"}}, "--gpu-kind is of GPUs: ask for them with --gres gpu:N"},
       {{{"slots", "2"}, {"gpus", "2"}}, "--slots and --gpus: give one of them"},
       {{{"slots", "65"}}, "--slots"},
       {{{"slots", "2"}, {"nodes", "2"}}, "--nodes is of GPUs: ask for them with --gres gpu:N"},
       {{{"gres", "gpu:8"}, {"gpu-kind", "H100"}, {"gpu-memory", "80"}, {"nodes", "3"}},
        "--nodes: 3 is none of 1, 2, 4"},
       {{{"gres", "gpu:8"}, {"gpu-kind", "H100"}, {"gpu-memory", "80"}, {"nodes", "16"}},
        "--nodes: 8 GPUs on each of 16 are 128, and no model takes so many"},
       {{{"gres", "gpu:6"}, {"gpu-kind", "H100"}, {"gpu-memory", "80"}, {"nodes", "2"}},
        "--nodes: 6 GPUs on each of 2 are 12, and no model takes so many"},
       {{{"extra", "--nodes=2"}}, "--extra: --nodes=2 is the fleet's own"},
       {{{"idle", "soon"}}, "--idle: \"soon\" is no time from 1 s"},
       {{{"time", "2m"}}, "give at least 145s"},
       {{{"time", "30s"}}, "--time: \"30s\" is no time from 60 s"},
       {{{"name", "a b"}}, "--name: \"a b\""},
       {{{"name", std::string(101, 'a')}}, "1 to 100 letters"},
       {{{"extra", "--job-name=mine"}}, "--extra: --job-name=mine is the fleet's own"},
       {{{"gres", "gpu:2"}, {"gpus", "4"}, {"gpu-kind", "H100"}, {"gpu-memory", "80"}},
        "--gpus: 4, and --gres gives 2"},
       {{{"worker-options", "--nosuch 3"}}, "no worker would start (--worker-options?): "},
       {{{"worker-options", "--grace 5s"}}, "--grace is given more than once"},
       {{{"worker-options", "--hosts n1,n2"}}, "--worker-options: --hosts is the fleet's own"},
       {{{"worker-options", "--node n1"}}, "--worker-options: --node is the fleet's own"},
       {{{"worker-options", "--weights-quota 3GB"}},
        "no worker would start (--worker-options?): --weights-quota is of a weights cache: give "
        "--weights-cache DIR"},
       {{{"worker-options", "--weights-cache /w"}},
        "no worker would start (--worker-options?): a weights cache needs --weights-quota SIZE"},
       {{{"worker-options", "--credit 0"}},
        "no worker would start (--worker-options?): --credit: \"0\" is no whole number from 1"},
       {{{"worker-options", "--loads 0"}}, "--loads: \"0\" is no whole number from 1"},
       {{{"worker-options", "--slowdown 0"}}, "--slowdown: \"0\" is no whole number from 1"},
       {{{"worker-options", "--nice 50"}}, "--nice: \"50\" is no whole number from 0 to 19"},
       {{{"worker-options", "--threads 0"}}, "--threads: \"0\" is no whole number from 1"},
       {{{"worker-options", "--health-every 0"}}, "--health-every: \"0\" is no whole number"},
       {{{"worker-options", "--gpu-copy-rate 0"}}, "--gpu-copy-rate: \"0\" is no whole number"},
       {{{"worker-options", "--gpus 3"}, {"slots", "2"}}, "--slots and --gpus: give one of them"},
       {{{"worker-options", "--gpus 3"}}, "--slots and --gpus: give one of them"},
       {{{"worker-options", "--gpu-kind H"}}, "--gpu-kind is of GPUs: say with --gpus N"},
       {{{"gres", "gpu:8"},
         {"gpu-kind", "H100"},
         {"gpu-memory", "80"},
         {"worker-options", "--domain a/b"}},
        "no worker would start (--worker-options?): --domain: \"a/b\""},
       {{{"gres", "gpu:8"},
         {"gpu-kind", "H100"},
         {"gpu-memory", "80"},
         {"nodes", "2"},
         {"worker-options", "--weights-cache /w --weights-quota 3GB"}},
        "--weights-cache: it is a folder of this machine, and the others of --hosts"},
       {{{"worker-options", "--help"}}, "--help only prints how gwageo worker is used"},
       {{{"extra", "--job-nam=mine"}}, "--extra: --job-nam=mine is the fleet's own"},
       {{{"extra", "--arr=1-20"}}, "--extra: --arr=1-20 is the fleet's own"},
       {{{"extra", "--comm=x"}}, "--extra: --comm=x is the fleet's own"},
       {{{"extra", "--wait"}}, "--extra: --wait is the fleet's own"},
       {{{"extra", "-a1-20"}}, "--extra: -a1-20 is the fleet's own"},
       {{{"extra", "-Qa1-20"}}, "--extra: -Qa1-20: write each option by itself"},
       {{{"extra", "--quiet"}}, "--extra: --quiet: sbatch would not say the number of the job"},
       {{{"extra", "--mem=0 --qui"}}, "--extra: --qui: sbatch would not say the number"},
       {{{"extra", "-Q"}}, "--extra: -Q: sbatch would not say the number of the job"},
       {{{"extra", "--time=1"}}, "--extra: --time=1: write --time TIME instead"},
       {{{"extra", "-t1"}}, "--extra: -t1: write --time TIME instead"},
       {{{"extra", "--ti 1"}}, "--extra: --ti: write --time TIME instead"},
       {{{"extra", "--time-mi=1"}}, "--extra: --time-mi=1: write --time TIME instead"},
       {{{"extra", "--mem 4G"}}, "\"4G\" is no option: write --name=value"},
       {{{"extra", "'--mem=4G"}}, "a quote is not closed"},
       {{{"grace", "2h"}}, "--grace"},
       {{{"failures", "0"}}, "--failures"},
       {{{"rate", "0"}}, "--rate"}};
  for (const auto& [options, words] : rows) {
    EXPECT_NE(refusal(options).find(words), std::string::npos) << refusal(options);
  }
  Invocation nothing;
  EXPECT_NE(fleet_line(nothing, "").error().message.find("--max-workers"), std::string::npos);
}

TEST(FleetLine, TakesOtherOptionsOfSbatch) {
  for (const char* const extra : {"--mem=0 --exclusive", "-Lmatlab:2", "-n 1", "--nice=5",
                                  "--nodelist=n1", "--qos=high", "--no-kill"}) {
    const std::string said = refusal({{"extra", extra}});
    if (std::string(extra) == "-n 1") {
      EXPECT_NE(said.find("\"1\" is no option"), std::string::npos) << said;
    } else {
      EXPECT_EQ(said, "taken") << extra;
    }
  }
}

// sbatch reads them as it reads its options: an array would be jobs that the fleet does not know.
TEST(FleetLine, RefusesVariablesThatMakeOtherJobsOfItsOwn) {
  ::setenv("SBATCH_ARRAY_INX", "1-20", 1);
  const std::string said = refusal({});
  ::unsetenv("SBATCH_ARRAY_INX");
  EXPECT_NE(said.find("SBATCH_ARRAY_INX in the environment is for sbatch"), std::string::npos)
      << said;
  EXPECT_EQ(refusal({}), "taken");
}

// A limit of its own goes before the variable's; without one the variable's would be the jobs'.
TEST(FleetLine, TakesNoTimeLimitOfTheEnvironment) {
  ::setenv("SBATCH_TIMELIMIT", "1", 1);
  const std::string without = refusal({});
  const std::string with = refusal({{"time", "4h"}});
  ::unsetenv("SBATCH_TIMELIMIT");
  EXPECT_NE(without.find("SBATCH_TIMELIMIT in the environment would be the jobs' time limit"),
            std::string::npos)
      << without;
  EXPECT_EQ(with, "taken");
}

/// Programs of Slurm that are scripts of the test's.
class PretendedSlurm {
 public:
  PretendedSlurm() : path_(::getenv("PATH")) {
    ::signal(SIGPIPE, SIG_IGN);
    ::setenv("PATH", (folder().string() + ":" + path_).c_str(), 1);
  }
  ~PretendedSlurm() { ::setenv("PATH", path_.c_str(), 1); }
  void write(const std::string& program, const std::string& script) const {
    const std::filesystem::path file = folder() / program;
    std::ofstream(file) << "#!/bin/sh\ncat >/dev/null\n" + script + "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string read(const std::string& file) const {
    std::ifstream in(folder() / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  const testing::TemporaryFolder folder_;
  const std::string path_;
};

// What --extra ends with may take the next word for its value.
TEST(SlurmBatchTrial, SaysThatItIsOneBeforeTheOperatorsOptions) {
  PretendedSlurm slurm;
  slurm.write("sbatch", "echo \"$@\" >" + slurm.folder().string() + "/words; echo fine >&2");
  const auto made = fleet_line(line({{"extra", "--account"}}), "tcp://c:7000");
  ASSERT_TRUE(made) << made.error().message;
  SlurmBatch batch(*made);
  const auto said = batch.try_out({1, "why"});
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said, "fine");
  EXPECT_TRUE(slurm.read("words").starts_with("--test-only --parsable ")) << slurm.read("words");
  EXPECT_TRUE(slurm.read("words").ends_with(" --account\n")) << slurm.read("words");
}

TEST(SlurmBatchTrial, AJobThatItStartsIsCancelledAndAnError) {
  PretendedSlurm slurm;
  slurm.write("sbatch", "echo 41");
  slurm.write("scancel", "echo \"$@\" >" + slurm.folder().string() + "/cancelled");
  SlurmBatch batch(*fleet_line(line(), "tcp://c:7000"));
  const auto said = batch.try_out({1, "why"});
  ASSERT_FALSE(said);
  EXPECT_NE(said.error().message.find("submitted job 41 instead of trying it (it is cancelled)"),
            std::string::npos)
      << said.error().message;
  EXPECT_EQ(slurm.read("cancelled"), "41\n");
}

TEST(FleetLine, WordsAreTakenApartAndPutTogether) {
  EXPECT_EQ(*split_words("  a 'b c' \"d'e\" f\\ g '' "), (Words{"a", "b c", "d'e", "f g", ""}));
  for (const std::string word : {"plain", "", "it's", "a b", "$HOME", "--x=1,2"}) {
    EXPECT_EQ(*split_words(quoted(word)), Words{word});
  }
}

TEST(SqueueLine, IsReadOrIsNoneOfTheFleets) {
  const auto job = parse_squeue_line(
      "night", "17|gwageo-night-w3|PENDING||Resources|backlog 4|5 items, 0 workers");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->id, "17");
  EXPECT_EQ(job->number, 3u);
  EXPECT_EQ(job->state, BatchState::waiting);
  EXPECT_EQ(job->reason, "Resources");
  EXPECT_EQ(job->comment, "backlog 4|5 items, 0 workers");
  const std::vector<std::pair<std::string, BatchState>> states = {
      {"RUNNING", BatchState::running},     {"CONFIGURING", BatchState::running},
      {"SUSPENDED", BatchState::running},   {"COMPLETING", BatchState::ending},
      {"COMPLETED", BatchState::done},      {"FAILED", BatchState::failed},
      {"TIMEOUT", BatchState::failed},      {"NODE_FAIL", BatchState::failed},
      {"CANCELLED", BatchState::cancelled}, {"PREEMPTED", BatchState::cancelled}};
  for (const auto& [word, state] : states) {
    EXPECT_EQ(parse_squeue_line("night", "1|gwageo-night-w1|" + word + "|n1|None|(null)")->state,
              state)
        << word;
  }
  for (const char* line : {"", "17|gwageo-night-w3|RUNNING", "17|other|RUNNING|n1|None|(null)",
                           "17|gwageo-day-w3|RUNNING|n1|None|(null)"}) {
    EXPECT_FALSE(parse_squeue_line("night", line)) << line;
  }
}

TEST(Allocation, CountsWhatCudaWillShow) {
  EXPECT_EQ(*allocated_gpus("0,1,2", "4"), 3u);
  EXPECT_EQ(*allocated_gpus("GPU-8932f937", ""), 1u);
  EXPECT_EQ(*allocated_gpus("", "4"), 4u);
  EXPECT_EQ(*allocated_gpus("0,-1,2", ""), 1u);
  for (const auto& [cuda, slurm] : {std::pair<const char*, const char*>{"", ""},
                                    {"NoDevFiles", "4"},
                                    {"", "many"},
                                    {"", "0"}}) {
    const auto count = allocated_gpus(cuda, slurm);
    ASSERT_FALSE(count) << cuda << " " << slurm;
    EXPECT_NE(count.error().message.find("was given no GPU"), std::string::npos);
  }
}

TEST(PoolViewOf, ReadsWhatTheCoordinatorSays) {
  const Json status = *Json::parse(R"({"jobs": [
    {"job": "1", "team": "haneul", "state": "running", "paused": false,
     "items": {"pending": 5, "leased": 2},
     "needs": {"engine": "paced", "gpus": 2, "nodes": 2, "gpu_kind": "H100", "gpu_memory_mib": 1024,
               "item_microseconds": 2500000}},
    {"job": "2", "state": "running", "paused": true, "items": {"pending": 5}},
    {"job": "3", "state": "running", "paused": false, "quota_used_up": "lab",
     "items": {"pending": 5}}],
    "teams": [{"team": "haneul", "holds": 3}],
    "workers": [{"worker": "w1", "state": "working", "leases": 0, "items": 0,
                 "engines": ["paced"], "gpus": {"kind": "H100", "memory_mib": 2048, "nodes": 2},
                 "slots": [{"busy": false, "loading": true}, {"busy": false, "loading": false}]}],
    "quarantined": [{"worker": "w9"}]})");
  const Json teams = *Json::parse(R"({"teams": [{"team": "haneul", "parent": null, "limit": 4}]})");
  const auto pool = pool_view(status, teams);
  ASSERT_TRUE(pool) << pool.error().message;
  ASSERT_EQ(pool->work.size(), 1u);
  EXPECT_EQ(pool->work[0].pending, 5u);
  EXPECT_EQ(pool->work[0].leased, 2u);
  EXPECT_EQ(pool->work[0].gpus, 2u);
  EXPECT_EQ(pool->work[0].nodes, 2u);
  EXPECT_EQ(pool->workers.at("w1").shape.nodes, 2u);
  EXPECT_EQ(pool->work[0].item.microseconds, 2500000);
  EXPECT_EQ(pool->teams.at("haneul").limit, 4u);
  EXPECT_EQ(pool->teams.at("haneul").holds, 3u);
  EXPECT_EQ(pool->workers.at("w1").shape.slots, 2u);
  EXPECT_FALSE(pool->workers.at("w1").is_empty);  // It loads.
  EXPECT_TRUE(pool->quarantined.contains("w9"));
  const Json old = *Json::parse(R"({"jobs": [{"state": "running", "items": {"pending": 1}}]})");
  EXPECT_NE(pool_view(old, Json::object()).error().message.find("same program version"),
            std::string::npos);
}

}  // namespace
}  // namespace gwageo
