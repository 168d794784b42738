// A model on blocks of GPUs is the same model: what comes out is what comes out of a CPU slot.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/e2e/pool.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

std::filesystem::path benchmarks() { return folders::source() / "benchmarks"; }

void add_model(const Pool& pool, const std::string& name, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"model",
                                    "add",
                                    name,
                                    "--role",
                                    "candidate",
                                    "--released",
                                    "2026-11-16",
                                    "--engine",
                                    "builtin",
                                    "--path",
                                    (benchmarks() / "models" / name).string()};
  words.insert(words.end(), more.begin(), more.end());
  pool.ask(words);
}

// The workers' GPUs are a claim here: the engine computes on the CPU all the same, also on a
// machine that has some.
TEST(Gpus, ResultsOnBlocksAreThoseOnSlots) {
  setenv("GWAGEO_NVML", "/nowhere", 1);
  setenv("GWAGEO_DEVICE_MODULE", "/nowhere", 1);
  const TemporaryFolder folder;
  const std::string suite = (benchmarks() / "suites/quickstart/quickstart.yaml").string();
  Pool plain(folder.path() / "plain", 1);
  plain.start();
  plain.ask({"suite", "add", suite});
  add_model(plain, "haneul-1", {});
  const Json expected = plain.results(plain.submit("a", "haneul-1", "quickstart"));
  plain.stop();

  Pool pool(folder.path() / "gpus", 2);
  pool.start({"--gpus", "4", "--gpu-kind", "T4", "--gpu-memory", "16"});
  pool.ask({"suite", "add", suite});
  add_model(pool, "haneul-1", {"--gpus", "2", "--gpu-kind", "T4"});
  add_model(pool, "baram-1", {});
  add_model(pool, "gaon-1", {"--gpus", "8"});
  const std::string wide = pool.submit("a", "haneul-1", "quickstart");
  const std::string narrow = pool.submit("b", "baram-1", "quickstart");
  const Json found = pool.results(wide);
  for (const char* key :
       {"plan_root", "results_root", "scores_root", "tasks", "total", "coverage", "outcomes"}) {
    EXPECT_EQ(at(found, {key}).dump(), at(expected, {key}).dump()) << key;
  }
  pool.results(narrow);
  std::set<std::int64_t> slots;
  for (const Json& lease : pool.facts("lease-granted")) {
    if (whole(lease, {"job"}) == std::stoll(wide)) slots.insert(whole(lease, {"slot"}));
  }
  EXPECT_FALSE(slots.empty());
  for (const std::int64_t slot : slots) EXPECT_EQ(slot % 2, 0);
  const Json workers = pool.ask({"workers"});
  for (const Json& worker : at(workers, {"workers"}).as_array()) {
    EXPECT_EQ(at(worker, {"gpus"}).dump(),
              R"({"count":4,"kind":"T4","memory_mib":16384,"node":"","domain":"","nodes":1})");
  }
  const Json never = pool.ask({"submit", "--model", "gaon-1", "--suite", "quickstart"});
  EXPECT_EQ(text(never, {"warning"}),
            "model gaon-1 needs 8 GPUs of one worker; the largest such worker here has 4: the job "
            "waits until one comes (gwageo worker --gpus 8 --gpu-kind "
            "KIND --gpu-memory GIB)");
  EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
  pool.stop();
}

}  // namespace
}  // namespace gwageo::e2e
