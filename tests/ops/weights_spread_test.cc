// A model goes to the caches of several nodes, each a process here, through a group that plays
// NCCL (fake_group_module.cc).
#include <filesystem>

#include "tests/folders.h"
#include "tests/ops/program.h"
#include "worker/model_files.h"

namespace gwageo::testing {
namespace {

class WeightsSpreadTest : public ProgramTest {
 protected:
  WeightsSpreadTest() {
    setenv("GWAGEO_DEVICE_MODULE", folders::fake_group_module().c_str(), 1);
    setenv("FAKE_GROUPS", path(".").c_str(), 1);
    write("model/config.json", "{}");
    write("model/model.safetensors", std::string(20'000'000, 'w'));
  }
  ~WeightsSpreadTest() override {
    for (const char* name : {"GWAGEO_DEVICE_MODULE", "FAKE_GROUPS"}) unsetenv(name);
  }

  std::string model() const { return path("model"); }
  std::string cache(int rank) const { return path("cache-" + std::to_string(rank)); }
  std::vector<std::string> words(int rank, const std::string& meeting,
                                 const std::string& quota = "1GB") const {
    return {"weights",           "spread",          model(), "--weights-cache",
            cache(rank),         "--weights-quota", quota,   "--meeting",
            path(meeting),       "--ranks",         "3",     "--rank",
            std::to_string(rank)};
  }
};

TEST_F(WeightsSpreadTest, EveryNodeHasTheModelAndItsDigest) {
  const pid_t first = begin("first", words(1, "meeting"));
  const pid_t second = begin("second", words(2, "meeting"));
  const Ran root = done(words(0, "meeting"));
  EXPECT_EQ(wait_for(first), 0);
  EXPECT_EQ(wait_for(second), 0);
  EXPECT_NE(root.out.find("got it"), std::string::npos) << root.out;
  const Digest digest = model_digest(model()).value();
  for (int rank = 0; rank < 3; ++rank) {
    const auto copy = std::filesystem::path(cache(rank)) / "models" / to_hex(digest) / "files";
    EXPECT_EQ(model_digest(copy).value(), digest) << rank;
  }
  EXPECT_FALSE(std::filesystem::exists(path("meeting")));
}

TEST_F(WeightsSpreadTest, ANodeWithoutRoomFailsAloneAndTheRootSaysSo) {
  const pid_t first = begin("first", words(1, "meeting", "1MB"));
  const pid_t second = begin("second", words(2, "meeting"));
  const Ran root = run(words(0, "meeting"));
  EXPECT_EQ(root.code, 1);
  EXPECT_NE(root.out.find("failed"), std::string::npos) << root.out;
  EXPECT_EQ(wait_for(first), 2);
  EXPECT_EQ(wait_for(second), 1);  // It has the model; not all do.
}

TEST_F(WeightsSpreadTest, WhatIsMissingIsSaid) {
  const std::vector<std::string> spread = {"weights", "spread",          model(), "--weights-cache",
                                           "c",       "--weights-quota", "1GB",   "--meeting"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = spread;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect(with({"m"}), 2, {"--ranks is needed where srun does not start the ranks (SLURM_NTASKS)"});
  expect(with({"m", "--ranks", "2", "--rank", "2"}), 2, {"--rank"});
  write("old", "of an earlier group");
  expect(with({"old", "--ranks", "2", "--rank", "0"}), 2, {"old is there already", "new file"});
  setenv("GWAGEO_DEVICE_MODULE", "/nowhere/libgwageo_cuda.so", 1);
  expect(with({"m", "--ranks", "2", "--rank", "0"}), 2,
         {"there is no device module", "--weights-meet"});
}

}  // namespace
}  // namespace gwageo::testing
