#include "worker/slot_runner.h"

#include <chrono>
#include <utility>

#include "worker/weights_node.h"

namespace gwageo {
namespace {

/// An engine that waits is asked again at least this often.
constexpr Duration wait_at_most = seconds(1);

}  // namespace

SlotRunner::SlotRunner(const Clock& clock, const EngineRoom& room, Report report)
    : clock_(clock), room_(room), report_(std::move(report)), thread_([this] { run(); }) {}

SlotRunner::~SlotRunner() {
  begin_end();
  thread_.join();
}

void SlotRunner::begin_end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (waking_ != nullptr) waking_->wake();
  }
  changed_.notify_one();
}

void SlotRunner::order(LoadModel order) {
  ++loads_ordered_;
  put(std::move(order));
}
void SlotRunner::order(const BreakOffLoad&) { broken_off_ = loads_ordered_; }
void SlotRunner::order(UnloadModel order) { put(order); }

template <class Order>
void SlotRunner::put(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.emplace_back(std::move(order));
    if (waking_ != nullptr) waking_->wake();
  }
  changed_.notify_one();
}

void SlotRunner::order(StartCalls order) {
  {
    std::unique_lock lock(mutex_);
    // While the slot's thread sleeps with nothing to do, the engine is ours under the lock.
    const bool idle = sleeping_ && orders_.empty() && in_engine_ == 0 && engine_ != nullptr;
    if (idle && engine_->answers_at_once()) {
      for (Call& call : order.calls) engine_->start(std::move(call));
      in_engine_ += order.calls.size();
      std::vector<Completion> completions = engine_->step();
      in_engine_ -= completions.size();
      const bool more = in_engine_ > 0;
      lock.unlock();
      if (!completions.empty()) report_(CallsEnded{std::move(completions), Duration{}});
      if (more) changed_.notify_one();
      return;
    }
    orders_.emplace_back(std::move(order));
    if (waking_ != nullptr) waking_->wake();
  }
  changed_.notify_one();
}

void SlotRunner::run() {
  while (take_orders()) {
    if (engine_ != nullptr) work();
  }
  if (engine_ != nullptr) engine_->cancel_all();
  {
    const std::lock_guard lock(mutex_);
    waking_ = nullptr;
  }
  drop();  // Here, so that the slots' servers are stopped at the same time.
}

// Carries out what was ordered; sleeps when there is neither an order nor a call. False at the end.
bool SlotRunner::take_orders() {
  std::unique_lock lock(mutex_);
  sleeping_ = true;
  const auto is_needed = [this] { return ending_ || !orders_.empty() || in_engine_ > 0; };
  const auto tend_every = engine_ == nullptr ? std::nullopt : engine_->tend_every();
  if (tend_every) {
    changed_.wait_for(lock, std::chrono::microseconds(tend_every->microseconds), is_needed);
  } else {
    changed_.wait(lock, is_needed);
  }
  sleeping_ = false;
  while (!ending_ && !orders_.empty()) {
    std::variant<LoadModel, UnloadModel, StartCalls> next = std::move(orders_.front());
    orders_.pop_front();
    if (!std::holds_alternative<StartCalls>(next)) {
      waking_ = nullptr;
      lock.unlock();
      if (const auto* const model = std::get_if<LoadModel>(&next)) load(*model);
      if (const auto* const model = std::get_if<UnloadModel>(&next)) unload(*model);
      lock.lock();
      waking_ = engine_.get();
      continue;
    }
    lock.unlock();
    for (Call& call : std::get<StartCalls>(next).calls) {
      if (engine_ == nullptr) continue;  // The load failed; the agent has given the lease back.
      engine_->start(std::move(call));
      ++in_engine_;
    }
    lock.lock();
  }
  return !ending_;
}

void SlotRunner::unload(const UnloadModel& order) {
  drop();
  report_(ModelUnloaded{order.slot});
}

void SlotRunner::drop() {
  engine_.reset();
  if (weights_) room_.weights->note_reader(weights_->model, false);
  weights_.reset();
  in_engine_ = 0;
}

void SlotRunner::load(const LoadModel& order) {
  const Duration began = clock_.monotonic();
  if (order.alone) drop();
  ModelLoaded loaded;
  loaded.slot = order.slot;
  loaded.class_key = order.class_key;
  EngineRoom room = room_;
  room.width = order.width;
  const std::uint64_t number = ++loads_begun_;
  room.is_ending = [this, number] { return ending_ || broken_off_ >= number; };
  Result<std::unique_ptr<Engine>> engine = make_engine(order.model.engine, clock_, room);
  Status status;
  if (engine) status = load_into(**engine, order.model);
  if (!engine) loaded.error = engine.error().message;
  if (engine && !status) {
    loaded.error = status.error().message;
    loaded.unreachable = status.error().kind == ErrorKind::unavailable;
  }
  if (loaded.error.empty()) {
    engine_ = *std::move(engine);
    const Json findings = engine_->findings();
    if (!findings.as_object().empty()) loaded.findings = findings.dump();
  }
  loaded.kept = !loaded.error.empty() && engine_ != nullptr;
  loaded.took = clock_.monotonic() - began;
  report_(std::move(loaded));
}

// From the node's cache, where the model is files and there is one. What a load needs of others is
// had before the engine that is there goes: where it cannot be had, that one stays.
Status SlotRunner::load_into(Engine& engine, ModelSpec model) {
  std::optional<Weights> weights;
  if (room_.weights != nullptr && has_weights(model.engine)) {
    GWAGEO_ASSIGN(lease, obtain(model));
    model.path = lease.path();
    weights.emplace(Weights{std::move(lease), model.digest});
  }
  const bool is_beside = is_served_elsewhere(model.engine);
  if (!is_beside) drop();
  const Status loaded = engine.load(model);
  if (loaded) {
    drop();
    weights_ = std::move(weights);
    if (weights_) room_.weights->note_reader(weights_->model, true);
  } else if (weights && loaded.error().kind == ErrorKind::corrupt) {
    weights.reset();
    room_.weights->distrust(model.digest);
  }
  return loaded;
}

// Where only what the engine here reads is in its way, that goes.
Result<WeightsLease> SlotRunner::obtain(const ModelSpec& model) {
  Result<WeightsLease> lease = room_.weights->obtain(model);
  const bool is_away = !lease && lease.error().kind == ErrorKind::unavailable;
  if (!is_away || !weights_ || !room_.weights->is_in_the_way(weights_->model, model)) return lease;
  drop();
  return room_.weights->obtain(model);
}

void SlotRunner::work() {
  if (in_engine_ > 0) engine_->wait(wait_at_most);
  const Duration began = clock_.monotonic();
  std::vector<Completion> completions = engine_->step();
  engine_time_ = engine_time_ + (clock_.monotonic() - began);
  if (completions.empty()) return;
  in_engine_ -= completions.size();
  report_(
      CallsEnded{std::move(completions), std::exchange(engine_time_, {}), engine_->take_remark()});
}

}  // namespace gwageo
