// Worker processes: the real agent over an engine that is a function of the request.
#include "tests/sim/world_parts.h"

namespace gwageo::sim {
Response honest_response(const Request& request) {
  const Digest digest = sha256(encode(request));
  Response response;
  response.text = to_hex(digest).substr(0, 1 + digest.bytes[0] % 24);
  response.tokens = digest.bytes[0] % 24;
  if (digest.bytes[1] < 16) response.outcome = Outcome::truncated;
  if (digest.bytes[1] > 250) {
    response.outcome = Outcome::refused_by_engine;
    response.error = "too long";
  }
  return response;
}

void World::store_workers(std::size_t count) {
  for (std::size_t w = 0; w < count; ++w) {
    WorkerProcess worker;
    worker.name = "w" + std::to_string(w + 1);
    workers_.push_back(std::move(worker));
  }
}

void World::start_worker(std::size_t w) {
  WorkerProcess& worker = workers_[w];
  ++worker.life;
  worker.peer = {++last_peer_};
  worker.started = now_;
  worker.engines.clear();
  worker.loading.clear();
  AgentOptions options;
  options.worker = {++last_worker_};
  options.name = worker.name;
  options.version = "sim";
  options.engines = {"builtin", "paced"};
  options.slots = 1 + static_cast<std::uint32_t>(random_.below(2));
  if (has_gpus_) {
    // The first can run everything, or a job might wait for ever.
    const bool is_small = w > 0 && random_.chance(300);
    options.slots = static_cast<std::uint32_t>(w > 0 ? 1 + random_.below(8) : 4 + random_.below(5));
    options.gpus = {is_small ? "small" : "large", is_small ? 24576U : 81920U, worker.name, ""};
    if (w > 0 && random_.chance(200)) options.gpus = {};
  }
  options.signing = {"sim", "workers",
                     [](auto message) { return quick_signature(message, worker_key); }};
  options.credit_items = 1 + static_cast<std::uint32_t>(random_.below(12));
  options.health = health_of(options.slots);
  worker.agent = std::make_unique<Agent>(options);
  note("start worker", w, {});
  carry_out(w, worker.agent->start({0}));
}

void World::crash_worker(std::size_t w) {
  ++report_.worker_crashes;
  note("crash worker", w, {});
  workers_[w].agent.reset();
  ++workers_[w].life;
  at(now_ + random_.between(1, 30) * one_second, [this, w] {
    if (workers_[w].agent == nullptr) start_worker(w);
  });
}

void World::step_worker(std::size_t w, std::uint64_t life, const AgentEvent& event) {
  WorkerProcess& worker = workers_[w];
  if (worker.agent == nullptr || worker.life != life) return;
  if (worker.paused_until > now_) {
    at(worker.paused_until, [this, w, life, event] { step_worker(w, life, event); });
    return;
  }
  if (const auto* const m = std::get_if<MessageArrived>(&event))
    note("to worker", w, encode(m->message));
  if (std::holds_alternative<CallsEnded>(event)) note("calls ended", w, {});
  if (std::holds_alternative<ModelLoaded>(event)) note("model loaded", w, {});
  carry_out(w, worker.agent->step({now_ - worker.started}, event));
  if (worker.agent != nullptr) worker.agent->check();
}

void World::carry_out(std::size_t w, AgentActions actions) {
  WorkerProcess& worker = workers_[w];
  const std::uint64_t life = worker.life;
  for (const std::shared_ptr<const Message>& message : actions.sends) {
    const std::string bytes = encode(*message);
    note("from worker", w, bytes);
    transmit(worker.cut_until > now_,
             [this, peer = worker.peer, bytes] { deliver_to_coordinator(peer, "workers", bytes); });
  }
  for (const auto& order : actions.orders) {
    if (const auto* const model = std::get_if<LoadModel>(&order)) load(w, *model);
    if (const auto* const model = std::get_if<UnloadModel>(&order)) unload(w, *model);
    if (const auto* const load = std::get_if<BreakOffLoad>(&order)) break_off(w, *load);
    if (const auto* const calls = std::get_if<StartCalls>(&order)) start_calls(w, *calls);
  }
  if (actions.check) look(w, *actions.check);
  if (actions.finished) {
    // A refused worker ends; its operator starts it again.
    crash_worker(w);
    return;
  }
  if (actions.wake_at) {
    const std::int64_t time = worker.started + actions.wake_at->microseconds;
    // The newest alarm is the one that rings.
    const std::uint64_t alarm = ++worker.alarm;
    at(std::max(time, now_ + 1), [this, w, life, alarm] {
      if (workers_[w].alarm == alarm) step_worker(w, life, TimePassed{});
    });
  }
}

void World::load(std::size_t w, const LoadModel& order) {
  std::map<std::uint32_t, std::uint32_t>& engines = workers_[w].engines;
  engines.erase(order.slot);
  for (const auto& [slot, width] : engines) {
    const bool is_apart = slot + width <= order.slot || order.slot + order.width <= slot;
    if (!is_apart) report_.violation = "a worker has two models on one GPU";
  }
  engines[order.slot] = order.width;
  const bool is_poison = order.class_key.bytes[0] * 1000U < faults_.poison * 256;
  if (is_poison) {
    at(now_ + random_.between(20000, 3 * one_second), [this, w, life = workers_[w].life] {
      if (workers_[w].life == life) crash_worker(w);
    });
    return;
  }
  ModelLoaded loaded;
  loaded.slot = order.slot;
  loaded.class_key = order.class_key;
  loaded.took = Duration{random_.between(20000, 3 * one_second)};
  if (random_.chance(faults_.load_failure)) {
    loaded.unreachable = random_.chance(500);
    loaded.error = loaded.unreachable ? "no server answers" : "no room on the device";
  }
  workers_[w].loading[order.slot] = ++workers_[w].loads;
  end_load(w, loaded.took.microseconds, loaded);
}

void World::end_load(std::size_t w, std::int64_t after, const ModelLoaded& loaded) {
  const std::uint64_t number = workers_[w].loading.at(loaded.slot);
  at(now_ + after, [this, w, life = workers_[w].life, number, loaded] {
    WorkerProcess& worker = workers_[w];
    const auto load = worker.loading.find(loaded.slot);
    if (worker.life != life || load == worker.loading.end() || load->second != number) return;
    worker.loading.erase(load);
    if (!loaded.error.empty()) worker.engines.erase(loaded.slot);
    step_worker(w, life, loaded);
  });
}

// Some engines can, others load to the end.
void World::break_off(std::size_t w, const BreakOffLoad& order) {
  if (!workers_[w].loading.contains(order.slot) || random_.chance(300)) return;
  ModelLoaded given_up;
  given_up.slot = order.slot;
  given_up.class_key = order.class_key;
  given_up.unreachable = random_.chance(500);
  given_up.error = "given up";
  end_load(w, random_.between(1, 200000), given_up);
}

void World::unload(std::size_t w, const UnloadModel& order) {
  at(now_ + random_.between(1000, one_second),
     [this, w, life = workers_[w].life, slot = order.slot] {
       if (workers_[w].life == life) workers_[w].engines.erase(slot);
       step_worker(w, life, ModelUnloaded{slot});
     });
}

void World::start_calls(std::size_t w, const StartCalls& order) {
  const bool together = random_.chance(500);
  std::int64_t last = now_;
  CallsEnded all;
  for (const Call& call : order.calls) {
    std::int64_t took = random_.between(1000, 200000);
    if (random_.chance(faults_.slow_engine)) took *= 100;
    Completion completion{call.token, honest_response(call.request)};
    if (liar_ == w && random_.chance(forges_)) completion.response.text += " as I would have it";
    if (random_.chance(faults_.engine_failure)) {
      completion.response = {};
      completion.response.outcome = Outcome::engine_failed;
      completion.response.error = "the engine fell over";
      completion.unreachable = random_.chance(500);
    }
    last = std::max(last, now_ + took);
    if (together) {
      all.completions.push_back(std::move(completion));
      continue;
    }
    at(now_ + took, [this, w, life = workers_[w].life, completion, took] {
      step_worker(w, life, CallsEnded{{completion}, Duration{took}});
    });
  }
  if (!together) return;
  at(last, [this, w, life = workers_[w].life, all] { step_worker(w, life, all); });
}

}  // namespace gwageo::sim
