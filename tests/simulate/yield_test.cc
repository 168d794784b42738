// Runs that are asked to yield in the simulated pool.
#include "ops/simulate/figures.h"
#include "tests/simulate/hand_made.h"

namespace gwageo::simulate::testing {
namespace {

// Shards of ten batches of 5 s; a run takes 60 s.
TEST(Yields, AHigherTierWaitsForTheBatchInProgressAndNothingIsLost) {
  HandMade made(1, 2, 2);
  const ClassIndex slow = made.add_class(1, 10);
  const ClassIndex quick = made.add_class(1, 10);
  made.add_job(0, slow, std::vector<std::int64_t>(40, 50));
  Job& gate = made.add_job(1, quick, {5});
  gate.tier = Tier::interactive;
  gate.arrival = at(131);
  PolicyOptions options;
  options.knobs.run_min = seconds(60);
  const Outcome outcome = made.run("gwageo", options);
  EXPECT_EQ(outcome.unfinished, 0U);
  EXPECT_EQ(outcome.yields, 1U);
  EXPECT_EQ(outcome.gpu_time.wasted, Duration{});
  EXPECT_EQ(outcome.gpu_time.useful, seconds(40 * 50 + 5));
  ASSERT_EQ(outcome.waits[1].size(), 1U);
  EXPECT_LE(outcome.waits[1][0], seconds(5 + 10).microseconds);  // A batch and its load.
}

}  // namespace
}  // namespace gwageo::simulate::testing
