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
#include "coordinator/cross_checks.h"
#include "coordinator/event.h"
#include "coordinator/holding.h"
#include "coordinator/pool.h"
#include "coordinator/reruns.h"
#include "coordinator/session.h"
#include "coordinator/state.h"
#include "coordinator/suspicion.h"

namespace gwageo {

/// One thread. Holds no clock and does no I/O: the same events give the same actions.
class Scheduler {
 public:
  /// Takes over a recovered state at `now`. Leases live in it are re-armed for one full term.
  Scheduler(State state, Instant now, std::uint64_t coordinator_life);

  /// Handles one event that happened at `now`. REQUIRES: `now` never decreases.
  Actions step(Instant now, const Event& event);

  /// Those results are on record, in the record of this leaf hash: it says what is checked of them.
  void sealed(const ResultsRecorded& results, const Digest& leaf);
  /// At a start: an earlier life drew the item, and asked nobody. Its job is known.
  void resume_check(CheckItem item);
  /// Whether answers of the job are compared by more than their leaves (ItemOutcome::answer).
  bool compares_answers(const Job& job) const;

  /// What a start must do before any event: evaluations that a crash cut short.
  Actions resume();

  const State& state() const { return state_; }
  const std::map<WorkerId, Session>& sessions() const { return sessions_; }
  /// Why the class would not load the last time, by the names of the workers that are here.
  std::map<std::string, std::string> load_errors(const Digest& class_key) const;
  /// When the newest event happened.
  Instant now() const { return now_; }
  /// What waits, what is loaded where, and what is reserved.
  const Pool& pool() const { return pool_; }
  /// For how long results of the worker are on record that it has not signed.
  Duration unsigned_for(WorkerId worker) const;
  /// What went wrong with workers lately.
  const Suspicion& suspicion() const { return suspicion_; }
  /// Whether the worker is here and gets leases.
  bool serves(WorkerId worker) const;
  /// None where some worker that is here has the engine and the GPUs, whether or not it gets leases
  /// now; else what a job of the model has to wait for, in words (cannot_run.cc).
  std::optional<std::string> cannot_run(const ModelAdded& model) const;
  /// The team, or the first group that it is in, whose limit is below so many GPUs.
  std::optional<std::string> limit_below(const std::string& team, std::uint32_t gpus) const;
  /// None where the job of the team can run on what is here; else what it waits for, in words.
  std::optional<std::string> cannot_run(const ModelAdded& model, const std::string& team) const;
  /// Items out with this worker, over all its slots. Derived from the leases.
  std::uint64_t items_held(WorkerId worker) const;

  /// The durable state's check, and that of what is volatile here.
  void check() const;

 private:
  void on(const HelloReceived& e);
  void on(const HeartbeatReceived& e);
  void on(const ResultsReceived& e);
  void on(const BatchReceived& e);
  void on(const LoadedReceived& e);
  void on(const GiveBackReceived& e);
  void on(const GoodbyeReceived& e);
  void on(const SubmitReceived& e);
  void on(const CancelReceived& e);
  void on(const DrainReceived& e);
  void on(const QuarantineReceived& e);
  void on(const PauseReceived& e);
  void on(const AskingFailed& e);
  void on(const PrioritiseReceived& e);
  void on(const Proposed& e);
  void on(const Evaluated& e);
  void on(const Judged& e);
  void on(const Tick& e);

  /// The only way to change durable state: decide a fact, apply it, report it.
  void record(Fact fact);
  /// The jobs for whose items this one waits become as urgent as it is.
  void tell_sources(JobId follower);
  void send(WorkerId worker, decltype(Send::what) what);
  Session* heard(WorkerId worker);

  /// Leases and sessions of whoever works with the principal's key, which has ended.
  void end_work_of(const std::string& principal);
  void end_what_is_disowned(const AnswersDisowned& disowned);
  /// What to say where teams are guaranteed more than all workers that are here have; else nothing.
  std::string promised_beyond_pool() const;
  /// Answers instead where there is no such job, or it is over.
  const Job* open_job(ClientToken client, JobId job);

  void arm(LeaseId lease);
  void disarm(LeaseId lease);
  void end_lease(LeaseId lease, LeaseEnd reason);
  void end_leases_of(JobId job);
  void break_off_loads(JobId job);
  void take_over_name(const Hello& hello);
  void forget(WorkerId worker);
  /// Returns the plan indexes that are on record now.
  std::vector<Range> record_results(const ResultsReceived& e, const Lease& lease);
  /// Those of what was handed in that were recorded before, and are not signed.
  std::vector<Range> unsigned_of(const ResultsReceived& e) const;
  /// Settles items of `ranges` that have used up their tries.
  void give_up(JobId job, const std::vector<Range>& ranges, Outcome outcome);
  void finish_if_settled(JobId job);
  void expire();
  void rerun();
  void begin_audit(std::uint64_t number);
  void set_wake();
  // ---- stragglers, and who does not make room (overdue_leases.cc) ----

  void tend_stragglers();
  void take_from_overdue();
  /// Those of which nothing more is queued, the latest first.
  std::vector<Holding> last_holdings() const;
  bool has_stopped(const Holding& holding) const;
  bool split(const Holding& late, const Pool::IdleSlot& idle);
  bool copy(const Holding& stopped, const Pool::IdleSlot& idle);
  /// Tells the workers whose leases lost these items to the winner's answers.
  struct Twin {
    LeaseId lease;
    WorkerId worker;
    std::vector<Range> items;
  };
  std::vector<Twin> twins_of(LeaseId winner, JobId job, const RangeSet& answered) const;
  void dismiss(const std::vector<Twin>& twins);

  // ---- probes and isolation ----

  const std::string& name_of(WorkerId worker) const;  ///< REQUIRES: it joined, in whatever life.
  /// What the worker is asked before it gets anything else; none for one that nobody suspects or
  /// that nothing is known for.
  std::optional<Suspicion::KnownAnswer> probe_for(WorkerId worker) const;
  bool is_probed(WorkerId worker) const;
  void probe(WorkerId worker, std::uint32_t slot, const Suspicion::KnownAnswer& known);
  void judge_probe(const ResultsReceived& e);
  void fail_probe(WorkerId worker);
  void quarantine(WorkerId worker, const std::string& found);
  void judge_by_key(const std::string& name, const std::string& key);  ///< By others who have it.
  void remember_answer(const LeaseGranted& granted, const ItemOutcome& item);
  void remember_race(const Twin& twin, JobId job, LeaseId winner,
                     const std::vector<ItemOutcome>& answers);
  void compare_late(const ResultsReceived& e);
  void isolate_if_poison(const Digest& class_key);

  // ---- checks of workers against one another (checking.cc) ----

  void await_checks(const LeaseGranted& granted, const RangeSet& done, const ResultsReceived& e);
  /// Lends items to be checked to a slot that has room for `most` more.
  bool check_on(WorkerId worker, std::uint32_t slot, std::uint64_t held, std::uint64_t most);
  std::optional<Digest> class_on(WorkerId worker, std::uint32_t slot, std::uint64_t held) const;
  void judge_checks(const ResultsReceived& e);
  /// The lease ended with these not answered: somebody else may be asked.
  void put_back_checks(LeaseId lease);
  void convict_by(const CheckedItem& item, const LeaseGranted& granted, bool is_exact);

  /// It was heard lately, is neither drained nor quarantined, and signs what is recorded of it.
  bool takes_work(WorkerId worker, const Session& session) const;
  void grant();
  bool top_up(WorkerId worker);
  std::uint64_t items_of_a_frame(const Job& job) const;
  std::uint64_t share_of(const Assignment& assignment) const;  ///< Items at most, at least one.
  void grant_lease(const Assignment& assignment, std::uint64_t most);  ///< So many at most.

  State state_;
  Instant now_;
  std::uint64_t life_;
  Actions actions_;

  std::map<WorkerId, Session> sessions_;
  std::map<LeaseId, Instant> deadlines_;
  std::set<std::pair<Instant, LeaseId>> by_deadline_;  ///< The same, by time.
  std::set<WorkerId> hungry_;  ///< Whom grant() should look at; others had no use for a lease.
  Pool pool_;                  ///< Of the workers in `sessions_`.
  Reruns reruns_;              ///< Of what the targets lack.
  Suspicion suspicion_;
  std::map<LeaseId, Suspicion::KnownAnswer> probes_;  ///< What live probes are compared with.
  CrossChecks checks_;
  std::map<LeaseId, std::map<std::uint64_t, CheckItem>> checked_;  ///< By lease of checks.
  /// Items that a lease lost to another one's answer: what it answers late must be the same.
  std::map<std::pair<LeaseId, std::uint64_t>, Suspicion::KnownAnswer> raced_;
  Instant began_;      ///< This life of the coordinator.
  Instant looked_at_;  ///< When stragglers were last looked for.
  std::map<std::pair<WorkerId, std::uint32_t>, Instant> split_at_;  ///< Slots, lately.
};

}  // namespace gwageo
