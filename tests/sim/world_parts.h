// The world's inside. Private to the world_*.cc files.
#pragma once

#include <cstdio>
#include <set>

#include "protocol/bytes.h"
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "tests/sim/fault_oracle.h"
#include "tests/sim/world.h"

namespace gwageo::sim {

/// What an honest engine says to a request: always the same.
Response honest_response(const Request& request);

inline constexpr std::int64_t one_second = 1000000;  ///< Of the world's time, in microseconds.

/// The signing keys of the world's principals.
inline constexpr std::uint8_t operator_key = 1;
inline constexpr std::uint8_t worker_key = 2;
/// A signature that costs next to nothing, and which `quick_verify` tells from any other.
Signature quick_signature(std::string_view message, std::uint8_t key);
bool quick_verify(std::string_view message, const Signature& signature, const VerifyingKey& key);

class World {
 public:
  World(std::uint64_t seed, bool verbose);
  SeedReport run();

 private:
  struct WorkerProcess {
    std::string name;
    std::unique_ptr<Agent> agent;  ///< nullptr while the process is dead.
    std::uint64_t life = 0;        ///< Counts lives; what belongs to an older one is dropped.
    std::uint64_t alarm = 0;       ///< Number of the alarm that is set.
    PeerId peer;
    std::int64_t started = 0;
    std::int64_t paused_until = 0;
    std::int64_t cut_until = 0;
    std::map<std::uint32_t, std::uint32_t> engines = {};  ///< First slot and width of each.
    std::map<std::uint32_t, std::uint64_t> loading = {};  ///< By first slot, number of the load.
    std::uint64_t loads = 0;                              ///< So many were begun.
    std::set<std::uint32_t> broken = {};                  ///< Slots whose GPU is lost just now.
  };
  struct ScriptedCommand {
    std::string verb;
    Json body;
    std::vector<std::string> attachments;
  };

  // world.cc
  void at(std::int64_t time, std::function<void()> what);
  void note(const char* what, std::uint64_t who, std::string_view bytes);
  void transmit(bool cut, const std::function<void()>& deliver);
  bool finished() const;
  std::string describe_open_jobs() const;
  void calm_down();
  void every_second();

  // world_coordinator.cc
  Moment moment() const;
  void recover();
  void schedule_turn(std::int64_t time);
  void turn();
  void crash_coordinator();
  void deliver_to_coordinator(PeerId peer, const std::string& principal, std::string bytes);
  void send_from_coordinator(const Outgoing& frame);
  void run_errands();
  void check_ends();
  /// Checks accuse whoever made up answers, and nobody else.
  void check_accusations();
  Digest expected_root(const Job& job);

  // world_worker.cc
  void store_workers(std::size_t count);
  void start_worker(std::size_t w);
  void crash_worker(std::size_t w);
  void step_worker(std::size_t w, std::uint64_t life, const AgentEvent& event);
  void carry_out(std::size_t w, AgentActions actions);
  void load(std::size_t w, const LoadModel& order);
  void unload(std::size_t w, const UnloadModel& order);
  void end_load(std::size_t w, std::int64_t after, const ModelLoaded& loaded);
  void break_off(std::size_t w, const BreakOffLoad& order);
  void start_calls(std::size_t w, const StartCalls& order);

  // world_health.cc
  void draw_health(std::uint64_t seed);
  HealthOptions health_of(std::uint32_t slots) const;
  void look(std::size_t w, const HealthCheck& check);

  // world_client.cc
  void write_script();
  void write_checks();
  /// What somebody may ask once there are `jobs` jobs.
  void write_controls(std::uint64_t jobs);
  /// Nothing stays held back for good.
  void release_everything();
  void send_command();
  void receive_reply(const Reply& reply);

  Random random_;
  bool verbose_;
  Faults faults_;
  SeedReport report_;
  std::int64_t now_ = 0;
  std::int64_t wall_offset_ = 0;
  std::uint64_t queued_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> queue_;
  bool calm_ = false;
  bool has_gpus_ = false;            ///< Workers have GPUs, and models need some.
  std::optional<std::size_t> liar_;  ///< The worker that makes up answers.
  std::uint64_t forges_ = 0;         ///< So many of them, per mille.
  Random health_random_{0};
  bool has_health_ = false;  ///< Workers look at their slots.

  FaultyStore store_;
  Oracle oracle_;
  FaultOracle fault_oracle_;
  std::unique_ptr<Coordinator> coordinator_;
  std::uint64_t coordinator_life_ = 0;
  std::vector<Envelope> inbox_;
  std::optional<std::int64_t> turn_at_;
  std::vector<ErrandDone> done_;

  std::vector<WorkerProcess> workers_;
  std::uint64_t last_peer_ = 100;
  std::uint64_t last_worker_ = 0;

  std::vector<ScriptedCommand> script_;
  std::size_t command_ = 0;
  std::uint64_t asked_ = 0;  ///< Number of the question that is out.
};

}  // namespace gwageo::sim
