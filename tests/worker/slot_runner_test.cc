// Loads that nobody waits for any more, on the thread of a slot.
#include "worker/slot_runner.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/digest.h"
#include "tests/worker/openai_server.h"

namespace gwageo {
namespace {

using testing::Habits;
using testing::OpenAiServer;
using testing::Reply;

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
  LoadModel served(const std::string& model, const OpenAiServer& server) {
    LoadModel order;
    order.class_key = sha256(model);
    order.model.name = model;
    order.model.engine = "openai";
    order.model.path = server.url();
    order.model.options = {{"model", "words"}};
    return order;
  }
  // Of the next server, with which nobody gets an answer while the clock stands.
  Habits always(const Reply& reply) {
    is_asked_ = false;
    return {.first = [this, reply](const testing::Asked&) {
      const std::lock_guard lock(mutex_);
      is_asked_ = true;
      changed_.notify_one();
      return reply;
    }};
  }
  void await_question() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_asked_; });
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
  bool is_asked_ = false;
  const SlotRunner::Report report_ = [this](AgentEvent event) {
    const std::lock_guard lock(mutex_);
    loaded_.push_back(std::get<ModelLoaded>(std::move(event)));
    changed_.notify_one();
  };
  SlotRunner runner_{clock_, EngineRoom{}, report_};
};

const std::vector<Reply> no_answers = {{200, "", {}, Reply::Manner::silence},
                                       {429, "{}", {"Retry-After: 3600"}}};

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

TEST_F(BrokenOff, ALoadEndsWhateverItsServerDoes) {
  for (const Reply& reply : no_answers) {
    const OpenAiServer server(always(reply));
    runner_.order(served("away", server));
    await_question();
    runner_.order(BreakOffLoad{0, sha256("away")});
    const ModelLoaded away = next();
    EXPECT_EQ(away.class_key, sha256("away"));
    EXPECT_EQ(away.error, "the load was broken off") << reply.status;
  }
}

TEST_F(BrokenOff, AWorkerThatEndsWaitsForNoServer) {
  for (const Reply& reply : no_answers) {
    const OpenAiServer server(always(reply));
    {
      SlotRunner ends(clock_, EngineRoom{}, report_);
      ends.order(served("away", server));
      await_question();
    }
    EXPECT_EQ(next().error, "the load was broken off") << reply.status;
  }
}

// A load that is beside what is there costs that only where it succeeds.
TEST_F(BrokenOff, AServerThatIsAwayCostsNothingThatIsLoaded) {
  runner_.order(paced("here", "0"));
  EXPECT_EQ(next().error, "");
  LoadModel away;
  away.class_key = sha256("away");
  away.model.name = "away";
  away.model.engine = "openai";
  away.model.path = "http://127.0.0.1:1/v1";
  away.model.options = {{"model", "m"}, {"retries", "0"}};
  runner_.order(away);
  const ModelLoaded tried = next();
  EXPECT_TRUE(tried.unreachable) << tried.error;
  EXPECT_TRUE(tried.kept);
  away.alone = true;
  runner_.order(away);
  EXPECT_FALSE(next().kept) << "it has another block";
  runner_.order(paced("here", "0"));
  EXPECT_EQ(next().error, "");
  LoadModel unknown = paced("unknown", "0");
  unknown.model.engine = "nosuch";
  runner_.order(unknown);
  EXPECT_TRUE(next().kept);
  LoadModel wrong = paced("wrong", "0");
  wrong.model.options = {{"load_milliseconds", "-1"}};
  runner_.order(wrong);
  EXPECT_FALSE(next().kept) << "it needs the slot to itself";
}

}  // namespace
}  // namespace gwageo
