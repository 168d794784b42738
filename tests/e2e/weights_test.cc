// Workers with caches of their own: a model is read from storage by one, and given to the other.
#include <gtest/gtest.h>

#include "tests/e2e/pool.h"
#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

class Weights : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(model_);
    const fs::path from = folders::source() / "benchmarks/models/haneul-1";
    for (const char* name : {"config.json", "model.safetensors"}) {
      fs::copy_file(from / name, model_ / name);
      bytes_ += fs::file_size(from / name);
    }
  }

  std::vector<std::string> worker(const Pool& pool, const std::string& name,
                                  const std::string& quota) const {
    return {"worker",
            "--coordinator",
            endpoint_of(pool),
            "--key",
            (pool.data() / "keys/worker.key").string(),
            "--name",
            name,
            "--slots",
            "2",
            "--weights-cache",
            (folder_.path() / name).string(),
            "--weights-quota",
            quota,
            "--weights-meet",
            (folder_.path() / "meet").string(),
            "--weights-listen",
            "127.0.0.1",
            "--log",
            log_of(name)};
  }
  static std::string endpoint_of(const Pool& pool) {
    const std::string text = read_file(pool.data() / "endpoint");
    return text.substr(0, text.find('\n'));
  }
  std::string log_of(const std::string& name) const {
    return (folder_.path() / (name + ".log")).string();
  }
  bool says(const std::string& name, const std::string& what) const {
    return read_file(log_of(name)).find(what) != std::string::npos;
  }

  const TemporaryFolder folder_;
  const fs::path model_ = folder_.path() / "model";
  std::uint64_t bytes_ = 0;
};

TEST_F(Weights, OneWorkerReadsAModelAndGivesItToTheOther) {
  Pool pool(folder_.path() / "pool", 0);
  pool.start();
  pool.ask({"suite", "add",
            (folders::source() / "benchmarks/suites/quickstart/quickstart.yaml").string()});
  pool.ask({"model", "add", "m", "--role", "candidate", "--released", "2026-11-16", "--engine",
            "builtin", "--path", model_.string()});
  const Process first(worker(pool, "w1", "10MB"));
  const Json expected = pool.results(pool.submit("a", "m", "quickstart"), Milliseconds(120000));
  EXPECT_TRUE(says("w1", "from_storage=" + std::to_string(bytes_))) << read_file(log_of("w1"));

  // The first one stays, but takes no more work; storage is gone.
  pool.ask({"drain", "w1"});
  fs::rename(model_, folder_.path() / "away");
  const Process second(worker(pool, "w2", "10MB"));
  const Json found =
      pool.results(pool.submit("b", "m", "quickstart", {"--skip-lookup"}), Milliseconds(120000));
  EXPECT_EQ(text(found, {"results_root"}), text(expected, {"results_root"}));
  EXPECT_TRUE(says("w2", "from_storage=0")) << read_file(log_of("w2"));
  EXPECT_TRUE(says("w2", "from_nodes=" + std::to_string(bytes_))) << read_file(log_of("w2"));
}

TEST_F(Weights, ACacheThatCannotBeSaysSoAtTheStart) {
  Pool pool(folder_.path() / "pool", 0);
  pool.start();
  const Outcome no_size = run(worker(pool, "w1", "much"));
  EXPECT_EQ(no_size.code, 2);
  EXPECT_NE(no_size.err.find("--weights-quota: \"much\""), std::string::npos) << no_size.err;
  write_file(folder_.path() / "w2", "a file");
  const Outcome no_folder = run(worker(pool, "w2", "1GB"));
  EXPECT_NE(no_folder.code, 0);
  EXPECT_NE(no_folder.err.find((folder_.path() / "w2").string()), std::string::npos)
      << no_folder.err;
}

}  // namespace
}  // namespace gwageo::e2e
