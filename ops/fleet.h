// Fleet: how many worker jobs a cluster's own scheduler should have for us, decided from what the
// coordinator and that scheduler say. Pure: a look in, orders out. Nothing is stored: whatever it
// has to know after a restart is in the names of its jobs.
//
//   work that waits or runs  ->  slots wanted  ->  worker jobs wanted
//     more than there are: submit, at a bounded rate, unless starts keep failing
//     fewer: cancel what still waits in the queue; drain who is idle, then cancel its job
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ops/fleet_view.h"
#include "protocol/log.h"
#include "protocol/result.h"
#include "protocol/time.h"

namespace gwageo {

struct FleetPolicy {
  std::string name;
  std::uint32_t workers_max = 1;
  WorkerShape shape;               ///< Of each worker.
  Duration idle = seconds(300);    ///< A worker that holds nothing for so long is handed back.
  Duration work = seconds(60);     ///< One more worker for each so much slot time of work.
  std::uint32_t rate = 60;         ///< Submissions in a minute at most.
  std::uint32_t failures_max = 3;  ///< Failed starts in a row until it pauses.
  Duration pause_first = seconds(60);
  Duration pause_most = seconds(1800);  ///< Pauses double up to this.
};

struct FleetSubmission {
  std::uint32_t number = 0;
  std::string why;  ///< For the job's comment: "backlog 4,812 items, 3 workers".
};
struct FleetDrain {
  std::string worker;
  std::string why;
};
struct FleetCancel {
  std::string job;  ///< The scheduler's id.
  std::string why;
};
struct FleetNote {
  LogLevel level = LogLevel::info;
  std::string text;
};

struct FleetActions {
  std::vector<FleetSubmission> submissions;
  std::vector<FleetDrain> drains;
  std::vector<FleetCancel> cancels;
  std::vector<FleetNote> notes;  ///< What people should know, in order.
};

/// Where it stands after a step.
struct FleetStanding {
  enum class State { working, paused, blind };
  State state = State::working;
  std::string reason;         ///< Of a pause, or what does not answer since when.
  std::uint64_t pending = 0;  ///< Items that a slot of its workers could be given now.
  std::uint32_t wanted = 0;   ///< Worker jobs that the work needs.
  std::uint32_t queued = 0;   ///< Worker jobs that wait in the scheduler's queue.
  std::uint32_t running = 0;
  std::uint32_t joined = 0;    ///< Of the running ones, whose worker is in the pool.
  std::uint32_t failures = 0;  ///< Failed starts in a row.
};
std::string_view to_string(FleetStanding::State state);

/// "gwageo-NAME-w12", and the worker's own name, "NAME-w12".
std::string job_name(const std::string& fleet, std::uint32_t number);
std::string worker_name(const std::string& fleet, std::uint32_t number);
/// The number in a job's name of that fleet; nothing for any other name.
std::optional<std::uint32_t> number_of_job(const std::string& fleet, const std::string& name);

/// One thread.
class Fleet {
 public:
  explicit Fleet(FleetPolicy policy) : policy_(std::move(policy)) {}

  /// A look at both, at `now`, which never decreases. Without one of them nothing is decided, and
  /// jobs stay as they are. `jobs` are this fleet's, with those that have ended lately.
  FleetActions step(Instant now, const Result<PoolView>& pool,
                    const Result<std::vector<BatchJob>>& jobs);
  /// What came of a submission.
  void submitted(const std::string& job, std::uint32_t number);
  FleetActions refused(Instant now, std::uint32_t number, const std::string& why);

  const FleetStanding& standing() const { return standing_; }

 private:
  // A job of ours that was seen, until the scheduler forgets it.
  struct Track {
    std::uint32_t number = 0;
    bool joined = false;     // Its worker was seen in the pool.
    bool cancelled = false;  // By us.
    bool over = false;
    bool draining = false;  // By us.
    std::optional<Instant> idle_since;
    const FleetWorker* worker = nullptr;  // During a step only.
    BatchState state = BatchState::waiting;
    std::string waits_for;  // As was said last.
  };
  struct Trouble {  // What does not answer.
    std::optional<Instant> since;
    std::string why;
  };
  bool look_at(const char* what, Trouble& trouble, const std::string& why, FleetActions& actions);
  void go_blind();
  void follow(const PoolView& pool, const std::vector<BatchJob>& jobs, FleetActions& actions);
  void follow_one(const BatchJob& job, FleetActions& actions);
  void tell_why_it_waits(Track& track, const BatchJob& job, FleetActions& actions);
  void end(Track& track, const BatchJob& job, FleetActions& actions);
  void fail_start(const std::string& why, FleetActions& actions);
  void succeed(FleetActions& actions);
  void hand_back(FleetActions& actions);
  void drain_or_cancel(const std::string& id, Track& track, bool is_needed, FleetActions& actions);
  void cancel(const std::string& id, Track& track, std::string why, FleetActions& actions);
  void cancel_surplus(FleetActions& actions);
  void submit(const PoolView& pool, FleetActions& actions);
  std::uint32_t may_submit() const;
  std::uint32_t next_number(const PoolView& pool);
  bool is_useful(const Track& track) const;
  void sum_up(const PoolView& pool);

  FleetPolicy policy_;
  Instant now_;
  FleetStanding standing_;
  std::map<std::string, Track> tracks_;  // By the scheduler's id.
  bool has_looked_ = false;
  Trouble pool_trouble_;
  Trouble batch_trouble_;
  std::uint32_t last_number_ = 0;
  std::vector<Instant> recent_;  // Submissions of the last minute.
  std::uint32_t failures_ = 0;
  std::uint32_t pauses_ = 0;  // In a row.
  std::optional<Instant> paused_until_;
  std::string paused_because_;
  std::optional<Instant> surplus_since_;
};

}  // namespace gwageo
