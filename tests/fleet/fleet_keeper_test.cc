// A fleet at work, with a pool and a batch system that are played: what is asked of them, in which
// order, and what is said of it.
#include "ops/fleet_keeper.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view text, const std::vector<LogField>&) override {
    lines += std::string(text) + "\n";
  }
  std::string lines;
};

class PlayedPool final : public FleetPool {
 public:
  Result<PoolView> look() override {
    if (is_away) return fail(ErrorKind::unavailable, "nobody answers there");
    return view;
  }
  std::optional<std::uint64_t> pending() override { return std::nullopt; }
  Status drain(const std::string& worker) override {
    if (is_away) return fail(ErrorKind::unavailable, "nobody answers there");
    drained.push_back(worker);
    return {};
  }
  PoolView view;
  std::vector<std::string> drained;
  bool is_away = false;
};

class PlayedBatch final : public BatchSystem {
 public:
  Result<std::vector<BatchJob>> jobs() override { return all; }
  Result<std::string> submit(const WorkerJob& job) override {
    if (!refusal.empty()) return fail(ErrorKind::bad_input, refusal);
    const std::string id = std::to_string(100 + job.number);
    all.push_back({id, job.number, BatchState::waiting, "PENDING", "", "", job.comment, ""});
    return id;
  }
  Result<std::string> try_out(const WorkerJob&) override { return std::string("fine"); }
  Status cancel(const std::vector<std::string>& jobs) override {
    cancelled.insert(cancelled.end(), jobs.begin(), jobs.end());
    return {};
  }
  std::vector<BatchJob> all;
  std::vector<std::string> cancelled;
  std::string refusal;
};

struct Keeping : ::testing::Test {
  Keeping() {
    FleetWork work;
    work.engine = "paced";
    work.pending = 100;
    pool.view.work.push_back(work);
  }
  static FleetPolicy policy() {
    FleetPolicy policy;
    policy.name = "f";
    policy.workers_max = 4;
    policy.idle = seconds(5);
    policy.failures_max = 2;
    return policy;
  }
  std::string member(const char* key) { return keeper.report().find(key)->dump(); }
  PlayedPool pool;
  PlayedBatch batch;
  SilentLog log;
  FleetKeeper keeper{policy(), pool, batch, log};
};

TEST_F(Keeping, SubmitsAndSaysWhat) {
  EXPECT_TRUE(keeper.step({1}));
  EXPECT_TRUE(keeper.has_acted());
  ASSERT_EQ(batch.all.size(), 2u);
  EXPECT_EQ(batch.all[0].comment, "backlog 100 items, 0 workers of 4");
  EXPECT_EQ(member("queued"), "2");
  EXPECT_EQ(member("state"), R"("working")");
  EXPECT_NE(member("submitted").find(R"("worker":"f-w1")"), std::string::npos);
  EXPECT_NE(log.lines.find("submitted gwageo-f-w2"), std::string::npos);
  EXPECT_TRUE(keeper.step({2}));
  EXPECT_FALSE(keeper.has_acted());
  EXPECT_EQ(keeper.report().find("submitted"), nullptr);
}

TEST_F(Keeping, TheFirstRefusalEndsTheRound) {
  batch.refusal = "sbatch refuses it (1): no such account";
  EXPECT_FALSE(keeper.step({1}));
  EXPECT_EQ(member("failures"), "1");
  EXPECT_FALSE(keeper.step({2}));
  EXPECT_EQ(member("state"), R"("paused")");
  EXPECT_NE(member("reason").find("no such account"), std::string::npos);
  EXPECT_TRUE(keeper.step({3}));  // Paused is what it is meant to be.
}

TEST_F(Keeping, DrainsBeforeItCancels) {
  batch.all.push_back({"101", 1, BatchState::running, "RUNNING", "", "n1", "", ""});
  pool.view.work.clear();
  FleetWorker& worker = pool.view.workers["f-w1"];
  worker.name = "f-w1";
  worker.state = "working";
  keeper.step({0});
  keeper.step({seconds(5).microseconds});
  EXPECT_EQ(pool.drained, (std::vector<std::string>{"f-w1"}));
  EXPECT_TRUE(batch.cancelled.empty());
  worker.state = "drained";
  keeper.step({seconds(6).microseconds});
  EXPECT_EQ(batch.cancelled, (std::vector<std::string>{"101"}));
}

TEST_F(Keeping, WithoutACoordinatorItSaysSoAndTouchesNothing) {
  pool.is_away = true;
  EXPECT_FALSE(keeper.step({1}));
  EXPECT_TRUE(batch.all.empty());
  EXPECT_EQ(member("state"), R"("blind")");
  EXPECT_NE(member("reason").find("nobody answers there"), std::string::npos);
}

}  // namespace
}  // namespace gwageo
