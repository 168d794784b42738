// Worker-count invariance: what comes out depends on neither the number of workers nor their
// deaths. The quickstart suite, on models that really compute, by one worker in peace and by one,
// three and eight whose coordinator and workers are ended by kill -9 meanwhile.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <random>

#include "tests/e2e/pool.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

/// The first was spoiled by fine-tuning, so that its answers differ.
const std::vector<std::string> invariance_models = {"gaon-1", "haneul-1", "narae-2", "baram-1"};
constexpr std::int64_t invariance_items = 1250;

std::filesystem::path invariance_benchmarks() { return folders::source() / "benchmarks"; }

void signal_all_workers(const Pool& pool, int signal) {
  for (const Daemon& daemon : daemons_of(pool.data())) {
    if (daemon.verb == "worker") ::kill(daemon.id, signal);
  }
}

std::int64_t done_of_pool(const Pool& pool) {
  std::int64_t done = 0;
  const Json status = pool.ask({"status"});
  for (const Json& job : at(status, {"jobs"}).as_array()) done += whole(job, {"items", "done"});
  return done;
}

/// kill -9 to a random coordinator or worker of the pool. REQUIRES: the workers are held; they are
/// until the pool answers again, for else the work could be done before the next death.
void kill_somebody(const Pool& pool, std::mt19937_64& random) {
  std::vector<Daemon> daemons = daemons_of(pool.data());
  std::erase_if(daemons, [](const Daemon& daemon) { return daemon.verb == "up"; });
  if (!daemons.empty()) ::kill(daemons[random() % daemons.size()].id, SIGKILL);
  done_of_pool(pool);
}

/// The results of all models, by their names, after `kills` deaths in the first tenth of the work.
std::map<std::string, Json> examine_killed(const std::filesystem::path& data, int workers,
                                           int kills) {
  Pool pool(data, workers);
  pool.start();
  pool.ask(
      {"suite", "add", (invariance_benchmarks() / "suites/quickstart/quickstart.yaml").string()});
  std::map<std::string, std::string> jobs;
  for (const std::string& model : invariance_models) {
    pool.ask({"model", "add", model, "--role", "candidate", "--released", "2026-11-16", "--engine",
              "builtin", "--path", (invariance_benchmarks() / "models" / model).string()});
  }
  signal_all_workers(pool, SIGSTOP);
  for (const std::string& model : invariance_models)
    jobs[model] = pool.submit(model, model, "quickstart");
  std::mt19937_64 random(static_cast<std::uint64_t>(workers));
  const std::int64_t all = invariance_items * static_cast<std::int64_t>(invariance_models.size());
  for (int i = 0; i < kills; ++i) {
    const std::int64_t aim = all * (i + 1) / 40;
    signal_all_workers(pool, SIGCONT);
    EXPECT_TRUE(eventually(Milliseconds(120000), [&] { return done_of_pool(pool) >= aim; }));
    signal_all_workers(pool, SIGSTOP);
    EXPECT_LT(done_of_pool(pool), all) << "the work was done before everybody was killed";
    kill_somebody(pool, random);
  }
  signal_all_workers(pool, SIGCONT);
  std::map<std::string, Json> results;
  for (const std::string& model : invariance_models) results[model] = pool.results(jobs[model]);
  EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
  EXPECT_LT(pool.stop(), Milliseconds(5000));
  return results;
}

TEST(Invariance, NeitherWorkersNorDeathsChangeWhatComesOut) {
  const TemporaryFolder folder;
  const std::map<std::string, Json> expected = examine_killed(folder.path() / "quiet", 1, 0);
  for (const int workers : {1, 3, 8}) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const std::map<std::string, Json> found =
        examine_killed(folder.path() / std::to_string(workers), workers, 4);
    for (const std::string& model : invariance_models) {
      EXPECT_EQ(whole(found.at(model), {"coverage", "failed"}), 0);
      for (const char* key : {"plan_root", "results_root", "scores_root", "tasks", "axes", "total",
                              "total_exact", "coverage", "outcomes", "executed", "reused"}) {
        EXPECT_EQ(at(found.at(model), {key}).dump(), at(expected.at(model), {key}).dump())
            << model << ": " << key;
      }
    }
  }
  EXPECT_NE(text(expected.at("gaon-1"), {"results_root"}),
            text(expected.at("haneul-1"), {"results_root"}));
}

}  // namespace
}  // namespace gwageo::e2e
