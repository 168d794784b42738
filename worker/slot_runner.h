// SlotRunner: the thread that owns one slot's engine. Orders in, endings out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "protocol/time.h"
#include "worker/agent.h"
#include "worker/engine.h"
#include "worker/weights_cache.h"

namespace gwageo {

/// One thread gives orders. `report` is called from the slot's thread, or from within `order` when
/// the engine answers at once.
class SlotRunner {
 public:
  using Report = std::function<void(AgentEvent)>;
  SlotRunner(const Clock& clock, const EngineRoom& room, Report report);
  /// Gives up on calls in progress and joins the thread.
  ~SlotRunner();
  /// Begins what the destructor does, so that several slots end at the same time.
  void begin_end();
  SlotRunner(const SlotRunner&) = delete;
  SlotRunner& operator=(const SlotRunner&) = delete;

  void order(LoadModel order);
  void order(UnloadModel order);
  /// Of the load that was ordered last, begun or not; nothing happens when it is over.
  void order(const BreakOffLoad& order);
  void order(StartCalls order);

 private:
  template <class Order>
  void put(Order order);
  void run();
  void load(const LoadModel& order);
  Status load_into(Engine& engine, ModelSpec model);
  Result<WeightsLease> obtain(const ModelSpec& model);
  void drop();
  void unload(const UnloadModel& order);
  void work();
  bool take_orders();

  const Clock& clock_;
  const EngineRoom room_;
  const Report report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::variant<LoadModel, UnloadModel, StartCalls>> orders_;
  std::atomic<bool> ending_ = false;
  std::uint64_t loads_ordered_ = 0;            ///< By whoever gives orders.
  std::atomic<std::uint64_t> broken_off_ = 0;  ///< Loads up to this one are to end.
  Engine* waking_ = nullptr;  ///< The engine to wake for a new order; guarded by mutex_.
  bool sleeping_ = false;     ///< The slot's thread waits for an order; guarded by mutex_.
  // The slot thread's own, and whoever holds mutex_ while it sleeps.
  struct Weights {
    WeightsLease lease;
    Digest model = {};
  };
  std::optional<Weights> weights_;  ///< What the engine reads, if it lies in the cache.
  std::unique_ptr<Engine> engine_;
  std::uint64_t in_engine_ = 0;
  std::uint64_t loads_begun_ = 0;
  Duration engine_time_;
  std::thread thread_;
};

}  // namespace gwageo
