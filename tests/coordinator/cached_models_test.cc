// Workers say which models lie in their node's cache: a model goes where it lies.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/scheduler.h"
#include "coordinator/state.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class CachedModels : public SmallPool {
 protected:
  /// A model of a few items' worth, so that one slot of it is enough.
  void add_model(const std::string& name) {
    const Said said =
        say(op(), "model.add",
            R"({"name": ")" + name +
                R"(", "role": "candidate", "released": "2026-10-01", "engine": "recorded", )"
                R"("team": "red", "digest": ")" +
                to_hex(sha256(name)) + "\"}");
    ASSERT_EQ(said.code, ReplyCode::done) << said.text;
  }
  void caches(WorkerId worker, const std::vector<Digest>& models) {
    Heartbeat heartbeat{worker, leases(worker), {}};
    heartbeat.slots.resize(scheduler().sessions().at(worker).slots.size());
    heartbeat.cached = models;
    step(HeartbeatReceived{heartbeat});
  }
  Duration load_on(WorkerId worker, const std::string& model) {
    const Pool& pool = scheduler().pool();
    const ModelAdded& added = *state().model(model);
    return pool.load_time(added.class_key, worker);
  }
};

TEST_F(CachedModels, ALoadIsCheaperWhereTheModelLies) {
  add_model("lies");
  const WorkerId one = hello("w1", 1, 1);
  const WorkerId two = hello("w2", 1, 1);
  ASSERT_EQ(submit(op(), "lies").code, ReplyCode::done);
  EXPECT_EQ(load_on(one, "lies"), load_on(two, "lies"));
  caches(two, {sha256("lies")});
  EXPECT_LT(load_on(two, "lies"), load_on(one, "lies"));
  caches(two, {});
  EXPECT_EQ(load_on(one, "lies"), load_on(two, "lies"));
}

TEST_F(CachedModels, AModelThatIsAskedForLaterIsKnownToLieThere) {
  add_model("lies");
  const WorkerId one = hello("w1", 1, 1);
  const WorkerId two = hello("w2", 1, 1);
  caches(two, {sha256("lies"), sha256("another")});
  ASSERT_EQ(submit(op(), "lies").code, ReplyCode::done);
  EXPECT_LT(load_on(two, "lies"), load_on(one, "lies"));
}

}  // namespace
}  // namespace gwageo::testing
