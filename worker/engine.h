// Engine: what a worker runs a model with. One thread owns each engine; only `wake` may be called
// from another. An engine accepts many calls at once and finishes them in any order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/gpus.h"
#include "protocol/json.h"
#include "protocol/model_spec.h"
#include "protocol/request.h"
#include "protocol/result.h"
#include "protocol/time.h"
#include "worker/device.h"

namespace gwageo {

class CaughtWays;
struct ProcessRoom;
class WeightsNode;

/// One request on its way through an engine. `task`, `item`, `repeat` and `choice` say which
/// question it belongs to; only the `recorded` engine may look at them.
struct Call {
  std::uint64_t token = 0;  ///< The caller's; comes back with the completion.
  std::string task;
  std::string item;
  std::uint32_t repeat = 0;
  std::uint32_t choice = 0;  ///< Index of the request within its item.
  Request request;
};

struct Completion {
  std::uint64_t token = 0;
  Response response;
  /// With engine_failed: there was nobody to ask, not even in the last try. The next call would
  /// fare no better, so nothing more should be started before the model is loaded again.
  bool unreachable = false;
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// Loads the model, verifying that its files have `spec.digest`. Blocks for as long as that
  /// takes. Called once, before any other call. On failure the engine is of no further use; the
  /// error says which file, tensor or key is wrong.
  virtual Status load(const ModelSpec& spec) = 0;

  /// What loading found out about the model or its server, for people and their tools: an object,
  /// empty where there is nothing to say.
  virtual Json findings() const { return Json::object(); }

  /// What has happened meanwhile that a person should know and no call tells; empty: nothing.
  virtual std::string take_remark() { return {}; }

  /// How many calls keep this engine busy; more may be started and will wait inside.
  virtual std::uint32_t calls_in_flight() const = 0;

  /// How often `step` wants to be called while there is no call; nothing: not at all.
  virtual std::optional<Duration> tend_every() const { return std::nullopt; }

  /// Whether `step` never computes or waits for long: then the slot's orders may be carried out
  /// where they arrive, which saves two changes of thread for each.
  virtual bool answers_at_once() const { return false; }

  /// Accepts a call. Does not block. Every started call completes exactly once, with a typed
  /// outcome; a request that this engine cannot serve completes as refused_by_engine with the
  /// reason.
  virtual void start(Call call) = 0;

  /// Does a bounded piece of work (one batch step for a computing engine) and returns what
  /// finished.
  virtual std::vector<Completion> step() = 0;

  /// Blocks until a call could finish, `wake` is called, or `at_most` has passed. Returns at once
  /// when `step` has work to do.
  virtual void wait(Duration at_most) = 0;

  /// Ends a `wait` in progress, or the next one. From any thread.
  virtual void wake() = 0;

  /// Gives up on calls in progress as soon as it can; they complete as `cancelled` or are dropped.
  virtual void cancel_all() = 0;
};

/// A device for one engine, and what it is ("GPU 0, NVIDIA H200"; empty for the processor).
struct SlotDevice {
  std::unique_ptr<Device> device;
  std::string description;
};
/// Makes the device of a slot's engine; unavailable when it cannot be used. Any thread.
using MakeDevice = std::function<Result<SlotDevice>(std::uint32_t slot)>;

/// What a worker gives each of its engines.
struct EngineRoom {
  unsigned threads = 1;         ///< That a computing engine may use.
  std::uint32_t slowdown = 1;   ///< A paced engine takes so many times as long: a rehearsal.
  MakeDevice make_device = {};  ///< For engines that compute; the processor unless given.
  std::uint32_t slot = 0;       ///< Whose engine it is: the first slot of its block,
  std::uint32_t width = 1;      ///< of so many.
  Gpus gpus = {};               ///< What each slot is; empty: no GPU.
  /// The machines that the worker's slots are spread over, this one first; empty: this one alone.
  std::vector<std::string> hosts = {};
  /// For servers that are started here; shared by the worker's slots, which never change it.
  std::shared_ptr<const ProcessRoom> processes = {};
  /// Fast ways that servers were caught by; shared by the worker's slots, for its life. None:
  /// nothing is remembered.
  std::shared_ptr<CaughtWays> caught = {};
  /// Whether the worker is ending, or nobody waits for the load any more: what still waits is given
  /// up. Any thread; empty: never.
  std::function<bool()> is_ending = {};
  /// Keeps models that are files on this node; none: they are read where they lie.
  WeightsNode* weights = nullptr;
};

/// Whether a model of that engine is served by somebody else's machine: a load takes nothing of
/// this one, and what is loaded may stay until it is there.
bool is_served_elsewhere(const std::string& engine);

/// The engine of that kind, not yet loaded; bad_input for an unknown kind, naming those known.
/// `clock` outlives the engine.
Result<std::unique_ptr<Engine>> make_engine(const std::string& kind, const Clock& clock,
                                            const EngineRoom& room);

}  // namespace gwageo
