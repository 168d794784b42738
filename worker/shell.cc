#include "worker/shell.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "protocol/codec.h"
#include "worker/slot_runner.h"
#include "worker/weights_node.h"

namespace gwageo {
namespace {

/// Other processes of the node change its cache, too.
constexpr Duration look_at_cache_every = seconds(1);

class Shell {
 public:
  Shell(const AgentOptions& options, ClientTransport& transport, const Clock& clock, Log& log,
        const EngineRoom& room, std::shared_ptr<HealthChecks> checks)
      : agent_(options),
        transport_(transport),
        clock_(clock),
        log_(log),
        weights_(room.weights),
        checks_(std::move(checks), [this](CheckEnded found) { put(std::move(found)); }) {
    for (std::uint32_t slot = 0; slot < options.slots; ++slot) {
      EngineRoom own = room;
      own.slot = slot;
      slots_.push_back(std::make_unique<SlotRunner>(
          clock, own, [this](AgentEvent event) { put(std::move(event)); }));
    }
  }

  ~Shell() {
    for (const auto& slot : slots_) slot->begin_end();
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  Status run(const std::atomic<bool>& stop) {
    carry_out(agent_.start(now()));
    while (!finished_) {
      // One by one: libzmq asks the system before it says that there is no other.
      Result<std::vector<std::string>> frames = transport_.receive(wait_at_most(), 1);
      if (!frames) return tl::unexpected(frames.error());
      for (const std::string& frame : *frames) receive(frame);
      handle_events();
      if (stop.load() && !stopping_) {
        stopping_ = true;
        step(StopRequested{});
      }
      look_at_cache();
      step(TimePassed{});
      handle_events();
    }
    if (ended_because_.empty()) return {};
    return fail(ErrorKind::not_allowed, ended_because_);
  }

 private:
  Instant now() const { return {clock_.monotonic().microseconds}; }

  Duration wait_at_most() const { return std::clamp(wake_at_ - now(), Duration{}, seconds(1)); }

  void put(AgentEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    if (std::this_thread::get_id() != owner_) transport_.wake();
  }

  // Tells the agent what lies in the node's cache.
  void look_at_cache() {
    if (weights_ == nullptr || now() < look_at_cache_at_) return;
    look_at_cache_at_ = now() + look_at_cache_every;
    step(CacheSeen{weights_->cached()});
  }

  // Also those that the handling brings about.
  void handle_events() {
    for (std::vector<AgentEvent> events = take_events(); !events.empty(); events = take_events()) {
      for (AgentEvent& event : events) step(std::move(event));
    }
  }

  std::vector<AgentEvent> take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

  void receive(const std::string& frame) {
    Result<Message> message = decode(frame);
    if (!message) {
      log_.write(LogLevel::error,
                 "a frame from the coordinator does not decode: " + message.error().message);
      return;
    }
    step(MessageArrived{*std::move(message)});
  }

  void step(AgentEvent event) {
    if (finished_) return;
    if (const auto* const loaded = std::get_if<ModelLoaded>(&event)) say_loaded(*loaded);
    if (const auto* const ended = std::get_if<CallsEnded>(&event)) say_failed(*ended);
    if (const auto* const found = std::get_if<CheckEnded>(&event)) say_found(*found);
    carry_out(agent_.step(now(), std::move(event)));
  }

  // How a load failed that was broken off is no news of its model.
  void say_loaded(const ModelLoaded& loaded) {
    const bool ok = loaded.error.empty();
    const bool is_broken_off = broken_off_.erase(loaded.slot) > 0 && !ok;
    const std::string how =
        ok              ? "model loaded"
        : is_broken_off ? std::string("load broken off: ") +
                              (stopping_ ? "the worker ends" : "nobody waits for it any more")
                        : "model not loaded: " + loaded.error;
    log_.write(ok || is_broken_off ? LogLevel::info : LogLevel::error, how,
               {{"slot", std::to_string(loaded.slot)},
                {"milliseconds", std::to_string(loaded.took.microseconds / 1000)}});
    if (!loaded.findings.empty()) {
      log_.write(LogLevel::info, "what the engine found out",
                 {{"slot", std::to_string(loaded.slot)}, {"findings", loaded.findings}});
    }
  }

  // A server that is out of order must not fill the disk: the first, the second, the fourth, ...
  void say_failed(const CallsEnded& ended) {
    if (!ended.remark.empty()) log_.write(LogLevel::warning, ended.remark);
    for (const Completion& completion : ended.completions) {
      if (!is_retried(completion.response.outcome)) continue;
      const std::uint64_t failed = ++failed_calls_;
      if ((failed & (failed - 1)) != 0) continue;
      log_.write(LogLevel::warning, "a call failed: " + completion.response.error,
                 {{"outcome", std::string(to_string(completion.response.outcome))},
                  {"failed", std::to_string(failed)}});
    }
  }

  void say_found(const CheckEnded& found) {
    if (found.finding == CheckEnded::Finding::good) return;
    log_.write(
        LogLevel::warning, "a check of a slot failed: " + found.what,
        {{"slot", std::to_string(found.check.slot)}, {"slots", std::to_string(found.check.width)}});
  }

  void carry_out(AgentActions actions) {
    for (const auto& [slot, fault] : actions.faults) {
      log_.write(fault.empty() ? LogLevel::info : LogLevel::error,
                 fault.empty() ? "a slot is well again, and takes work"
                               : "a slot takes no work any more: " + fault,
                 {{"slot", std::to_string(slot)}});
    }
    if (actions.check) checks_.order(*actions.check);
    for (auto& order : actions.orders) {
      if (const auto* const end = std::get_if<BreakOffLoad>(&order)) broken_off_.insert(end->slot);
      std::visit([this](auto& o) { slots_[o.slot]->order(std::move(o)); }, order);
    }
    for (const std::shared_ptr<const Message>& message : actions.sends) {
      const Status sent = transport_.send(encode(*message));
      // What matters is sent again: results until acknowledged, hello until welcomed.
      if (!sent) log_.write(LogLevel::debug, sent.error().message);
    }
    if (actions.wake_at) wake_at_ = *actions.wake_at;
    finished_ = finished_ || actions.finished;
    if (actions.finished) ended_because_ = actions.ended_because;
  }

  std::uint64_t failed_calls_ = 0;
  bool stopping_ = false;
  std::set<std::uint32_t> broken_off_;  // Slots whose load was told to end, and has not yet.
  Agent agent_;
  ClientTransport& transport_;
  const Clock& clock_;
  Log& log_;
  WeightsNode* const weights_;
  Instant look_at_cache_at_;
  const std::thread::id owner_ = std::this_thread::get_id();
  Instant wake_at_;
  bool finished_ = false;
  std::string ended_because_;
  std::mutex mutex_;
  std::vector<AgentEvent> events_;
  CheckRunner checks_;  // Ends after the slots, and before what it reports to.
  std::vector<std::unique_ptr<SlotRunner>> slots_;  // Last: their threads end before the rest goes.
};

}  // namespace

Status work(const AgentOptions& options, ClientTransport& transport, const Clock& clock, Log& log,
            const EngineRoom& room, const std::atomic<bool>& stop,
            std::shared_ptr<HealthChecks> checks) {
  Shell shell(options, transport, clock, log, room, std::move(checks));
  return shell.run(stop);
}

}  // namespace gwageo
