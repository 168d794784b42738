// Loads that nobody waits for any more, on the thread of a slot.
#include "worker/slot_runner.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/digest.h"

namespace gwageo {
namespace {

// A load that takes any time at all takes for ever.
class StoppedClock final : public Clock {
 public:
  Duration monotonic() const override { return {}; }
  WallTime wall() const override { return {}; }
};

class BrokenOff : public ::testing::Test {
 protected:
  LoadModel paced(const std::string& model, const std::string& load_milliseconds) {
    LoadModel order;
    order.class_key = sha256(model);
    order.model.name = model;
    order.model.engine = "paced";
    order.model.options = {{"load_milliseconds", load_milliseconds}};
    return order;
  }
  ModelLoaded next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !loaded_.empty(); });
    ModelLoaded first = std::move(loaded_.front());
    loaded_.erase(loaded_.begin());
    return first;
  }

  StoppedClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ModelLoaded> loaded_;
  SlotRunner runner_{clock_, EngineRoom{}, [this](AgentEvent event) {
                       const std::lock_guard lock(mutex_);
                       loaded_.push_back(std::get<ModelLoaded>(std::move(event)));
                       changed_.notify_one();
                     }};
};

TEST_F(BrokenOff, ALoadEndsWithoutItsModel) {
  runner_.order(paced("slow", "3600000"));
  runner_.order(BreakOffLoad{0, sha256("slow")});
  const ModelLoaded slow = next();
  EXPECT_EQ(slow.class_key, sha256("slow"));
  EXPECT_FALSE(slow.error.empty());
}

TEST_F(BrokenOff, TheNextLoadIsAnother) {
  runner_.order(paced("slow", "3600000"));
  runner_.order(BreakOffLoad{0, sha256("slow")});
  next();
  runner_.order(paced("quick", "0"));
  EXPECT_EQ(next().error, "");
  runner_.order(BreakOffLoad{0, sha256("quick")});  // It is over.
  runner_.order(paced("other", "0"));
  EXPECT_EQ(next().error, "");
}

}  // namespace
}  // namespace gwageo
