// The twins of a device: they pass what computes as defined, and name what does not.
#include "worker/twin_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/worker/wrong_device.h"
#include "worker/known_answer.h"

namespace gwageo {
namespace {

using testing::WrongDevice;

std::vector<std::string> failed_checks(Device& device) {
  const std::unique_ptr<Device> definition = make_cpu_device(4);
  std::vector<std::string> names;
  for (const TwinReport& report : check_twins(device, *definition)) {
    if (!report.passed) names.push_back(report.name);
  }
  return names;
}

TEST(TwinCheck, PassesADeviceThatComputesAsDefined) {
  for (const std::size_t lanes : {4u, 8u, 16u}) {
    const std::unique_ptr<Device> device = make_cpu_device(lanes);
    if (!device) continue;
    EXPECT_EQ(failed_checks(*device), std::vector<std::string>{}) << lanes;
  }
}

TEST(TwinCheck, NamesTheOperationThatIsOffByOneUnit) {
  for (const char* const operation : {"embed", "rms_norm", "multiply", "rotation", "rotate",
                                      "keep, attend", "gate", "add", "gather", "judge"}) {
    WrongDevice device(operation);
    const std::vector<std::string> failed = failed_checks(device);
    EXPECT_NE(std::ranges::find(failed, operation), failed.end()) << operation;
    // The angles are an input of the turning, and everything is one of the model.
    for (const std::string& name : failed) {
      EXPECT_TRUE(name == operation || name == "model" || name == "rotate") << name;
    }
  }
}

TEST(TwinCheck, SaysWhatADeviceThatFailedSaid) {
  WrongDevice device("status");
  const std::unique_ptr<Device> definition = make_cpu_device(4);
  for (const TwinReport& report : check_twins(device, *definition)) {
    EXPECT_FALSE(report.passed) << report.name;
    EXPECT_EQ(report.finding, "the bus fell off") << report.name;
  }
}

TEST(TwinCheck, SaysWhereTheFirstDifferenceIs) {
  const TwinReport report = compare_bits("sum", {1.0f, 2.5f, -0.0f}, {1.0f, 2.0f, 0.0f});
  EXPECT_FALSE(report.passed);
  EXPECT_EQ(report.finding, "3 numbers, 2 differ, the first at 1: 2.5, not 2");
  EXPECT_TRUE(compare_bits("sum", {std::nanf("")}, {-std::nanf("")}).passed);
  EXPECT_FALSE(compare_bits("sum", {1.0f}, {1.0f, 2.0f}).passed);
}

TEST(KnownAnswer, IsTheOneOnRecordForEveryWidth) {
  for (const std::size_t lanes : {4u, 8u, 16u}) {
    const std::unique_ptr<Device> device = make_cpu_device(lanes);
    if (!device) continue;
    const auto answer = known_answer(*device);
    ASSERT_TRUE(answer);
    EXPECT_EQ(to_hex(answer->digest), to_hex(recorded_known_answer())) << lanes;
    EXPECT_TRUE(answer->same_when_alone);
    EXPECT_EQ(answer->logits, (150u + 17 + 1 + 3 * 6) * 307);
  }
}

TEST(KnownAnswer, IsAnErrorWhereTheDeviceFails) {
  WrongDevice device("status");
  const auto answer = known_answer(device);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the bus fell off");
}

}  // namespace
}  // namespace gwageo
