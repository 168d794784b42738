// A worker that spans two machines: a model of its shape is served by a server that was told of
// both, and no other model is put there.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <memory>
#include <sstream>

#include "tests/e2e/pool.h"
#include "tests/engine/hosted_engine.h"
#include "tests/engine/seeded_gguf.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int items_on_nodes = 30;

/// A pool with one worker, which says that it is two GPUs here and two on another machine.
struct SpanningWorker : ::testing::Test {
  void SetUp() override {
    ::setenv("GWAGEO_NVML", "/nowhere", 1);
    ::setenv("GWAGEO_DEVICE_MODULE", "/nowhere", 1);
    // Plays what starts a server everywhere: it writes down its words, and becomes the server.
    write_file(launcher(),
               "#!/bin/sh\necho \"$1 $2 $3 $4 $5\" \"${CUDA_VISIBLE_DEVICES-unset}\" >'" +
                   told().string() + "'\nshift 5\nexec '" + folders::fake_engine() + "' \"$@\"\n");
    fs::permissions(launcher(), fs::perms::owner_all);
    write_file(folder.path() / "engines/spread.yaml",
               "name: spread\nversion: 1\ncommand: ['" + launcher().string() +
                   "', '{nodes}', '{hosts}', '{head}', '{node_gpus}', '{gpus}', --model, "
                   "'{model}', --port, '{port}', --name, '{name}']\nengine: {connections: 4}\n");
    write_file(folder.path() / "engines/fake.yaml", testing::fake_template());
    write_file(folder.path() / "model.gguf", testing::seeded_gguf(1));
    ::setenv("GWAGEO_ENGINES", (folder.path() / "engines").c_str(), 1);
    pool.start();
    pool.ask(
        {"suite", "add", write_paced_suite(folder.path() / "suite", "numbers", items_on_nodes)});
    worker = std::make_unique<Process>(std::vector<std::string>{
        "worker", "--coordinator", "unix:" + (pool.data() / "socket").string(), "--key",
        (pool.data() / "keys/worker.key").string(), "--name", "spanning", "--gpus", "2", "--hosts",
        "one,two", "--gpu-kind", "T4", "--gpu-memory", "16", "--engine-logs",
        (folder.path() / "logs").string()});
  }
  void TearDown() override {
    for (const char* const name : {"GWAGEO_ENGINES", "GWAGEO_NVML", "GWAGEO_DEVICE_MODULE"}) {
      ::unsetenv(name);
    }
  }
  fs::path launcher() const { return folder.path() / "launch"; }
  fs::path told() const { return folder.path() / "told"; }
  std::string add(const std::string& name, const std::string& engine,
                  const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"model",
                                      "add",
                                      name,
                                      "--role",
                                      "reference",
                                      "--released",
                                      "2026-07-15",
                                      "--engine",
                                      "process",
                                      "--path",
                                      folder.path() / "model.gguf",
                                      "--option",
                                      "template=" + engine};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = pool.call(words);
    return outcome.code == 0 ? "" : outcome.out + outcome.err;
  }
  bool is_here() const {
    return eventually(Milliseconds(20000), [&] {
      return at(pool.ask({"workers"}), {"workers"}).as_array().size() == 1;
    });
  }

  TemporaryFolder folder;
  Pool pool{folder.path() / "data", 0};
  std::unique_ptr<Process> worker;
};

TEST_F(SpanningWorker, ServesModelsOfItsShapeAndNoOthers) {
  ASSERT_TRUE(is_here()) << worker->err();
  const Json workers = pool.ask({"workers"});
  const Json& seen = at(workers, {"workers"}).as_array()[0];
  EXPECT_EQ(whole(seen, {"gpus", "count"}), 4);
  EXPECT_EQ(whole(seen, {"gpus", "nodes"}), 2);
  EXPECT_EQ(text(seen, {"gpus", "node"}), "one");
  EXPECT_EQ(at(seen, {"engines"}).dump(), R"(["process"])");
  EXPECT_EQ(add("spread", "spread", {"--gpus", "4", "--nodes", "2"}), "");
  EXPECT_EQ(add("two", "spread", {"--gpus", "2", "--option", "probe=later"}), "");
  EXPECT_EQ(add("four", "spread", {"--gpus", "4", "--option", "probe=later"}), "");
  EXPECT_FALSE(fs::exists(told())) << "no server of several machines is tried here";
  const std::string two = pool.submit("two", "two", "numbers");
  const std::string four = pool.submit("four", "four", "numbers");
  const Json results = pool.results(pool.submit("spread", "spread", "numbers"));
  EXPECT_EQ(whole(results, {"coverage", "failed"}), 0) << results.dump();
  EXPECT_EQ(whole(results, {"tasks", "pace", "exact_match", "n"}), items_on_nodes);
  EXPECT_EQ(pool.items_recorded(), items_on_nodes);
  EXPECT_EQ(read_file(told()), "2 one,two one 2 4 unset\n");
  for (const Json& lease : pool.facts("lease-granted")) {
    EXPECT_EQ(at(lease, {"job"}).dump().find(two), std::string::npos) << lease.dump();
    EXPECT_EQ(at(lease, {"job"}).dump().find(four), std::string::npos) << lease.dump();
  }
  EXPECT_NE(pool.ask({"explain", two}).dump().find("no_gpus"), std::string::npos);
  worker->signal(SIGTERM);
  const auto ending = worker->wait(Milliseconds(30000));
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->code, 0);
  EXPECT_TRUE(eventually(Milliseconds(20000), [&] {
    const std::vector<pid_t> left = testing::processes_of(folder.path());
    return std::none_of(left.begin(), left.end(), [](pid_t process) {
      return testing::command_line_of(process).find("--port") != std::string::npos;
    });
  })) << "the server is left";
}

// Said when it is added, where that machine has the template; else as a load that failed.
TEST_F(SpanningWorker, ATemplateOfOneNodeIsRefusedInWords) {
  ASSERT_TRUE(is_here()) << worker->err();
  const std::string words = "template fake runs on one node: it has no {nodes}";
  EXPECT_NE(add("m", "fake", {"--gpus", "4", "--nodes", "2"}).find(words), std::string::npos);
  EXPECT_NE(add("m", "spread", {"--gpus", "4", "--nodes", "2", "--option", "probe=now"})
                .find("a server on several nodes is started by their worker alone"),
            std::string::npos);
  EXPECT_EQ(add("m", "fake", {"--gpus", "4"}), "");
  pool.ask({"model", "correct", "m", "--nodes", "2", "--reason", "it is large"});
  const std::string job = pool.submit("m", "m", "numbers");
  std::string why;
  EXPECT_TRUE(eventually(Milliseconds(60000), [&] {
    why = pool.ask({"explain", job}).dump();
    return why.find(words) != std::string::npos;
  })) << why;
}

}  // namespace
}  // namespace gwageo::e2e
