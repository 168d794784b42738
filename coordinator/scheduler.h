// Scheduler: the coordinator's decisions. Events in, actions out; time comes with the event, and
// the next deadline leaves as data.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/action.h"
#include "coordinator/event.h"
#include "coordinator/pool.h"
#include "coordinator/state.h"

namespace gwageo {

/// One connected worker life. Volatile: after a restart workers say hello again.
struct Session {
  std::string name;
  std::vector<std::string> engines;
  std::uint32_t credit_items = 1;
  std::vector<SlotReport> slots;
  Instant heard_at;
  Gpus gpus = {};  ///< What the slots are.
};

/// One thread. Holds no clock and does no I/O: the same events give the same actions.
class Scheduler {
 public:
  /// Takes over a recovered state at `now`. Leases live in it are re-armed for one full term.
  Scheduler(State state, Instant now, std::uint64_t coordinator_life);

  /// Handles one event that happened at `now`. REQUIRES: `now` never decreases.
  Actions step(Instant now, const Event& event);

  /// What a start must do before any event: evaluations that a crash cut short.
  Actions resume();

  const State& state() const { return state_; }
  const std::map<WorkerId, Session>& sessions() const { return sessions_; }
  /// Why the class would not load the last time, by the names of the workers that are here.
  std::map<std::string, std::string> load_errors(const Digest& class_key) const;
  /// What waits, what is loaded where, and what is reserved.
  const Pool& pool() const { return pool_; }
  /// Whether the worker is here, neither drained nor quarantined: it gets leases.
  bool serves(WorkerId worker) const {
    const auto known = sessions_.find(worker);
    return known != sessions_.end() && takes_work(worker, known->second);
  }
  /// None where some worker that is here has the engine and the GPUs, whether or not it gets leases
  /// now; else what a job of the model has to wait for, in words (cannot_run.cc).
  std::optional<std::string> cannot_run(const ModelAdded& model) const;
  /// Items out with this worker, over all its slots. Derived from the leases.
  std::uint64_t items_held(WorkerId worker) const;

  /// The durable state's check, and that of what is volatile here.
  void check() const;

 private:
  void on(const HelloReceived& e);
  void on(const HeartbeatReceived& e);
  void on(const ResultsReceived& e);
  void on(const LoadedReceived& e);
  void on(const GiveBackReceived& e);
  void on(const GoodbyeReceived& e);
  void on(const SubmitReceived& e);
  void on(const CancelReceived& e);
  void on(const DrainReceived& e);
  void on(const QuarantineReceived& e);
  void on(const PauseReceived& e);
  void on(const PrioritiseReceived& e);
  void on(const Proposed& e);
  void on(const Evaluated& e);
  void on(const Judged& e);
  void on(const Tick& e);

  /// The only way in which a step changes durable state: decide a fact, apply it, report it.
  void record(Fact fact);
  /// The jobs for whose items this one waits become as urgent as it is.
  void tell_sources(JobId follower);
  void send(WorkerId worker, decltype(Send::what) what);
  Session* heard(WorkerId worker);

  /// Answers instead where there is no such job, or it is over.
  const Job* open_job(ClientToken client, JobId job);

  void arm(LeaseId lease);
  void disarm(LeaseId lease);
  void end_lease(LeaseId lease, LeaseEnd reason);
  void end_leases_of(JobId job);
  void take_over_name(const Hello& hello);
  void forget(WorkerId worker);
  void record_results(const ResultsReceived& e, const Lease& lease);
  /// Settles items of `ranges` that have used up their tries.
  void give_up(JobId job, const std::vector<Range>& ranges, Outcome outcome);
  void finish_if_settled(JobId job);
  void expire();
  void split_slow_leases();

  /// Whether the worker gets leases at all: it is neither drained nor quarantined.
  bool takes_work(WorkerId worker, const Session& session) const;
  /// Whether a pending item could get a lease, if there were a slot for it.
  bool has_work() const;
  void grant();
  bool top_up(WorkerId worker);
  std::uint64_t items_of_a_frame(const Job& job) const;
  /// At most `most` of the assignment's items.
  void grant_lease(const Assignment& assignment, std::uint64_t most);

  State state_;
  Instant now_;
  std::uint64_t life_;
  Actions actions_;

  std::map<WorkerId, Session> sessions_;
  std::map<LeaseId, Instant> deadlines_;
  std::set<std::pair<Instant, LeaseId>> by_deadline_;  ///< The same, by time.
  std::set<WorkerId> hungry_;  ///< Whom grant() should look at; others had no use for a lease.
  Pool pool_;                  ///< Of the workers in `sessions_`.
};

}  // namespace gwageo
