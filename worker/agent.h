// Agent: the worker's decisions, in the shape of the coordinator's: events in, actions out. It
// holds leases, feeds engines, and keeps every result until the coordinator says that it is
// durable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/messages.h"
#include "worker/agent_options.h"
#include "worker/agent_parts.h"
#include "worker/batch_signer.h"
#include "worker/call_table.h"
#include "worker/engine.h"
#include "worker/health.h"
#include "worker/results_outbox.h"

namespace gwageo {

// ---- what can happen ----

struct MessageArrived {
  Message message;
};
/// A LoadModel has ended.
struct ModelLoaded {
  std::uint32_t slot = 0;
  Digest class_key;
  Duration took;
  std::string error;          ///< Empty: it is loaded.
  std::string findings = {};  ///< What the engine found out, as JSON; empty: nothing.
  bool unreachable = false;   ///< With an error: the model's server does not answer for now.
  bool kept = false;          ///< With an error: what was loaded before still is.
};
/// An UnloadModel has ended: what the slot's engine held is free.
struct ModelUnloaded {
  std::uint32_t slot = 0;
};
/// Calls have ended. `engine_time` is what the engine spent on them.
struct CallsEnded {
  std::vector<Completion> completions;
  Duration engine_time;
  std::string remark = {};  ///< Of the engine; empty: none.
};
/// These models lie in the node's cache now.
struct CacheSeen {
  std::vector<Digest> models;
};
/// The process was asked to stop.
struct StopRequested {};
/// Time has passed.
struct TimePassed {};

using AgentEvent = std::variant<MessageArrived, ModelLoaded, ModelUnloaded, CallsEnded, CheckEnded,
                                CacheSeen, StopRequested, TimePassed>;

// ---- what to do ----

/// Replace whatever the slot holds by this model; calls that still run there are forgotten. It has
/// the slots [slot, slot + width) for itself.
struct LoadModel {
  std::uint32_t slot = 0;
  Digest class_key;
  ModelSpec model;
  std::uint32_t width = 1;
  bool alone =
      false;  ///< What the slot has goes first: it has other slots, or lacks some of these.
};
/// Free what the slot holds, for a model on a block that the slot is part of.
struct UnloadModel {
  std::uint32_t slot = 0;
};
/// Nobody waits any more for what the slot loads. It ends with a ModelLoaded all the same, sooner
/// if the engine can.
struct BreakOffLoad {
  std::uint32_t slot = 0;
  Digest class_key;
};
struct StartCalls {
  std::uint32_t slot = 0;
  std::vector<Call> calls;
};

struct AgentActions {
  /// To the coordinator, in order. Shared with the agent, which keeps results to send them again.
  std::vector<std::shared_ptr<const Message>> sends;
  std::vector<std::variant<LoadModel, UnloadModel, BreakOffLoad, StartCalls>> orders;
  std::optional<HealthCheck> check;  ///< To run, beside all else; a CheckEnded answers it.
  /// Slots that became faulty, with the reason, or well again (empty).
  std::vector<std::pair<std::uint32_t, std::string>> faults;
  std::optional<Instant> wake_at;
  bool finished = false;      ///< The process may end now.
  std::string ended_because;  ///< When finished: why, in words; empty when it was asked to.
};

/// One thread; no clock, no I/O.
class Agent {
 public:
  explicit Agent(AgentOptions options);

  AgentActions start(Instant now);  ///< The first step; says Hello.
  /// REQUIRES: `now` never decreases.
  AgentActions step(Instant now, AgentEvent event);

  /// Leases with anything that the coordinator has not yet acknowledged, ascending.
  std::vector<LeaseId> leases_held() const;
  void check() const;  ///< Recomputes what is derived; a difference is a bug.

 private:
  using Item = AgentItem;
  using Held = AgentLease;
  using Slot = AgentSlot;

  void on(MessageArrived&& e);
  void on(const ModelLoaded& e);
  void on(const ModelUnloaded& e);
  void on(CallsEnded&& e);
  void on(const CheckEnded& e) { health_.ended(now_, e); }
  void on(CacheSeen&& e) { cached_ = std::move(e.models); }
  void on(const StopRequested& e);
  void on(const TimePassed& e);

  void receive(const Welcome& m);
  void receive(const Refusal& m);
  void receive(Grant&& m);
  void receive(const Shrink& m);
  void receive(const Revoke& m);
  void receive(const Acknowledge& m);
  void receive(const SayHello& m);
  void receive(const BatchKept& m) { signer_.kept(m); }
  template <class Other>
  void receive(const Other&) {}  // Not for a worker.

  void send(Message message);
  void say_hello();
  void heartbeat();
  void start_items(LeaseId id, Held& held);
  void lose_server(std::uint32_t number, const std::string& error);
  void finish_call(Completion&& completion);
  void hand_in(LeaseId id, Held& held);
  void hand_in_what_is_due();
  void send_results();
  void sign_what_is_due();
  void forget(LeaseId id);
  void remember(LeaseId id);
  void tend(std::uint32_t slot);
  bool may_load(LeaseId id, const Held& held) const;
  bool clear_block(const Held& held);
  void unload(std::uint32_t number);
  void tend_load(std::uint32_t number);
  void give_back(LeaseId id, GiveBackReason reason, const std::string& error);
  bool is_handing_over() const { return stop_by_ && now_ >= hand_over_at_; }
  void hand_over();
  void finish_if_stopping();
  // Of agent_health.cc.
  void tend_health();
  std::vector<bool> idle_slots() const;
  void note_faults();
  void give_back_of_faulty_slots();
  bool is_faulty(std::uint32_t slot, std::uint32_t width) const;
  bool is_held(std::uint32_t slot, std::uint32_t width) const;
  AgentActions take_actions();

  AgentOptions options_;
  Instant now_;
  bool welcomed_ = false;
  std::uint64_t coordinator_life_ = 0;
  Duration heartbeat_every_;
  Instant next_heartbeat_;
  std::optional<Instant> stop_by_;
  Instant hand_over_at_;        ///< When stopping: what still runs is given back then.
  std::vector<Digest> cached_;  ///< Models in the node's cache.
  std::vector<Slot> slots_;
  std::map<LeaseId, Held> held_;
  ResultsOutbox outbox_;
  BatchSigner signer_;
  Health health_;
  std::vector<std::string> faults_;  ///< By slot, as the coordinator was told last.
  CallTable calls_;                  ///< In an engine.
  std::set<LeaseId> seen_;           ///< Leases that were here lately; a repeated Grant is ignored.
  AgentActions actions_;
};

}  // namespace gwageo
