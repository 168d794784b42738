// What is read of GPUs: from a library that plays NVML, as fake_nvml.cc describes, and what becomes
// of the answers that it does not have.
#include "worker/nvml.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/folders.h"
#include "tests/temporary_folder.h"
#include "worker/gpu_health.h"
#include "worker/health.h"

namespace gwageo {
namespace {

class NvmlTest : public ::testing::Test {
 protected:
  NvmlTest() {
    setenv("GWAGEO_NVML", folders::fake_nvml().c_str(), 1);
    setenv("FAKE_NVML", path_.c_str(), 1);
  }
  ~NvmlTest() override {
    unsetenv("GWAGEO_NVML");
    unsetenv("FAKE_NVML");
  }
  /// Eight H100, and what else is said.
  void machine(const std::string& more = "") { std::ofstream(path_) << "gpus 8\n" << more; }
  GpuInventory read() {
    if (!nvml_) nvml_ = std::move(*open_nvml());
    return *nvml_->read();
  }
  /// What health makes of GPU 2 when the machine is like this.
  std::string fault_with(const std::string& more, const Gpus& declared = {}) {
    machine(more);
    HealthOptions options;
    options.slots = 8;
    options.reads = true;
    options.declared = declared;
    Health health(options);
    GpuHealthParts parts;
    parts.slots = 8;
    parts.read = [this] { return Result<GpuInventory>(read()); };
    const auto checks = make_gpu_health(std::move(parts));
    Instant now;
    for (int i = 0; i < 2; ++i, now = now + seconds(10)) {
      const auto check = health.next(now, std::vector<bool>(8, true));
      if (!check) return "nothing was read";
      health.ended(now, checks->run(*check));
    }
    for (std::uint32_t slot = 0; slot < 8; ++slot) {
      if (slot == 2) continue;
      EXPECT_EQ(health.fault(slot), "") << slot;
    }
    return health.fault(2);
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_ / "fake_nvml.txt";
  std::unique_ptr<Nvml> nvml_;
};

TEST_F(NvmlTest, ReadsWhatThereIs) {
  machine("gpu all switched 1\ngpu 3 mib 40960\ngpu 3 corrected 5\ngpu 3 slowdowns 4\n");
  const GpuInventory found = read();
  EXPECT_EQ(found.source, "NVML, driver 570.86");
  ASSERT_EQ(found.gpus.size(), 8u);
  const GpuReading& gpu = found.gpus[3];
  EXPECT_EQ(gpu.index, 3u);
  EXPECT_EQ(gpu.name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpu.uuid, "GPU-3");
  EXPECT_EQ(gpu.pci, "0000:13:00.0");
  EXPECT_EQ(gpu.memory_bytes, std::uint64_t{40960} << 20);
  EXPECT_EQ(gpu.major, 9u);
  EXPECT_EQ(gpu.ecc, true);
  EXPECT_EQ(gpu.corrected, 5u);
  EXPECT_EQ(gpu.uncorrected, 0u);
  EXPECT_EQ(gpu.celsius, 41u);
  EXPECT_EQ(gpu.slows_at_celsius, 87u);
  EXPECT_EQ(gpu.clock_mhz, 1755u);
  EXPECT_EQ(gpu.slowdowns, 4u);
  EXPECT_EQ(gpu.mig, false);
  EXPECT_EQ(gpu.nvlinks, 4u);
  ASSERT_TRUE(gpu.processes);
  ASSERT_EQ(gpu.processes->size(), 1u);
  EXPECT_TRUE(gpu.processes->at(0).is_own);
  ASSERT_EQ(found.pairs.size(), 28u);
  EXPECT_EQ(found.pairs[0].nvlinks, 0u);  // They go to a switch.
  EXPECT_EQ(found.pairs[0].meet_at, "processor");
  EXPECT_EQ(found.pairs.back().meet_at, "processor");
  EXPECT_EQ(found.pairs[6].meet_at, "system");  // 0 and 7.
}

TEST_F(NvmlTest, CountsLinksThatGoStraight) {
  machine("gpu 0 linked 1\ngpu 1 linked 0\n");
  const GpuInventory found = read();
  EXPECT_EQ(found.pairs[0].nvlinks, 4u);
  EXPECT_EQ(found.pairs[1].nvlinks, 0u);
}

TEST_F(NvmlTest, SaysItAllAsJson) {
  machine("gpu 1 mig 1\n");
  const Json json = read().to_json();
  EXPECT_EQ(json.find("gpus")->as_array().size(), 8u);
  const Json& gpu = json.find("gpus")->as_array().at(1);
  EXPECT_EQ(*gpu.find("name"), Json("NVIDIA H100 80GB HBM3"));
  EXPECT_EQ(*gpu.find("mig"), Json(true));
  EXPECT_EQ(gpu.find("mig_instances")->dump(), R"(["MIG-0","MIG-1"])");
  EXPECT_EQ(*gpu.find("compute_capability"), Json("9.0"));
  EXPECT_TRUE(gpu.find("lost")->is_null());
  EXPECT_EQ(json.find("pairs")->as_array().at(0).dump(),
            R"({"a":0,"b":1,"nvlinks":0,"meet_at":"processor"})");
}

TEST_F(NvmlTest, EveryFaultIsSaidInWords) {
  EXPECT_EQ(fault_with(""), "");
  EXPECT_EQ(fault_with("gpu 2 corrected 100\ngpu 2 retired 3\ngpu 2 remapped 1\n"), "");
  EXPECT_EQ(fault_with("gpu 2 uncorrected 2\n"),
            "the GPU's memory had 2 errors that could not be corrected since its driver was "
            "loaded: reset it");
  EXPECT_EQ(fault_with("gpu 2 remap_failed 1\n"),
            "the GPU's memory has no spare row left for one that fails: replace it");
  EXPECT_EQ(fault_with("gpu 2 remap_pending 1\n"),
            "a row of the GPU's memory is to be replaced: reset it");
  EXPECT_EQ(fault_with("gpu 2 celsius 87\n"), "the GPU is too hot: 87 degrees");
  EXPECT_EQ(fault_with("gpu 2 celsius 86\n"), "");
  EXPECT_EQ(fault_with("gpu 2 slowdowns 64\n"),
            "the GPU holds its clocks down to save itself (heat or power)");
  EXPECT_EQ(fault_with("gpu 2 slowdowns 4\n"), "");  // The power limit, as under any load.
  EXPECT_EQ(fault_with("gpu 2 mig 1\n"),
            "the GPU is divided (MIG): a slot is a whole one; disable MIG (nvidia-smi -mig 0)");
  EXPECT_EQ(fault_with("gpu 2 lost 1\n"), "the GPU does not answer: GPU is lost");
  EXPECT_EQ(fault_with("gpu 2 unseen 1\n"), "the GPU does not answer: GPU is lost");
}

// What a program did wrong is not the GPU's fault; what the GPU did is until somebody resets it.
TEST_F(NvmlTest, AnXidOfTheGpuIsAFault) {
  for (const char* const of_program : {"13", "31", "43", "45", "68", "109"}) {
    EXPECT_EQ(fault_with("gpu 2 xid " + std::string(of_program) + "\n"), "") << of_program;
  }
  EXPECT_EQ(
      fault_with("gpu 2 xid 79\n"),
      "the driver told Xid 79 of the GPU (it has fallen off the bus): reset it, and start the "
      "worker again");
  EXPECT_EQ(fault_with("gpu 2 xid 79\n").substr(0, 22), "the driver told Xid 79");
  machine();
  EXPECT_EQ(read().gpus[2].xid, 79u);
  EXPECT_FALSE(read().gpus[3].xid);
  EXPECT_EQ(*read().to_json().find("gpus")->as_array().at(2).find("xid"), Json(79));
}

TEST_F(NvmlTest, XidsAreOnlyToldWhereTheLibraryWatches) {
  for (const std::string name :
       {"nvmlEventSetCreate", "nvmlDeviceRegisterEvents", "nvmlEventSetWait_v2"}) {
    nvml_.reset();
    EXPECT_EQ(fault_with("refuses " + name + "\ngpu 2 xid 79\n"), "") << name;
  }
}

TEST_F(NvmlTest, SomebodyElsesProcessIsAFaultWhereItHoldsMuch) {
  const std::string other = std::to_string(::getppid());  // It is there, and none of ours.
  EXPECT_EQ(fault_with("gpu 2 pid " + other + "\n"),
            "process " + other +
                ", which is none of this worker's, holds 20.0 GiB of the GPU's "
                "memory");
  EXPECT_EQ(fault_with("gpu 2 pid " + other + "\ngpu 2 pid_mib 100\n"), "");
  EXPECT_EQ(fault_with("gpu 2 pid 999999999\n"), "");  // Of a host that we do not see.
}

TEST_F(NvmlTest, WhatWasDeclaredIsCompared) {
  EXPECT_EQ(fault_with("", {"H100", 81920, "", ""}), "");
  EXPECT_EQ(fault_with("", {"h100-sxm", 81920, "", ""}), "");
  EXPECT_EQ(fault_with("gpu 2 name NVIDIA A100-SXM4-80GB\n", {"H100", 81920, "", ""}),
            "the GPU is an NVIDIA A100-SXM4-80GB, and --gpu-kind says H100");
  EXPECT_EQ(fault_with("gpu 2 mib 40960\n", {"H100", 81920, "", ""}),
            "the GPU has 40.0 GiB of memory, and --gpu-memory says 80");
}

TEST_F(NvmlTest, AGpuThatIsLostKeepsItsPlace) {
  machine();
  read();
  machine("gpu 2 unseen 1\n");
  const GpuReading gpu = read().gpus[2];
  EXPECT_EQ(gpu.lost, "GPU is lost");
  EXPECT_EQ(gpu.pci, "0000:12:00.0");
}

TEST_F(NvmlTest, FewerGpusThanBefore) {
  machine();
  const auto places = [&] {
    std::vector<std::string> all;
    for (const GpuReading& gpu : read().gpus) all.push_back(gpu.pci);
    return all;
  }();
  std::ofstream(path_) << "gpus 7\ngpu 6 pci 00000000:17:00.0\n";  // The seventh fell off.
  const auto readings = by_slot(read(), places, 8);
  for (std::uint32_t slot = 0; slot < 8; ++slot) EXPECT_EQ(readings[slot].has_value(), slot != 6);
}

TEST_F(NvmlTest, WhatTheLibraryRefusesIsLeftEmpty) {
  for (const std::string name :
       {"nvmlDeviceGetName", "nvmlDeviceGetUUID", "nvmlDeviceGetPciInfo_v3",
        "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetEccMode", "nvmlDeviceGetTotalEccErrors",
        "nvmlDeviceGetRetiredPages", "nvmlDeviceGetRemappedRows", "nvmlDeviceGetTemperature",
        "nvmlDeviceGetTemperatureThreshold", "nvmlDeviceGetClockInfo", "nvmlDeviceGetMaxClockInfo",
        "nvmlDeviceGetCurrentClocksThrottleReasons", "nvmlDeviceGetPowerUsage",
        "nvmlDeviceGetCudaComputeCapability", "nvmlDeviceGetMigMode",
        "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetNvLinkState",
        "nvmlDeviceGetTopologyCommonAncestor"}) {
    EXPECT_EQ(fault_with("refuses " + name + "\n", {"H100", 81920, "", ""}), "") << name;
    EXPECT_EQ(read().gpus.size(), 8u) << name;
  }
}

TEST_F(NvmlTest, ALibraryThatHasLittleSaysLittle) {
  setenv("GWAGEO_NVML", folders::small_nvml().c_str(), 1);
  machine();
  const GpuInventory found = read();
  EXPECT_EQ(found.source, "NVML, driver unknown");
  ASSERT_EQ(found.gpus.size(), 8u);
  EXPECT_EQ(found.gpus[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_FALSE(found.gpus[0].memory_bytes || found.gpus[0].mig || found.gpus[0].processes);
  EXPECT_TRUE(found.pairs.empty());
}

TEST_F(NvmlTest, NoLibraryAndOneThatDoesNotStartAreReasons) {
  machine("init 9\n");
  auto opened = open_nvml();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
  EXPECT_NE(opened.error().message.find("NVML does not start: Driver Not Loaded"),
            std::string::npos);
  setenv("GWAGEO_NVML", "/nowhere/libnvidia-ml.so.1", 1);
  opened = open_nvml();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::not_found);
  setenv("GWAGEO_NVML", "libc.so.6", 1);
  opened = open_nvml();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("it lacks nvmlInit_v2"), std::string::npos);
}

TEST_F(NvmlTest, ALibraryThatCannotCountSaysSo) {
  machine();
  read();
  machine("refuses nvmlDeviceGetCount_v2\n");
  const auto found = nvml_->read();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "NVML cannot count the GPUs: Unknown Error");
}

TEST(GpuInventory, KindsArePeoplesWords) {
  EXPECT_EQ(gpu_kind_of("NVIDIA H100 80GB HBM3"), "H100");
  EXPECT_EQ(gpu_kind_of("NVIDIA H200"), "H200");
  EXPECT_EQ(gpu_kind_of("NVIDIA A100-SXM4-80GB"), "A100");
  EXPECT_EQ(gpu_kind_of("Tesla V100-PCIE-16GB"), "V100");
  EXPECT_EQ(gpu_kind_of("NVIDIA GeForce RTX 4090"), "RTX-4090");
  EXPECT_EQ(gpu_kind_of("NVIDIA L40S"), "L40S");
  EXPECT_EQ(gpu_kind_of("NVIDIA GH200 480GB"), "GH200");
  EXPECT_EQ(gpu_kind_of(""), "GPU");
  EXPECT_TRUE(is_of_kind("NVIDIA GeForce RTX 4090", "rtx4090"));
  EXPECT_TRUE(is_of_kind("NVIDIA H100 80GB HBM3", "H100-80GB"));
  EXPECT_FALSE(is_of_kind("NVIDIA H100 80GB HBM3", "H200"));
  EXPECT_FALSE(is_of_kind("NVIDIA H100 80GB HBM3", "A100"));
}

TEST(GpuInventory, PlacesHaveOneForm) {
  EXPECT_EQ(pci_place("00000000:1B:00.0"), "0000:1b:00.0");
  EXPECT_EQ(pci_place("0000:1b:00.0"), "0000:1b:00.0");
  EXPECT_EQ(pci_place("00010000:1B:00.0"), "10000:1b:00.0");
  EXPECT_EQ(pci_place(""), "");
}

}  // namespace
}  // namespace gwageo
