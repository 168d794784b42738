// Servers that a pool's workers start: whole jobs through them, kills of everybody who has a part
// in it, and nobody left behind.
//
//   GWAGEO_ENGINE_CRASHES  how often a server, and how often a worker is killed in the loop (3)
//   GWAGEO_KILL_SEED       whom and when (1)
#include "tests/e2e/pool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>

#include "protocol/bytes.h"
#include "tests/engine/hosted_engine.h"
#include "tests/engine/node_llama.h"
#include "tests/engine/seeded_gguf.h"
#include "tests/worker/openai_server.h"
#include "worker/process_table.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr int items = 300;

int number_from(const char* variable, int otherwise) {
  const char* const given = std::getenv(variable);
  return given == nullptr ? otherwise : std::atoi(given);
}

/// A process of the folder whose command line has this word.
std::vector<pid_t> engine_processes(const fs::path& folder, const std::string& word) {
  std::vector<pid_t> found;
  for (const pid_t process : testing::processes_of(folder)) {
    const std::string words = testing::command_line_of(process);
    const bool is_keeper = words.find(keeper_word) != std::string::npos;
    const bool is_server = words.find("--port") != std::string::npos && !is_keeper;
    if ((word == keeper_word && is_keeper) || (word == "server" && is_server)) {
      found.push_back(process);
    }
  }
  return found;
}

/// One tensor of a gigabyte and a bit, of which nothing is on the disk.
void write_sparse_model(const fs::path& path) {
  const std::uint64_t bytes = (std::uint64_t{1} << 30) + 4096;
  const std::string header = R"({"w":{"dtype":"F32","shape":[)" + std::to_string(bytes / 4) +
                             R"(],"data_offsets":[0,)" + std::to_string(bytes) + "]}}";
  ByteWriter out;
  out.u64(header.size());
  out.raw(header);
  write_file(path / "model.safetensors", out.bytes());
  fs::resize_file(path / "model.safetensors", out.bytes().size() + bytes);
}

struct EnginePool : ::testing::Test {
  void SetUp() override {
    write_file(folder.path() / "engines/fake.yaml", testing::fake_template("ready_seconds: 20\n"));
    write_file(model(), testing::seeded_gguf(1));
    ::setenv("GWAGEO_ENGINES", (folder.path() / "engines").c_str(), 1);
  }
  void TearDown() override { ::unsetenv("GWAGEO_ENGINES"); }
  fs::path model() const { return folder.path() / "model.gguf"; }
  std::vector<std::string> adding(const std::string& name, const std::string& habits,
                                  const std::string& engine = "fake") const {
    std::vector<std::string> words = {
        "model",    "add",     name,     "--role", "reference", "--released",        "2026-07-15",
        "--engine", "process", "--path", model(),  "--option",  "template=" + engine};
    if (!habits.empty()) words.insert(words.end(), {"--option", "habits=" + habits});
    return words;
  }
  void start(int questions = items) {
    pool.start();
    pool.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "numbers", questions)});
  }
  void expect_complete(const std::string& job, int questions = items) const {
    const Json results = pool.results(job);
    EXPECT_EQ(whole(results, {"coverage", "failed"}), 0) << results.dump();
    EXPECT_EQ(whole(results, {"tasks", "pace", "exact_match", "n"}), questions);
  }
  bool is_without_engines() const {
    return eventually(Milliseconds(30000), [&] {
      return engine_processes(folder.path(), keeper_word).empty() &&
             engine_processes(folder.path(), "server").empty();
    });
  }
  pid_t some(const std::string& what, Milliseconds at_most = Milliseconds(60000)) const {
    std::vector<pid_t> found;
    eventually(at_most, [&] {
      found = engine_processes(folder.path(), what);
      return !found.empty();
    });
    return found.empty() ? 0 : found.front();
  }
  void await_done(const std::string& job, std::int64_t least) const {
    ASSERT_TRUE(eventually(Milliseconds(60000), [&] {
      return whole(pool.ask({"status", job}), {"items", "done"}) >= least;
    }));
  }

  TemporaryFolder folder;
  Pool pool{folder.path() / "data", 2};
};

TEST_F(EnginePool, ExaminesAModelThroughServersOfItsOwn) {
  start();
  const Json added = pool.ask(adding("m", ""));
  EXPECT_EQ(text(added, {"findings", "process", "engine_version"}), "fake 1.0");
  EXPECT_EQ(text(added, {"options", "template_digest"}).size(), 64U) << added.dump();
  EXPECT_TRUE(is_without_engines()) << "the one that was tried is stopped";
  const std::string job = pool.submit("once", "m", "numbers");
  expect_complete(job);
  EXPECT_EQ(text(pool.results(job), {"evidence"}), "executed");
  EXPECT_FALSE(engine_processes(folder.path(), "server").empty());
  pool.stop();
  EXPECT_TRUE(is_without_engines());
}

TEST_F(EnginePool, BadModelsAreRefusedWhenTheyAreAdded) {
  start();
  const auto refusal = [&](const std::vector<std::string>& words) {
    const Outcome outcome = pool.call(words);
    EXPECT_EQ(outcome.code, 2) << outcome.out << outcome.err;
    return outcome.out + outcome.err;
  };
  EXPECT_HAS(refusal(adding("m", "", "vllm")), "no template is called");
  EXPECT_HAS(refusal(adding("m", "--trust")), "option habits=--trust must be what the pattern");
  EXPECT_HAS(refusal(adding("m", "exit=3")), "it exited with code 3");
  EXPECT_HAS(refusal(adding("m", "other_name")), "the engine reports the model");
  const std::string said = refusal(adding("m", "talk=100,exit=3"));
  const std::string before_log = "(all of it: ";
  const std::size_t at = said.find(before_log);
  ASSERT_NE(at, std::string::npos) << said;
  const std::size_t begin = at + before_log.size();
  const fs::path log = said.substr(begin, said.find(')', begin) - begin);
  EXPECT_HAS(read_file(log), "line 7 of") << log;
  EXPECT_HAS(refusal(adding("m", "exit=4")), "it exited with code 4");
  EXPECT_FALSE(fs::exists(log)) << "until the next model is tried";
  std::vector<std::string> words = adding("m", "");
  words.insert(words.end(), {"--option", "flag=--trust-remote-code"});
  EXPECT_HAS(refusal(words), "unknown option");
  const fs::path large = folder.path() / "large";
  write_sparse_model(large);
  words = adding("m", "");
  std::replace(words.begin(), words.end(), model().string(), large.string());
  words.insert(words.end(), {"--gpu-memory", "1"});
  EXPECT_HAS(refusal(words), "and 1 GPU of 1.0 GiB cannot hold them");
  write_file(folder.path() / "engines/bad.yaml", "name: bad\nversion: 1\ncommand: [serve]\n");
  EXPECT_HAS(refusal(adding("m", "", "bad")), "bad.yaml:3:10: key 'command': it has no {model}");
  fs::remove(folder.path() / "engines/bad.yaml");
  EXPECT_TRUE(is_without_engines());
}

// The template is part of the class: a worker with another one does not serve the model.
TEST_F(EnginePool, AWorkerWithAnotherTemplateSaysSo) {
  start();
  pool.ask(adding("m", ""));
  pool.stop();
  write_file(folder.path() / "engines/fake.yaml", testing::fake_template("environment: {A: b}\n"));
  pool.start();
  const std::string job = pool.submit("once", "m", "numbers");
  std::string why;
  EXPECT_TRUE(eventually(Milliseconds(60000), [&] {
    why = pool.ask({"explain", job}).dump();
    return why.find("was added with") != std::string::npos;
  })) << why;
}

TEST_F(EnginePool, AWorkerThatIsKilledLeavesNoServer) {
  start();
  pool.ask(adding("m", "latency=40,child"));
  const std::string job = pool.submit("once", "m", "numbers");
  await_done(job, 20);
  const pid_t up = pool.up().id();
  ::kill(up, SIGSTOP);  // Nobody is started again meanwhile.
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "worker") ::kill(daemon.id, SIGKILL);
  }
  EXPECT_TRUE(is_without_engines());
  ::kill(up, SIGCONT);
  expect_complete(job);
  EXPECT_EQ(pool.items_recorded(), items);
}

TEST_F(EnginePool, KeeperAndWorkerKilledTogetherAreCleanedUpAfter) {
  start();
  pool.ask(adding("m", "latency=40,child"));
  const std::string job = pool.submit("once", "m", "numbers");
  await_done(job, 20);
  const pid_t up = pool.up().id();
  ::kill(up, SIGSTOP);
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "worker") ::kill(daemon.id, SIGSTOP);  // So that it cannot clean up.
  }
  const std::vector<pid_t> before = testing::processes_of(folder.path());
  for (const pid_t keeper : engine_processes(folder.path(), keeper_word)) ::kill(keeper, SIGKILL);
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "worker") ::kill(daemon.id, SIGKILL);
  }
  ::kill(up, SIGCONT);  // The next worker finds what they left.
  expect_complete(job);
  for (const pid_t server : engine_processes(folder.path(), "server")) {
    EXPECT_EQ(std::count(before.begin(), before.end(), server), 0) << server << " was left";
  }
  pool.stop();
  EXPECT_TRUE(is_without_engines());
}

TEST_F(EnginePool, ServersAreStoppedWhenIdleAndComeBack) {
  write_file(folder.path() / "engines/fake.yaml", testing::fake_template("idle_seconds: 0.5\n"));
  start();
  pool.ask(adding("m", ""));
  expect_complete(pool.submit("once", "m", "numbers"));
  EXPECT_TRUE(is_without_engines());
  expect_complete(pool.submit("again", "m", "numbers", {"--skip-lookup"}));
}

TEST_F(EnginePool, AServerThatCrashesNowAndThenCostsNothing) {
  start();
  pool.ask(adding("m", "latency=4,crash_after=120"));
  const std::string job = pool.submit("once", "m", "numbers");
  expect_complete(job);
  EXPECT_EQ(pool.items_recorded(), items);
  const Json explained = pool.ask({"explain", job});
  pool.stop();
  EXPECT_TRUE(is_without_engines());
}

TEST_F(EnginePool, AServerThatNeverStartsFailsTheJobWithItsWords) {
  start();
  std::vector<std::string> words = adding("m", "exit=9");
  words.insert(words.end(), {"--option", "probe=later"});
  const Json added = pool.ask(words);
  EXPECT_HAS(text(added, {"findings", "not_started"}), "the server was not started here");
  const std::string job = pool.submit("once", "m", "numbers");
  EXPECT_TRUE(eventually(Milliseconds(60000), [&] {
    return text(pool.ask({"status", job}), {"state"}) == "failed";
  }));
  EXPECT_HAS(pool.ask({"explain", job}).dump(), "it exited with code 9");
}

/// Servers and workers are killed at random moments of a run; what it gives is what a run in peace
/// does.
struct EngineKillLoop : EnginePool {
  std::uint64_t drawn(std::uint64_t below) { return random() % below; }

  std::int64_t look() {
    std::int64_t done = 0;
    left = 0;
    const Json status = pool.ask({"status"});
    for (const Json& job : at(status, {"jobs"}).as_array()) {
      EXPECT_EQ(whole(job, {"items", "failed"}), 0) << job.dump();
      done += whole(job, {"items", "done"});
      left += whole(job, {"items", "total"}) - whole(job, {"items", "done"});
    }
    return done;
  }
  void keep_busy() {
    look();
    while (left < questions) {
      jobs.push_back(
          pool.submit("job-" + std::to_string(jobs.size()), "m", "numbers", {"--skip-lookup"}));
      look();
    }
  }
  void kill_server() {
    std::vector<pid_t> servers = engine_processes(folder.path(), "server");
    // A server leads its group; what it has started does not.
    std::erase_if(servers, [](pid_t process) { return ::getpgid(process) != process; });
    if (servers.empty()) return;  // They are all on their way.
    constexpr int signals[] = {SIGKILL, SIGSEGV, SIGABRT};
    ::kill(servers[drawn(servers.size())], signals[drawn(3)]);
    ++servers_killed;
  }
  void kill_worker() {
    std::vector<Daemon> daemons = daemons_of(pool.data());
    std::erase_if(daemons, [](const Daemon& daemon) { return daemon.verb != "worker"; });
    if (daemons.empty()) return;
    ::kill(daemons[drawn(daemons.size())].id, SIGKILL);
    ++workers_killed;
  }

  static constexpr int questions = 1000;
  std::mt19937_64 random{static_cast<std::uint64_t>(number_from("GWAGEO_KILL_SEED", 1))};
  std::vector<std::string> jobs;
  std::int64_t left = 0;
  int servers_killed = 0;
  int workers_killed = 0;
};

TEST_F(EngineKillLoop, LosesNothingCountsNothingTwiceAndLeavesNobody) {
  start(questions);
  pool.ask(adding("m", "latency=60,child"));
  const int times = number_from("GWAGEO_ENGINE_CRASHES", 3);
  while ((servers_killed < times || workers_killed < times) && !HasFailure()) {
    keep_busy();
    const std::int64_t aim = look() + static_cast<std::int64_t>(drawn(80));
    ASSERT_TRUE(eventually(Milliseconds(120000), [&] { return look() >= aim; }));
    const bool is_server = workers_killed == times || (servers_killed < times && drawn(2) == 0);
    if (is_server) {
      kill_server();
    } else {
      kill_worker();
    }
    // Of one that is lost some answer must come before the next, or the model is to blame.
    const std::int64_t next = look() + 1;
    ASSERT_TRUE(eventually(Milliseconds(120000), [&] { return look() >= next; }));
  }
  std::printf("%d servers and %d workers killed, %zu jobs\n", servers_killed, workers_killed,
              jobs.size());
  std::string root;
  for (const std::string& job : jobs) {
    expect_complete(job, questions);
    const std::string own = text(pool.results(job), {"results_root"});
    if (root.empty()) root = own;
    EXPECT_EQ(own, root) << "job " << job;
  }
  EXPECT_EQ(pool.items_recorded(), static_cast<std::int64_t>(jobs.size()) * questions);
  EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
  const std::string quiet = pool.submit("in peace", "m", "numbers", {"--skip-lookup"});
  expect_complete(quiet, questions);
  EXPECT_EQ(text(pool.results(quiet), {"results_root"}), root);
  pool.stop();
  EXPECT_TRUE(is_without_engines());
  EXPECT_TRUE(testing::processes_of(folder.path()).empty());
}

// Slurm's notice, to a worker whose server neither answers in time nor cares for SIGTERM.
TEST_F(EnginePool, AWorkerLeavesWithinItsGraceWhateverItsServerDoes) {
  write_file(folder.path() / "engines/fake.yaml", testing::fake_template("stop_seconds: 300\n"));
  Pool lone(folder.path() / "lone", 0);
  lone.start();
  lone.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "numbers", 50)});
  std::vector<std::string> adding_it = adding("m", "deaf,mute_after=4");
  adding_it.insert(adding_it.end(), {"--option", "probe=later"});
  lone.ask(adding_it);
  const std::string job = lone.submit("once", "m", "numbers");
  const std::string endpoint = read_file(lone.data() / "endpoint");
  Process worker({"worker", "--coordinator", endpoint.substr(0, endpoint.find('\n')), "--key",
                  (lone.data() / "keys/worker.key").string(), "--name", "n1", "--grace", "5s",
                  "--engine-logs", (folder.path() / "logs").string()});
  ASSERT_TRUE(eventually(Milliseconds(60000), [&] {
    return whole(lone.ask({"status", job}), {"items", "done"}) >= 1;
  })) << worker.err();
  worker.signal(SIGTERM);
  const auto ended = worker.wait(Milliseconds(60000));
  ASSERT_TRUE(ended) << worker.err();
  EXPECT_EQ(ended->code, 0) << worker.err();
  EXPECT_TRUE(is_without_engines());
  for (const Json& fact : lone.facts("lease-ended")) {
    EXPECT_NE(text(fact, {"reason"}), "expired");
  }
}

// The same where the server is somebody's, and its load is all that there is.
TEST_F(EnginePool, AWorkerLeavesWithinItsGraceWhateverAServerItLoadsDoes) {
  std::atomic<bool> is_asked{false};
  const testing::OpenAiServer silent({.first = [&](const testing::Asked&) {
    is_asked = true;
    return testing::Reply{200, "", {}, testing::Reply::Manner::silence};
  }});
  Pool lone(folder.path() / "lone", 0);
  lone.start();
  lone.ask({"suite", "add", write_paced_suite(folder.path() / "suite", "numbers", 50)});
  lone.ask({"model", "add", "m", "--role", "reference", "--released", "2026-07-15", "--engine",
            "openai", "--url", silent.url(), "--option", "model=words", "--option", "probe=later"});
  const std::string job = lone.submit("once", "m", "numbers");
  const std::string endpoint = read_file(lone.data() / "endpoint");
  Process worker({"worker", "--coordinator", endpoint.substr(0, endpoint.find('\n')), "--key",
                  (lone.data() / "keys/worker.key").string(), "--name", "n1", "--grace", "5s",
                  "--engine-logs", (folder.path() / "logs").string()});
  ASSERT_TRUE(eventually(Milliseconds(60000), [&] { return is_asked.load(); })) << worker.err();
  lone.ask({"cancel", job});
  ASSERT_TRUE(eventually(Milliseconds(60000), [&] {
    return worker.err().find("load broken off: nobody waits for it") != std::string::npos;
  })) << worker.err();
  is_asked = false;
  lone.submit("again", "m", "numbers");
  ASSERT_TRUE(eventually(Milliseconds(60000), [&] { return is_asked.load(); })) << worker.err();
  worker.signal(SIGTERM);
  const auto ended = worker.wait(Milliseconds(60000));
  ASSERT_TRUE(ended) << worker.err();
  EXPECT_EQ(ended->code, 0) << worker.err();
  EXPECT_EQ(worker.err().find("model not loaded"), std::string::npos) << worker.err();
}

TEST_F(EnginePool, LlamaCppRunsAJob) {
  const std::string missing = testing::install_llama();
  if (!missing.empty()) GTEST_SKIP() << missing;
  write_file(folder.path() / "engines/llama.yaml", testing::llama_template());
  start();
  const Json added = pool.ask(adding("m", "", "llama"));
  EXPECT_HAS(text(added, {"findings", "process", "engine_version"}), "node-llama-cpp");
  const std::string job = pool.submit("once", "m", "numbers");
  expect_complete(job);
  for (const pid_t server : engine_processes(folder.path(), "server")) ::kill(server, SIGKILL);
  const std::string again = pool.submit("again", "m", "numbers", {"--skip-lookup"});
  expect_complete(again);
  pool.stop();
  EXPECT_TRUE(is_without_engines());
}

}  // namespace
}  // namespace gwageo::e2e
