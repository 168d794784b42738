// EngineLife: when a server of others is started, asked whether it is well, stopped and given up,
// as a state machine. Pure: times in, things to do out.
//
//                 wanted                 healthy, and opened
//      down ----------------> starting ----------------------> serving
//       ^                      |    |                          |  |  |
//       |   ended (tries left) |    | too late, ended:         |  |  | calls, and no answer:
//       |   -> starting again  +----+ failed                   |  |  | is it well? no: killed
//       |                                                      |  | ended
//       +------------------- stopping <--- idle for too long --+  v
//       +------------------------------------------------------ failed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/time.h"

namespace gwageo {

/// How an engine's process ended, told by what is known about it.
enum class EngineEnd : std::uint8_t {
  exited,         ///< By itself, with a code.
  crashed,        ///< By a signal that a fault of its own brings about.
  killed,         ///< By a signal that somebody sent.
  out_of_memory,  ///< It said so, or the kernel killed for memory.
  keeper_lost,    ///< The process that watched it is gone, and it with that.
  port_taken,     ///< Another program took its port before it could.
  not_started,    ///< The program cannot be run.
};
/// For tools: "out_of_memory".
std::string_view to_string(EngineEnd end);

struct EngineLifeRules {
  Duration ready_at_most = seconds(600);
  Duration idle_at_most;  ///< Zero: never.
  Duration quiet_at_most = seconds(60);
  Duration ask_every = milliseconds(100);  ///< Whether it is ready.
  Duration restart_after = seconds(6);     ///< The end of a process that calls were lost with.
  std::uint32_t starts_max = 3;            ///< In a row, of processes that somebody killed.
  std::uint32_t ports_max = 5;             ///< In a row, where each was taken.
};

// ---- what can happen ----

/// It is needed: a model is loaded, or a call has come.
struct EngineWanted {};
/// The answer to AskHealth.
struct HealthAnswered {
  bool is_well = false;
};
/// OpenEngine has ended. An error is final: what it serves is not what was asked for.
struct EngineOpened {
  std::string error;
};
/// The process, and all that it had started, is gone.
struct ProcessEnded {
  EngineEnd how = EngineEnd::exited;
  std::string words;  ///< What is known, for people.
};
/// A call has ended with an answer of the server.
struct CallAnswered {};
/// A call got no answer in its time.
struct CallTimedOut {};
/// Time has passed. `calls` are those in the engine.
struct EngineTime {
  std::size_t calls = 0;
};

using EngineEvent = std::variant<EngineWanted, HealthAnswered, EngineOpened, ProcessEnded,
                                 CallAnswered, CallTimedOut, EngineTime>;

// ---- what to do ----

enum class EngineAct : std::uint8_t {
  start,       ///< At a new port.
  ask_health,  ///< Once; the answer is HealthAnswered.
  open,        ///< See that it serves the model that was asked, and what it can do.
  stop,        ///< SIGTERM, then SIGKILL.
  kill,        ///< At once. ProcessEnded follows.
};

struct EngineTodo {
  std::vector<EngineAct> acts;
  /// Calls in the engine are lost, and whoever waits for it waits in vain: why.
  std::optional<std::string> failed;
  /// With `failed`: it may go better when tried again later.
  bool may_get_better = false;
};

/// One thread; no clock, no I/O.
class EngineLife {
 public:
  enum class Phase : std::uint8_t { down, starting, serving, stopping };

  explicit EngineLife(const EngineLifeRules& rules) : rules_(rules) {}

  /// REQUIRES: `now` never decreases.
  EngineTodo step(Duration now, const EngineEvent& event);

  Phase phase() const { return phase_; }
  /// Whether calls may be handed to the server.
  bool is_serving() const { return phase_ == Phase::serving; }
  /// When it wants an EngineTime at the latest; nothing where it waits for other things alone.
  std::optional<Duration> wake_at() const;
  /// Processes that were started.
  std::uint32_t starts() const { return starts_; }
  /// How long the last start took until it served.
  Duration start_took() const { return start_took_; }

 private:
  void on(const EngineWanted&);
  void on(const HealthAnswered& event);
  void on(const EngineOpened& event);
  void on(const ProcessEnded& event);
  void on(const CallAnswered&);
  void on(const CallTimedOut&);
  void on(const EngineTime& event);
  void start();
  void ask();
  void fail(std::string why, bool may_get_better);

  EngineLifeRules rules_;
  Duration now_;
  Phase phase_ = Phase::down;
  bool is_wanted_ = false;  // Since it went down.
  bool is_asked_ = false;   // Health, without an answer so far.
  bool is_opening_ = false;
  bool is_known_failed_ = false;  // It was told already; the end of the process tells no more.
  Duration not_before_;           // Of the next start.
  Duration began_;                // The start.
  Duration ask_at_;               // While starting.
  Duration heard_at_;             // The last answer, or the first call after it was idle.
  Duration idle_since_;
  bool is_idle_ = true;
  std::uint32_t starts_ = 0;
  std::uint32_t kills_in_row_ = 0;
  std::uint32_t ports_in_row_ = 0;
  Duration start_took_;
  EngineTodo todo_;
};

}  // namespace gwageo
