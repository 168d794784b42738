// A fleet with a real Slurm: workers come with the backlog and go with it, whatever ends them no
// item is lost, and a fleet that is killed finds its jobs again.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/e2e/pool.h"
#include "tests/engine/seeded_gguf.h"
#include "tests/folders.h"
#include "tests/slurm/private_slurm.h"

namespace gwageo::e2e {
namespace {

constexpr Milliseconds generous(60000);

// A pool without workers beside a Slurm.
class Fleets : public ::testing::Test {
 protected:
  void SetUp() override {
    slurm = std::make_unique<PrivateSlurm>(folder.path() / "slurm");
    if (!slurm->missing().empty()) GTEST_SKIP() << slurm->missing();
    pool.start();
  }
  void add_work(int items, int milliseconds, int calls) {
    pool.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "pace", items)});
    pool.add_paced_model("m", milliseconds, calls, 20);
  }
  std::vector<std::string> line(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"fleet",        "slurm",
                                      "--data",       pool.data().string(),
                                      "--worker-key", (pool.data() / "keys/worker.key").string(),
                                      "--log-folder", (folder.path() / "logs").string(),
                                      "--every",      "1s",
                                      "--json"};
    const auto has = [&](const char* name) {
      return std::find(more.begin(), more.end(), name) != more.end();
    };
    if (!has("--program")) words.insert(words.end(), {"--program", program()});
    if (!has("--partition")) words.insert(words.end(), {"--partition", "gpu"});
    if (!has("--max-workers")) words.insert(words.end(), {"--max-workers", "3"});
    if (!has("--grace")) words.insert(words.end(), {"--grace", "4s"});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Starts a fleet and waits until it has looked once.
  std::unique_ptr<Process> start(const std::vector<std::string>& more) const {
    auto fleet = std::make_unique<Process>(line(more));
    const bool has_looked = eventually(generous, [&] {
      return fleet->out().find('\n') != std::string::npos || fleet->wait(Milliseconds(0));
    });
    if (!has_looked || fleet->wait(Milliseconds(0))) {
      throw std::runtime_error("the fleet did not start: " + fleet->err());
    }
    return fleet;
  }
  /// The fleet's last report.
  static Json last(const Process& fleet) {
    std::istringstream lines(fleet.out());
    Json found = Json::object();
    for (std::string line; std::getline(lines, line);) {
      if (Result<Json> one = Json::parse(line)) found = *std::move(one);
    }
    return found;
  }
  bool comes(const Process& fleet, const char* member, std::int64_t value) const {
    return eventually(generous, [&] {
      const Json report = last(fleet);
      const Json* const found = report.find(member);
      return found != nullptr && found->is_integer() && found->as_integer() == value;
    });
  }
  std::vector<std::string> open_jobs() const {
    std::vector<std::string> ids;
    for (const auto& job : slurm->jobs()) ids.push_back(job.id);
    return ids;
  }
  /// The name of the log of the first fleet's job `id`, which is one of `jobs`.
  std::string log_of(const std::vector<std::string>& jobs, const std::string& id) const {
    const auto place = std::find(jobs.begin(), jobs.end(), id) - jobs.begin();
    return "gwageo-fleet-w" + std::to_string(place + 1) + "-" + id + ".log";
  }
  std::int64_t settled(const std::string& job) const {
    return whole(pool.ask({"status", job}), {"items", "done"});
  }
  void expect_all_answered_once(const std::string& job, int items) {
    const Json results = pool.results(job, generous);
    EXPECT_EQ(whole(results, {"coverage", "answered"}), items);
    EXPECT_EQ(pool.items_recorded(), items);
  }

  /// A job of 2,000 items, in the hands of two workers.
  struct TwoAtWork {
    std::string job;
    std::unique_ptr<Process> fleet;
    std::vector<std::string> workers;  ///< Slurm's ids.
  };
  TwoAtWork start_two() {
    add_work(2000, 30, 3);
    TwoAtWork began{pool.submit("a", "m", "pace"),
                    start({"--work", "1s", "--idle", "1s", "--max-workers", "2"}),
                    {}};
    EXPECT_TRUE(comes(*began.fleet, "joined", 2)) << began.fleet->err();
    EXPECT_TRUE(eventually(generous, [&] { return settled(began.job) > 50; }));
    began.workers = open_jobs();
    if (began.workers.size() != 2) throw std::runtime_error("there are not two workers");
    return began;
  }

  TemporaryFolder folder;
  std::unique_ptr<PrivateSlurm> slurm;
  Pool pool{folder.path() / "data", 0};
};

TEST_F(Fleets, ABacklogStartsAWorkerAndIdlenessEndsIt) {
  add_work(200, 0, 8);
  const auto fleet = start({"--name", "night", "--gres", "gpu:2", "--gpu-kind", "T4",
                            "--gpu-memory", "16", "--max-workers", "1", "--idle", "1s"});
  EXPECT_TRUE(open_jobs().empty());
  const Clock::time_point submitted = Clock::now();
  const std::string job = pool.submit("a", "m", "pace");
  std::vector<PrivateSlurm::Job> jobs;
  ASSERT_TRUE(eventually(generous, [&] {
    jobs = slurm->jobs(true);
    return !jobs.empty() && jobs[0].state != "PENDING";
  })) << fleet->err();
  const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - submitted);
  std::printf("from submission to the worker's start in Slurm: %lld ms (bar: Slurm's 1 s + 1 s)\n",
              static_cast<long long>(took.count()));
  RecordProperty("start_milliseconds", static_cast<int>(took.count()));
  EXPECT_EQ(jobs[0].name, "gwageo-night-w1");
  EXPECT_EQ(jobs[0].comment, "backlog 200 items, 0 workers of 1");
  expect_all_answered_once(job, 200);
  // While it is here it is seen as what it is.
  const Json workers = pool.ask({"workers"});
  if (!at(workers, {"workers"}).as_array().empty()) {
    const Json& worker = at(workers, {"workers"}).as_array()[0];
    EXPECT_EQ(text(worker, {"worker"}), "night-w1");
    EXPECT_EQ(whole(worker, {"gpus", "count"}), 2);
    EXPECT_TRUE(text(worker, {"gpus", "node"}).starts_with("n"));
  }
  EXPECT_TRUE(eventually(generous, [&] { return open_jobs().empty(); })) << fleet->err();
  EXPECT_NE(fleet->err().find("has held nothing for"), std::string::npos);
  EXPECT_EQ(slurm->jobs(true).size(), 1u);
  // The worker said goodbye: it was not lost.
  EXPECT_TRUE(eventually(
      generous, [&] { return at(pool.ask({"workers"}), {"workers"}).as_array().empty(); }));
  fleet->signal(SIGTERM);
  const auto ending = fleet->wait(generous);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->code, 0);
}

TEST_F(Fleets, AFleetThatIsKilledAndACoordinatorThatIsRestartedFindTheirJobs) {
  add_work(2500, 20, 2);
  const std::string job = pool.submit("a", "m", "pace");
  const std::vector<std::string> options = {"--work", "1s", "--idle", "1s"};
  auto fleet = start(options);
  ASSERT_TRUE(comes(*fleet, "joined", 3)) << fleet->err();
  const std::vector<std::string> before = open_jobs();
  EXPECT_EQ(before.size(), 3u);
  fleet->signal(SIGKILL);
  ASSERT_TRUE(fleet->wait(generous));
  fleet = start(options);
  ASSERT_TRUE(comes(*fleet, "joined", 3)) << fleet->err();
  EXPECT_EQ(open_jobs(), before);
  // The coordinator dies; `up` starts it again, and the workers come back by themselves.
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "coordinator") ::kill(daemon.id, SIGKILL);
  }
  expect_all_answered_once(job, 2500);
  EXPECT_TRUE(eventually(generous, [&] { return open_jobs().empty(); })) << fleet->err();
  EXPECT_EQ(slurm->jobs(true).size(), 3u) << "a second set was submitted";
}

TEST_F(Fleets, WhateverEndsAWorkerNoItemIsLost) {
  const TwoAtWork began = start_two();
  const auto& [job, fleet, first] = began;
  // What Slurm sends before a time limit or a preemption, and what people do.
  run_program("scancel", {"--batch", "--signal=TERM", first[0]});
  run_program("scancel", {first[1]});
  ASSERT_TRUE(eventually(generous, [&] {
    const std::vector<std::string> now = open_jobs();
    return now.size() == 2 && now[0] != first[0] && now[0] != first[1];
  })) << fleet->err();
  // So far everybody gave back what it held.
  for (const Json& fact : pool.facts("lease-ended")) {
    EXPECT_NE(text(fact, {"reason"}), "expired");
  }
  // And what nobody can be told of beforehand.
  const std::vector<std::string> second = open_jobs();
  run_program("scancel", {"--signal=KILL", "--batch", second[0]});
  expect_all_answered_once(job, 2000);
  const std::string log =
      read_file(folder.path() / "logs" / ("gwageo-fleet-w1-" + first[0] + ".log"));
  EXPECT_NE(log.find("worker stopped"), std::string::npos) << log;
  EXPECT_EQ(whole(last(*fleet), {"failures"}), 0);
}

// An urgent job takes the nodes away: Slurm's notice reaches the workers, which give back what they
// hold, and come back when there is room.
TEST_F(Fleets, APreemptionCostsNothing) {
  const TwoAtWork began = start_two();
  const auto& [job, fleet, first] = began;
  const Outcome urgent =
      run_program("sbatch", {"--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null",
                             "--job-name=urgent", "--wrap=sleep 1"});
  ASSERT_EQ(urgent.code, 0) << urgent.err;
  const auto state_of = [&](const std::string& id) {
    for (const auto& each : slurm->jobs(true)) {
      if (each.id == id) return each.state;
    }
    return std::string();
  };
  for (const std::string& id : first) {
    EXPECT_TRUE(eventually(generous, [&] { return state_of(id) == "PREEMPTED"; })) << state_of(id);
    const std::string log = read_file(folder.path() / "logs" / log_of(first, id));
    EXPECT_NE(log.find("worker stopped"), std::string::npos) << log;
  }
  for (const Json& fact : pool.facts("lease-ended")) {
    EXPECT_NE(text(fact, {"reason"}), "expired");
  }
  expect_all_answered_once(job, 2000);
  EXPECT_EQ(whole(last(*fleet), {"failures"}), 0);
}

TEST_F(Fleets, ALineThatSlurmRefusesIsRefusedWithItsWords) {
  Outcome refused = run(line({"--partition", "nowhere"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("invalid partition specified: nowhere"), std::string::npos)
      << refused.err;
  refused = run(line({"--gres", "gpu:9", "--slots", "1"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("Requested node configuration is not available"), std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("sbatch --parsable"), std::string::npos);
  const Outcome dry = run(line({"--dry-run", "--slots", "2"}));
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_NE(text(dry.json(), {"slurm"}).find("to start at"), std::string::npos);
  EXPECT_NE(text(dry.json(), {"script"}).find("exec " + program() + " worker"), std::string::npos);
  const std::string key = (pool.data() / "keys/operator.key").string();
  std::vector<std::string> words = line({});
  *std::find(words.begin(), words.end(), (pool.data() / "keys/worker.key").string()) = key;
  refused = run(words);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("is a key of role operator"), std::string::npos) << refused.err;
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  refused = run(line({}));
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("sbatch cannot be run"), std::string::npos) << refused.err;
  EXPECT_TRUE(slurm->jobs(true).empty());
}

TEST_F(Fleets, JobsThatFailAtOncePauseIt) {
  add_work(100, 0, 1);
  pool.submit("a", "m", "pace");
  const auto fleet = start({"--program", "/bin/false", "--failures", "2"});
  ASSERT_TRUE(eventually(generous,
                         [&] {
                           const Json now = last(*fleet);
                           const Json* const state = now.find("state");
                           return state != nullptr && state->is_string() &&
                                  state->as_string() == "paused";
                         }))
      << fleet->out() << fleet->err();
  EXPECT_NE(text(last(*fleet), {"reason"}).find("2 starts failed in a row"), std::string::npos);
  EXPECT_NE(fleet->err().find("ended before its worker had joined: FAILED, NonZeroExitCode"),
            std::string::npos)
      << fleet->err();
  EXPECT_TRUE(open_jobs().empty());
}

TEST_F(Fleets, FleetsLeaveEachOthersJobsAlone) {
  add_work(100000, 50, 1);
  pool.submit("a", "m", "pace");
  const auto one = start({"--name", "a", "--max-workers", "1"});
  const auto two = start({"--name", "a-w1", "--max-workers", "1", "--cancel-on-exit"});
  ASSERT_TRUE(comes(*one, "joined", 1)) << one->err();
  ASSERT_TRUE(comes(*two, "joined", 1)) << two->err();
  const Json status =
      run({"fleet", "status", "--name", "a", "--data", pool.data().string(), "--json"}).json();
  ASSERT_EQ(at(status, {"jobs"}).as_array().size(), 1u);
  const Json& row = at(status, {"jobs"}).as_array()[0];
  EXPECT_EQ(text(row, {"worker"}), "a-w1");
  EXPECT_EQ(text(row, {"state"}), "RUNNING");
  EXPECT_EQ(text(row, {"pool", "state"}), "working");
  // One leaves its jobs as they are when it ends, the other takes them with it.
  one->signal(SIGTERM);
  ASSERT_TRUE(one->wait(generous));
  EXPECT_NE(one->err().find("its jobs go on"), std::string::npos) << one->err();
  two->signal(SIGTERM);
  ASSERT_TRUE(two->wait(generous));
  ASSERT_TRUE(eventually(generous, [&] { return open_jobs().size() == 1; }));
  EXPECT_EQ(slurm->jobs()[0].name, "gwageo-a-w1");
  const Outcome stopped = run({"fleet", "stop", "--name", "a", "--json"});
  EXPECT_EQ(at(stopped.json(), {"cancelled"}).as_array().size(), 1u);
  EXPECT_TRUE(eventually(generous, [&] { return open_jobs().empty(); }));
}

TEST_F(Fleets, ANodeWithFewerGpusThanAskedIsSaidAndOfUse) {
  add_work(50, 0, 1);
  const std::string job = pool.submit("a", "m", "pace");
  const auto fleet = start({"--gres", "gpu:4", "--extra", "--gres=gpu:1", "--gpu-kind", "T4",
                            "--gpu-memory", "16", "--max-workers", "1"});
  expect_all_answered_once(job, 50);
  EXPECT_TRUE(eventually(generous, [&] {
    return fleet->err().find("fleet-w1 has 1 of 4 GPUs on n") != std::string::npos;
  })) << fleet->err();
  const std::string id = slurm->jobs(true).at(0).id;
  const std::string log = read_file(folder.path() / "logs" / ("gwageo-fleet-w1-" + id + ".log"));
  EXPECT_NE(log.find("fewer GPUs than were asked for"), std::string::npos) << log;
}

// A model of two nodes: its worker is one job of two, whose server `srun` starts on both.
TEST_F(Fleets, AWorkerSpansTheNodesOfItsJob) {
  const auto told = [&](int rank) { return folder.path() / ("told." + std::to_string(rank)); };
  const std::string server = "echo \"$SLURMD_NODENAME $0\" >" + (folder.path() / "told.").string() +
                             "$SLURM_PROCID; test \"$SLURM_PROCID\" = 0 || exec sleep 600; exec " +
                             folders::fake_engine() + " \"$@\"";
  write_file(folder.path() / "engines/spread.yaml",
             "name: spread\nversion: 1\ncommand: [srun, --overlap, --kill-on-bad-exit=1, --nodes, "
             "'{nodes}', --ntasks, '{nodes}', --ntasks-per-node, '1', sh, -c, '" +
                 server +
                 "', '{hosts} {head} {node_gpus}', --model, '{model}', --port, '{port}', --name, "
                 "'{name}']\nengine: {connections: 4}\nstop_seconds: 3\n");
  write_file(folder.path() / "model.gguf", testing::seeded_gguf(1));
  const std::string engines = (folder.path() / "engines").string();
  pool.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "pace", 40)});
  pool.ask({"model", "add", "m", "--role", "reference", "--released", "2026-07-15", "--engine",
            "process", "--path", folder.path() / "model.gguf", "--engines", engines, "--option",
            "template=spread", "--gpus", "4", "--nodes", "2"});
  const std::string job = pool.submit("a", "m", "pace");
  const auto fleet =
      start({"--nodes", "2", "--gres", "gpu:2", "--gpu-kind", "T4", "--gpu-memory", "16",
             "--max-workers", "1", "--idle", "1s", "--worker-options",
             "--engines " + engines + " --engine-logs " + (folder.path() / "said").string()});
  const Json results = pool.results(job, generous);
  EXPECT_EQ(whole(results, {"coverage", "failed"}), 0) << results.dump();
  EXPECT_EQ(pool.items_recorded(), 40);
  EXPECT_EQ(read_file(told(0)), "n1 n1,n2 n1 2\n");
  EXPECT_EQ(read_file(told(1)), "n2 n1,n2 n1 2\n");
  EXPECT_TRUE(eventually(generous, [&] { return open_jobs().empty(); })) << fleet->err();
  EXPECT_EQ(slurm->jobs(true).size(), 1u);
  EXPECT_EQ(whole(last(*fleet), {"failures"}), 0);
}

}  // namespace
}  // namespace gwageo::e2e
