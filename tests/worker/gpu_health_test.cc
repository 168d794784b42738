// Slots are looked at by computing on them: a processor stands in for a GPU, and one that is wrong
// in one bit for a faulty one.
#include "worker/gpu_health.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "tests/worker/wrong_device.h"

namespace gwageo {
namespace {

using Finding = CheckEnded::Finding;

/// A rank whose sums are wrong, or which is slow or away.
class OddRank final : public Collective {
 public:
  OddRank(std::unique_ptr<Collective> right, std::string fault, double seconds)
      : right_(std::move(right)), fault_(std::move(fault)), seconds_(seconds) {}
  int rank() const override { return right_->rank(); }
  int ranks() const override { return right_->ranks(); }
  Status broadcast(std::span<float> numbers, int root) override {
    return right_->broadcast(numbers, root);
  }
  Status all_gather(std::span<const float> numbers, std::span<float> out) override {
    return right_->all_gather(numbers, out);
  }
  Status all_reduce(std::span<float> numbers) override {
    const Status status = right_->all_reduce(numbers);
    if (fault_ == "wrong") numbers[7] += 1;
    if (fault_ == "away") return fail(ErrorKind::unavailable, "the link is down");
    return status;
  }
  Result<double> time_all_reduce(std::size_t) override { return seconds_; }

 private:
  std::unique_ptr<Collective> right_;
  std::string fault_;
  double seconds_;
};

struct GpuHealthTest : ::testing::Test {
  GpuHealthParts parts() {
    GpuHealthParts parts;
    parts.slots = 4;
    parts.make_device = [this](std::uint32_t slot) -> Result<std::unique_ptr<Device>> {
      if (slot == 3) return fail(ErrorKind::unavailable, "no such GPU");
      if (slot == 1) return std::make_unique<testing::WrongDevice>(wrong);
      return make_cpu_device();
    };
    parts.copy_rate = [](std::uint32_t slot) -> Result<double> {
      if (slot == 1) return fail(ErrorKind::unavailable, "no memory");
      return 1.5e12;
    };
    parts.make_group = [this](std::uint32_t, std::uint32_t width) {
      auto group = make_thread_collectives(static_cast<int>(width));
      for (auto& rank : group) {
        const bool is_odd = rank->rank() == 1;
        rank = std::make_unique<OddRank>(std::move(rank), is_odd ? wrong : "", is_odd ? 0.5 : 0.25);
      }
      return Result<std::vector<std::unique_ptr<Collective>>>(std::move(group));
    };
    return parts;
  }
  CheckEnded run(HealthCheckKind kind, std::uint32_t slot, std::uint32_t width = 1) {
    return make_gpu_health(parts())->run({kind, slot, width, 1, false});
  }
  std::string wrong = "multiply";
};

TEST_F(GpuHealthTest, ARightDeviceGivesTheKnownAnswer) {
  const CheckEnded found = run(HealthCheckKind::known_answer, 0);
  EXPECT_EQ(found.finding, Finding::good) << found.what;
}

TEST_F(GpuHealthTest, OneWrongBitIsAnotherAnswer) {
  for (const char* const operation : {"embed", "rms_norm", "multiply"}) {
    wrong = operation;
    const CheckEnded found = run(HealthCheckKind::known_answer, 1);
    EXPECT_EQ(found.finding, Finding::wrong) << operation;
    EXPECT_NE(found.what.find("the GPU computes wrongly: it gives the known model's logits as "),
              std::string::npos)
        << found.what;
  }
}

TEST_F(GpuHealthTest, ADeviceThatFailsIsNoWrongAnswer) {
  wrong = "status";
  CheckEnded found = run(HealthCheckKind::known_answer, 1);
  EXPECT_EQ(found.finding, Finding::failed);
  EXPECT_EQ(found.what, "the bus fell off");
  found = run(HealthCheckKind::known_answer, 3);
  EXPECT_EQ(found.finding, Finding::failed);
  EXPECT_EQ(found.what, "no such GPU");
}

TEST_F(GpuHealthTest, RatesAreBytesASecond) {
  EXPECT_EQ(run(HealthCheckKind::copy_rate, 0).bytes_per_second, 1'500'000'000'000u);
  EXPECT_EQ(run(HealthCheckKind::copy_rate, 1).finding, Finding::failed);
  wrong = "";
  const CheckEnded found = run(HealthCheckKind::all_reduce, 0, 4);
  EXPECT_EQ(found.finding, Finding::good) << found.what;
  EXPECT_EQ(found.bytes_per_second, 2u * (std::uint64_t{64} << 20));  // Of the slowest rank.
}

TEST_F(GpuHealthTest, AnAllReduceIsLookedAt) {
  wrong = "wrong";
  EXPECT_EQ(run(HealthCheckKind::all_reduce, 0, 2).finding, Finding::wrong);
  wrong = "away";
  const CheckEnded found = run(HealthCheckKind::all_reduce, 0, 2);
  EXPECT_EQ(found.finding, Finding::failed);
  EXPECT_EQ(found.what, "the link is down");
}

TEST_F(GpuHealthTest, TheWholeWayFromAWrongBitToASlotThatIsOut) {
  GpuHealthParts all = parts();
  all.copy_rate = [](std::uint32_t) { return Result<double>(1e12); };
  const auto checks = make_gpu_health(std::move(all));
  HealthOptions options;
  options.slots = 3;
  options.answers = true;
  Health health(options);
  while (const auto check = health.next({}, {true, true, true})) {
    health.ended({}, checks->run(*check));
  }
  EXPECT_EQ(health.fault(0), "");
  EXPECT_NE(health.fault(1).find("computes wrongly"), std::string::npos);
  EXPECT_EQ(health.fault(2), "");
}

/// Ends when it is told to.
struct Slow : HealthChecks {
  CheckEnded run(const HealthCheck& check) override {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return check.slot != 0 || may_end; });
    return {check, Finding::good, "", check.slot, {}};
  }
  void end() {
    const std::lock_guard lock(mutex);
    may_end = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool may_end = false;
};

TEST(CheckRunner, OneThatHangsKeepsNothingFromGoingOn) {
  const auto slow = std::make_shared<Slow>();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::uint64_t> ended;
  {
    CheckRunner runner(slow, [&](const CheckEnded& found) {
      const std::lock_guard lock(mutex);
      ended.push_back(found.check.number);
      changed.notify_all();
    });
    runner.order({HealthCheckKind::known_answer, 0, 1, 7, false});
    runner.order({HealthCheckKind::known_answer, 1, 1, 8, false});
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended.size() == 1; });
    EXPECT_EQ(ended[0], 8u);
    slow->end();
    changed.wait(lock, [&] { return ended.size() == 2; });
    EXPECT_EQ(ended[1], 7u);
  }
}

TEST(CheckRunner, WhatNeverEndsIsLeftBehind) {
  const auto slow = std::make_shared<Slow>();
  bool is_told = false;
  {
    CheckRunner runner(slow, [&](const CheckEnded&) { is_told = true; });
    runner.order({HealthCheckKind::known_answer, 0, 1, 7, false});
  }
  slow->end();
  EXPECT_FALSE(is_told);
}

}  // namespace
}  // namespace gwageo
