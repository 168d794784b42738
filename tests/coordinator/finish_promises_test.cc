// What jobs are promised where their models wait for others' loads, held against what came.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/coordinator/promised_pool.h"

namespace gwageo::testing {
namespace {

/// Of a range, spread evenly on a scale of powers of two between `least` and four times that.
std::int64_t spread(std::uint64_t& drawn, std::int64_t least) {
  drawn = drawn * 6364136223846793005U + 1442695040888963407U;
  const std::int64_t part = static_cast<std::int64_t>(drawn >> 40) % (2 * least);
  return part < least ? least + part : 2 * least + (part - least) * 2;
}

/// Teams with private models, of loads of 60 to 240 s and items of `item` to four times that.
PromisedWork private_models(std::uint32_t teams, std::uint32_t models, std::int64_t item) {
  PromisedWork work;
  work.workers = 16;
  work.slots = 8;
  std::uint64_t drawn = 7919;
  for (std::uint32_t i = 0; i < teams * models; ++i) {
    PromisedWork::Model model;
    model.team = "t" + std::to_string(i % teams);
    model.load = seconds(spread(drawn, 60));
    model.item = seconds(spread(drawn, item));
    model.bytes = static_cast<std::uint64_t>(model.load.microseconds) * 1200;
    work.models.push_back(model);
  }
  return work;
}

struct Kept {
  PromiseScore all;
  PromiseScore unloaded;  ///< Of jobs whose model no slot had.
};

/// Once a few loads were seen.
Kept kept_promises(const PromisedWork& work) {
  PromisedPool pool(work);
  pool.run(seconds(240), seconds(100000));
  EXPECT_TRUE(pool.is_done());
  std::vector<PromisedPool::Promise> all = pool.promises(seconds(480));
  std::vector<PromisedPool::Promise> unloaded;
  for (const PromisedPool::Promise& promise : all) {
    if (promise.waited) unloaded.push_back(promise);
  }
  return {score(all), score(unloaded)};
}

// Without the turns of others' loads the median was off by 1.4 to 1.6 times, both ways.
TEST(FinishPromises, AreKeptWhereModelsWaitForLoads) {
  const Kept kept = kept_promises(private_models(8, 40, 2));
  RecordProperty("within_thousandths", std::to_string(kept.all.within_thousandths));
  RecordProperty("off_thousandths", std::to_string(kept.all.off_thousandths));
  EXPECT_GT(kept.all.count, 1000u);
  EXPECT_GE(kept.all.within_thousandths, 900);
  EXPECT_GE(kept.unloaded.within_thousandths, 900);
  EXPECT_LE(kept.all.off_thousandths, 1200);
  EXPECT_LE(kept.unloaded.off_thousandths, 1250);
}

// Where GPUs are scarcer than loads.
TEST(FinishPromises, AreKeptWhereModelsWaitForGpus) {
  const Kept kept = kept_promises(private_models(8, 20, 20));
  EXPECT_GE(kept.all.within_thousandths, 900);
  EXPECT_LE(kept.all.off_thousandths, 1250);
}

}  // namespace
}  // namespace gwageo::testing
