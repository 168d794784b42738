// What the device module and its twins define on the processor, and what its absence looks like.
#include "worker/device_module.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "tests/folders.h"
#include "tests/worker/tiny_model.h"
#include "worker/known_answer.h"

namespace gwageo {
namespace {

TensorSums total(const std::vector<TensorSums>& parts) {
  TensorSums sums;
  for (const TensorSums& part : parts) sums += part;
  return sums;
}

TEST(TensorComparison, CountsEqualNumbersAndEqualRoundedOnes) {
  const std::vector<float> a = {1.0f, -0.0f, 3.0f, 1.0f, 5.0f};
  const std::vector<float> b = {1.0f, 0.0f, 3.0001f, 2.0f, 5.0f};
  const TensorSums sums = total(segment_sums(a, b));
  EXPECT_EQ(sums.count, 5u);
  EXPECT_EQ(sums.equal, 2u);          // Zeros of both signs are other bits.
  EXPECT_EQ(sums.equal_rounded, 3u);  // 3.0001 is 3 in bfloat16.
  const TensorComparison comparison = compare_tensors(sums);
  EXPECT_DOUBLE_EQ(comparison.equal_share, 0.4);
  EXPECT_DOUBLE_EQ(comparison.equal_rounded_share, 0.6);
}

TEST(TensorComparison, RoundsToBfloat16AsIeeeDoes) {
  EXPECT_EQ(to_bfloat16(1.0f), 0x3F80);
  EXPECT_EQ(to_bfloat16(1.00390625f), 0x3F80);  // Half way to the next: the even one.
  EXPECT_EQ(to_bfloat16(1.01171875f), 0x3F82);
  EXPECT_EQ(to_bfloat16(3.4e38f), 0x7F80);  // Rounds up to infinity.
  EXPECT_TRUE((to_bfloat16(std::numeric_limits<float>::quiet_NaN()) & 0x7FFF) > 0x7F80);
}

TEST(TensorComparison, UnrelatedTensorsStayWithinTheNull) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto a = known_numbers(100'000, 2 * seed, 1);
    const auto b = known_numbers(100'000, 2 * seed + 1, 1);
    const TensorComparison comparison = compare_tensors(total(segment_sums(a, b)));
    EXPECT_LT(std::fabs(comparison.z), 4) << seed;
    EXPECT_EQ(comparison.equal_share, 0);
  }
}

TEST(TensorComparison, ACommonMeanLooksLikeACosineAndIsNoCorrelation) {
  auto a = known_numbers(4096, 3, 0.1f);
  auto b = known_numbers(4096, 4, 0.1f);
  for (float& x : a) x += 1;
  for (float& x : b) x += 1;
  const TensorComparison comparison = compare_tensors(total(segment_sums(a, b)));
  EXPECT_GT(comparison.cosine, 0.99);
  EXPECT_LT(std::fabs(comparison.z), 4);
}

TEST(TensorComparison, SeesACopyWithNoise) {
  const auto a = known_numbers(200'000, 5, 1);
  auto b = known_numbers(200'000, 6, 0.1f);
  for (std::size_t i = 0; i < a.size(); ++i) b[i] += a[i];
  const TensorComparison comparison = compare_tensors(total(segment_sums(a, b)));
  EXPECT_NEAR(comparison.correlation, 1 / std::sqrt(1.01), 1e-3);
  EXPECT_GT(comparison.z, 400);
}

TEST(TensorComparison, ConstantsAndInfinitiesAreNoCorrelation) {
  const std::vector<float> constant(1000, 0.3f);
  const auto varied = known_numbers(1000, 7, 1);
  EXPECT_EQ(compare_tensors(total(segment_sums(constant, varied))).correlation, 0);
  auto infinite = varied;
  infinite[17] = std::numeric_limits<float>::infinity();
  const TensorComparison comparison = compare_tensors(total(segment_sums(infinite, varied)));
  EXPECT_FALSE(comparison.is_finite);
  EXPECT_DOUBLE_EQ(comparison.equal_share, 0.999);
}

TEST(TensorComparison, SegmentsAreCutFromTheStart) {
  const auto a = known_numbers(2 * tensor_segment + 5, 8, 1);
  const auto b = known_numbers(2 * tensor_segment + 5, 9, 1);
  const auto whole = segment_sums(a, b);
  ASSERT_EQ(whole.size(), 3u);
  EXPECT_EQ(whole[2].count, 5u);
  const auto middle = segment_sums(std::span(a).subspan(tensor_segment, tensor_segment),
                                   std::span(b).subspan(tensor_segment, tensor_segment));
  EXPECT_EQ(whole[1], middle[0]);
}

TEST(ThreadCollectives, BroadcastGatherAndAddUp) {
  constexpr int ranks = 4;
  auto group = make_thread_collectives(ranks);
  std::vector<std::vector<float>> broadcast(ranks), gathered(ranks), summed(ranks);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      const auto i = static_cast<std::size_t>(rank);
      Collective& own = *group[i];
      const auto mine = static_cast<float>(rank + 1);
      broadcast[i] = {mine, mine};
      gathered[i].resize(2 * ranks);
      summed[i] = {mine, 10 * mine};
      EXPECT_TRUE(own.broadcast(broadcast[i], 2));
      EXPECT_TRUE(own.all_gather(summed[i], gathered[i]));
      EXPECT_TRUE(own.all_reduce(summed[i]));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < ranks; ++i) {
    EXPECT_EQ(broadcast[i], (std::vector<float>{3, 3}));
    EXPECT_EQ(gathered[i], (std::vector<float>{1, 10, 2, 20, 3, 30, 4, 40}));
    EXPECT_EQ(summed[i], (std::vector<float>{10, 100}));
  }
}

struct ModuleFile : ::testing::Test {
  const gwageo::testing::TemporaryFolder own;  // tests run at the same time: no two may share one
  const std::filesystem::path& folder = own.path();
};

TEST_F(ModuleFile, ThatIsNotThereIsNamed) {
  const auto opened = open_device_module(folder / "libgwageo_cuda.so");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::not_found);
  EXPECT_NE(opened.error().message.find("there is no device module"), std::string::npos);
}

TEST_F(ModuleFile, ThatIsNoLibraryIsRefused) {
  std::ofstream(folder / "text.so") << "not a library";
  const auto opened = open_device_module(folder / "text.so");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::bad_input);
  EXPECT_NE(opened.error().message.find("text.so"), std::string::npos);
}

TEST_F(ModuleFile, ThatIsAnotherLibraryIsRefused) {
  const auto opened = open_device_module("/usr/lib/x86_64-linux-gnu/libzmq.so.5");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("is no device module"), std::string::npos);
}

// Where this build has the module: without a driver it opens, says so, and nothing else.
TEST(DeviceModule, ReportsCleanlyWithoutAGpu) {
  const std::string path = folders::cuda_module();
  if (path.empty()) GTEST_SKIP() << "built without the CUDA toolkit";
  const auto opened = open_device_module(path);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->module->describe().find("CUDA "), 0u);
  const auto gpus = opened->module->gpus();
  if (gpus) GTEST_SKIP() << "this machine has a GPU: gwageo worker check --gpu";
  EXPECT_EQ(gpus.error().kind, ErrorKind::not_found);
  EXPECT_EQ(gpus.error().message.find("no GPU: "), 0u);
  const auto device = opened->module->make_device(0);
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().kind, ErrorKind::unavailable);
  const std::vector<float> numbers(10, 1.0f);
  EXPECT_FALSE(opened->module->segment_sums(0, numbers, numbers));
  EXPECT_FALSE(opened->module->copy_rate(0, 1 << 20));
  EXPECT_FALSE(opened->module->make_collectives(std::vector<int>{0}));
}

}  // namespace
}  // namespace gwageo
