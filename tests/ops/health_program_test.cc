// A worker whose GPUs a library plays (tests/worker/fake_nvml.cc): what it takes from the machine,
// and what everybody is told when one of them fails.
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "tests/folders.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class HealthProgram : public ProgramTest {
 protected:
  HealthProgram() {
    setenv("GWAGEO_NVML", folders::fake_nvml().c_str(), 1);
    setenv("GWAGEO_DEVICE_MODULE", "/nowhere/libgwageo_cuda.so", 1);
    setenv("FAKE_NVML", path("machine.txt").c_str(), 1);
  }
  ~HealthProgram() override {
    for (const char* name : {"GWAGEO_NVML", "GWAGEO_DEVICE_MODULE", "FAKE_NVML"}) unsetenv(name);
  }
  void machine(const std::string& more = "") const {
    // In one piece: a worker may read it at any time.
    write("machine.new", "gpus 4\n" + more);
    std::filesystem::rename(path("machine.new"), path("machine.txt"));
  }
  std::vector<std::string> worker(std::vector<std::string> more) const {
    std::ifstream in(path("gwageo-data/endpoint"));
    std::string endpoint;
    std::getline(in, endpoint);
    std::vector<std::string> words = {
        "worker", "--coordinator", endpoint, "--key", "gwageo-data/keys/worker.key", "--name",
        "w1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// What is said of slot `number` of the one worker: its fault, or "well", or "" without one.
  std::string slot(std::size_t number) const {
    const Json answer = done({"workers", "--json"}).json();
    const Json::Array& workers = answer.find("workers")->as_array();
    if (workers.empty()) return "";
    const Json& fault = *workers[0].find("slots")->as_array().at(number).find("fault");
    return fault.is_null() ? "well" : fault.as_string();
  }
};

TEST_F(HealthProgram, WorkerCheckPrintsTheInventory) {
  machine("gpu 0 linked 1\ngpu 1 linked 0\ngpu 3 uncorrected 1\n");
  const Ran ran = done({"worker", "check"});
  for (const std::string part :
       {"GPUs, by NVML, driver 570.86", "NVIDIA H100 80GB HBM3", "0000:12:00.0", "4 NVLinks",
        "processor", "1 error that could not be corrected"}) {
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  }
  const Json inventory = *done({"worker", "check", "--json"}).json().find("inventory");
  EXPECT_EQ(inventory.find("gpus")->as_array().size(), 4u);
  machine("init 9\n");
  EXPECT_NE(done({"worker", "check"}).out.find("no GPU: "), std::string::npos);
}

TEST_F(HealthProgram, AFaultTakesItsSlotOutAndNothingElse) {
  machine();
  up("gwageo-data", 0);
  const pid_t process = begin("w1", worker({"--gpus", "all", "--health-every", "1"}));
  ASSERT_TRUE(eventually([&] { return slot(3) == "well"; }));
  const Json workers = done({"workers", "--json"}).json();
  const Json& gpus = *workers.find("workers")->as_array().at(0).find("gpus");
  EXPECT_EQ(*gpus.find("count"), Json(4));
  EXPECT_EQ(*gpus.find("kind"), Json("H100"));
  EXPECT_EQ(*gpus.find("memory_mib"), Json(81920));

  machine("gpu 2 lost 1\n");
  ASSERT_TRUE(eventually([&] { return slot(2) != "well"; }));
  EXPECT_EQ(slot(2), "the GPU does not answer: GPU is lost");
  EXPECT_EQ(slot(1), "well");
  EXPECT_NE(done({"workers"})
                .out.find("w1 slot 2 is out of order: the GPU does not answer: GPU is lost\n"),
            std::string::npos);
  // The others work.
  write_suite("s");
  done({"suite", "add", "s/suite.yaml"});
  add_paced("m", "candidate", "2026-10-01", "42");
  done({"submit", "--model", "m", "--suite", "s", "--wait"});

  machine();
  EXPECT_TRUE(eventually([&] { return slot(2) == "well"; }));
  ::kill(process, SIGTERM);
  EXPECT_EQ(wait_for(process), 0);
}

TEST_F(HealthProgram, WhatWasDeclaredAndIsNotThereIsMarked) {
  machine("gpu 1 name NVIDIA A100-SXM4-80GB\n");
  up("gwageo-data", 0);
  begin("w1", worker({"--gpus", "5", "--gpu-kind", "H100", "--gpu-memory", "80"}));
  ASSERT_TRUE(eventually([&] { return slot(0) == "well" && slot(4) != "well"; }));
  EXPECT_EQ(slot(1), "the GPU is an NVIDIA A100-SXM4-80GB, and --gpu-kind says H100");
  EXPECT_EQ(slot(4), "the GPU is not there");
  expect(worker({"--gpus", "all"}), 2, {"--gpus all: this machine has H100 and A100"});
}

TEST_F(HealthProgram, SlotsAreTheGpusThatCudaWouldSee) {
  machine("gpu 3 lost 1\n");
  up("gwageo-data", 0);
  setenv("CUDA_VISIBLE_DEVICES", "3,GPU-1", 1);
  begin("w1", worker({"--gpus", "all"}));
  unsetenv("CUDA_VISIBLE_DEVICES");
  ASSERT_TRUE(eventually([&] { return slot(1) == "well" && slot(0) != "well"; }));
  EXPECT_EQ(slot(0), "the GPU does not answer: GPU is lost");
  EXPECT_EQ(slot(1), "well");
}

TEST_F(HealthProgram, GpusThatCudaDoesNotShowAreNotTheWorkers) {
  machine();
  up("gwageo-data", 0);
  const auto refused = [&](const char* visible, std::vector<std::string> more,
                           const std::string& part) {
    setenv("CUDA_VISIBLE_DEVICES", visible, 1);
    expect(worker(std::move(more)), 2, {part});
    unsetenv("CUDA_VISIBLE_DEVICES");
  };
  const auto of = [](const char* count) {
    return std::vector<std::string>{"--gpus", count, "--gpu-kind", "H100", "--gpu-memory", "80"};
  };
  refused("3", of("2"), "--gpus 2: CUDA_VISIBLE_DEVICES=\"3\" shows 1 of this machine's GPUs");
  refused("9,1", of("2"), "--gpus 2: CUDA_VISIBLE_DEVICES=\"9,1\" shows none of this machine's");
  refused("0,0", of("2"), "CUDA_VISIBLE_DEVICES=\"0,0\" names 0 twice");
  refused("1,GPU-1", of("2"), "twice: each slot needs a GPU of its own");
  for (const char* const hidden : {"", "-1", "NoDevFiles", "99", "MIG-0"}) {
    refused(hidden, {"--gpus", "all"},
            "--gpus all: CUDA_VISIBLE_DEVICES=\"" + std::string(hidden) + "\" shows none of this");
  }
  machine("init 9\n");
  refused("3", of("2"), "--gpus 2: CUDA_VISIBLE_DEVICES=\"3\" shows 1 of this machine's GPUs");
}

TEST_F(HealthProgram, AMachineWithoutGpusHasNoneForAll) {
  machine("init 9\n");
  up("gwageo-data", 0);
  expect(worker({"--gpus", "all"}), 2,
         {"--gpus all: this machine has none (no GPU: ", "Driver Not Loaded"});
}

}  // namespace
}  // namespace gwageo::testing
