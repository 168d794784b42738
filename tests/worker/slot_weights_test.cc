// A worker's slots and the node's weights cache: what the engine of a slot reads.
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "protocol/digest.h"
#include "tests/worker/tiny_model.h"
#include "worker/model_files.h"
#include "worker/slot_runner.h"
#include "worker/weights_node.h"

namespace gwageo {
namespace {

using testing::TemporaryFolder;
using testing::TinyModel;

class SlotLog final : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

class SlotClock final : public Clock {
 public:
  Duration monotonic() const override { return {}; }
  WallTime wall() const override { return {}; }
};

class SlotWeights : public ::testing::Test {
 protected:
  SlotWeights() {
    TinyModel{}.write(stored_);
    model_.name = "tiny";
    model_.engine = "builtin";
    model_.path = stored_.path().string();
    model_.digest = model_digest(stored_.path()).value();
    const auto files = list_model_files(stored_.path()).value();
    for (const auto& file : files) bytes_ += file.size;
  }

  std::unique_ptr<WeightsNode> node() {
    return WeightsNode::open({{cache_.path().string(), 10'000'000, 1}, "", 0}, nullptr, log_)
        .value();
  }

  // Orders a load of each slot and waits for all.
  std::vector<ModelLoaded> load(WeightsNode& weights, std::uint32_t slots) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<ModelLoaded> loaded;
    std::vector<std::unique_ptr<SlotRunner>> runners;
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      EngineRoom room;
      room.slot = slot;
      room.weights = &weights;
      runners.push_back(std::make_unique<SlotRunner>(clock_, room, [&](AgentEvent event) {
        const std::lock_guard lock(mutex);
        loaded.push_back(std::get<ModelLoaded>(std::move(event)));
        changed.notify_one();
      }));
      LoadModel order;
      order.slot = slot;
      order.model = model_;
      runners.back()->order(std::move(order));
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return loaded.size() == slots; });
    EXPECT_FALSE(loaded.front().error.empty() &&
                 WeightsCache::open({cache_.path().string(), 1, 1})->claim(model_.digest))
        << "an engine's model could be taken away";
    return loaded;
  }

  const TemporaryFolder stored_;
  const TemporaryFolder cache_;
  SlotLog log_;
  SlotClock clock_;
  ModelSpec model_;
  std::uint64_t bytes_ = 0;
};

TEST_F(SlotWeights, SlotsReadStorageOnce) {
  const auto weights = node();
  for (const ModelLoaded& loaded : load(*weights, 3)) EXPECT_EQ(loaded.error, "");
  EXPECT_EQ(weights->counts().storage, bytes_);
  EXPECT_EQ(weights->cached(), std::vector<Digest>{model_.digest});
}

TEST_F(SlotWeights, AModelOfTheCacheNeedsNoStorage) {
  EXPECT_EQ(load(*node(), 1).front().error, "");
  std::filesystem::remove_all(stored_.path());
  EXPECT_EQ(load(*node(), 1).front().error, "");
}

TEST_F(SlotWeights, ADamagedModelIsNotedAndFetchedAgain) {
  const auto weights = node();
  EXPECT_EQ(load(*weights, 1).front().error, "");
  {
    std::fstream file(cache_.path() / "models" / to_hex(model_.digest) / "files/model.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-8, std::ios::end);
    file.put('!');
  }
  EXPECT_NE(load(*weights, 1).front().error.find("model digest"), std::string::npos);
  EXPECT_EQ(load(*weights, 1).front().error, "");
  EXPECT_EQ(weights->counts().storage, 2 * bytes_);
}

TEST_F(SlotWeights, AModelThatDoesNotFitIsALoadThatFailed) {
  const auto weights =
      WeightsNode::open({{cache_.path().string(), 1000, 1}, "", 0}, nullptr, log_).value();
  const ModelLoaded loaded = load(*weights, 1).front();
  EXPECT_NE(loaded.error.find("--weights-quota"), std::string::npos) << loaded.error;
  EXPECT_FALSE(loaded.unreachable);
}

/// Two slots, each with a model of its own in a cache, and a third model for the first of them.
class TwoSlots : public SlotWeights {
 protected:
  TwoSlots() {
    write(first_, 1, 2);
    write(second_, 2, 2);
    large_.layers = 6;
    large_.write(third_);
  }
  static void write(const TemporaryFolder& folder, std::uint64_t seed, std::size_t layers) {
    TinyModel model;
    model.seed = seed;
    model.layers = layers;
    model.write(folder);
  }
  static std::uint64_t size_of(const TemporaryFolder& folder) {
    std::uint64_t bytes = 0;
    const auto files = list_model_files(folder.path()).value();
    for (const auto& file : files) bytes += file.size;
    return bytes;
  }
  /// Loads the third model in place of the first; the cache has room for so much.
  ModelLoaded load_third(std::uint64_t quota, bool both_the_same = false) {
    const auto weights =
        WeightsNode::open({{cache_.path().string(), quota, 1}, "", 0}, nullptr, log_).value();
    EngineRoom room;
    room.weights = weights.get();
    SlotRunner one(clock_, room, [this](AgentEvent event) { take(std::move(event)); });
    SlotRunner two(clock_, room, [this](AgentEvent event) { take(std::move(event)); });
    EXPECT_EQ(order(one, first_).error, "");
    EXPECT_EQ(order(two, both_the_same ? first_ : second_).error, "");
    return order(one, third_);
  }
  ModelLoaded order(SlotRunner& runner, const TemporaryFolder& folder) {
    LoadModel order;
    order.model = model_;
    order.model.path = folder.path().string();
    order.model.digest = model_digest(folder.path()).value();
    runner.order(std::move(order));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return loaded_.has_value(); });
    return *std::exchange(loaded_, std::nullopt);
  }
  void take(AgentEvent event) {
    const std::lock_guard lock(mutex_);
    loaded_ = std::get<ModelLoaded>(std::move(event));
    changed_.notify_one();
  }
  const TemporaryFolder first_;
  const TemporaryFolder second_;
  const TemporaryFolder third_;
  TinyModel large_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<ModelLoaded> loaded_;
};

TEST_F(TwoSlots, WhatHasNoRoomLeavesWhatIsThere) {
  const ModelLoaded tried = load_third(size_of(third_) + size_of(second_) - 1);
  EXPECT_TRUE(tried.unreachable) << tried.error;
  EXPECT_TRUE(tried.kept);
}

TEST_F(TwoSlots, WhatHasRoomWithoutItTakesItsPlace) {
  EXPECT_EQ(load_third(size_of(third_) + size_of(second_)).error, "");
}

// It would go for nothing: the other slot reads it, too.
TEST_F(TwoSlots, WhatAnotherSlotReadsAsWellStays) {
  const ModelLoaded tried = load_third(size_of(third_), true);
  EXPECT_TRUE(tried.unreachable) << tried.error;
  EXPECT_TRUE(tried.kept);
}

TEST(SlotWeightsEngines, OnlyModelsThatAreFilesAreKept) {
  EXPECT_TRUE(has_weights("builtin"));
  for (const char* engine : {"openai", "paced", "recorded"}) EXPECT_FALSE(has_weights(engine));
}

}  // namespace
}  // namespace gwageo
