// How each fact changes the state. Private to state.cc and state_apply.cc.
#pragma once

#include "coordinator/state.h"

namespace gwageo {

/// One `on` for each fact. Lives for one `apply`.
struct State::Applier {
  State& state;
  Instant at;

  void on(const Founded& f);
  void on(const CoordinatorStarted& f);
  void on(const PrincipalRegistered& f);
  void on(const PrincipalRotated& f);
  void on(const PrincipalRevoked& f);
  void on(const DayBegan& f);
  void on(const SuiteAdded& f);
  void on(const ModelAdded& f);
  void on(const ModelRetired& f);
  void on(const TargetAdded& f);
  void on(const JobAccepted& f);
  void on(const ItemsAdopted& f);
  void on(const WorkerJoined& f);
  void on(const WorkerDrained& f);
  void on(const LeaseGranted& f);
  void on(const LeaseShrunk& f);
  void on(const ResultsRecorded& f);
  void on(const BatchSigned& f);
  void on(const AttemptFailed& f);
  void on(const LeaseEnded& f);
  void on(const ItemsGivenUp& f);
  void on(const JobCancelled& f);
  void on(const JobFailed& f);
  void on(const Scored& f);
  void on(const VerdictReached& f);
  void on(const TeamSet& f);
  void on(const JobPaused& f);
  void on(const JobPrioritised& f);
  void on(const WorkerQuarantined& f);
  void on(const AnswersDiffered& f);
  void on(const ClaimsImported& f);
  void on(const RosterChanged& f) { state.programme_.apply(f, state.day_); }
  void on(const StageOpened& f);
  void on(const StageClosed& f) { state.programme_.apply(f); }
  void on(const GateDecided& f) { state.programme_.apply(f, state.files_of(f.candidate)); }
  void on(const PointsRecorded& f) { state.programme_.apply(f, state.files_of(f.candidate)); }
  void on(const AuditCommitted& f);
  void on(const AuditDrawn& f);
  void on(const ChecksSet& f) { state.checks_set_ = f; }
  void on(const AnswersChecked& f);
  void on(const AnswersDisowned& f);
  void on(const SlotsCharged&) {}  // As after every fact.
  void on(const Published& f) {
    state.programme_.apply(f, state.verdict_history_.size(), state.scored_);
  }

  /// Teams pay for slots of which nothing comes. What a slot is busy for longer than was expected
  /// of its leases is charged, and again each time that the silence has grown by a quarter.
  void charge_late();

 private:
  Principal& principal(const std::string& name);
  /// One more chunk of the worker that has the lease.
  void count_chunk(const Lease& lease, const ResultsRecorded& f);
  Job& job(JobId id);
  Lease& lease(LeaseId id);
  /// Changes a job through `change` and keeps queue and counts in step with it.
  template <class Change>
  void update(Job& job, Change change);
  /// Tells the ledger whether the team has anything that could run.
  void count_queued(TeamNumber team, const std::string& name, bool one_more);
  void demand(TeamNumber team, const std::string& name);
  /// Of what was charged in advance, gives back the part of items that are no longer in `rest`.
  void take_back(Lease& lease, std::uint64_t size_before);
  /// Of these items those that two leases have, which is over now.
  RangeSet take_doubled(JobId job, const RangeSet& items);
  /// A lease no longer has the items: they are pending, unless another one goes on with them.
  void release(Job& job, const RangeSet& items);
  /// `winner` has answered them: the other leases that have them lose them.
  void take_from_twins(LeaseId winner, JobId job, const RangeSet& items);
  /// Items come back from somewhere else.
  void make_pending(Job& job, const RangeSet& items);
  /// The leases on a slot.
  struct OnSlot {
    Lease* oldest = nullptr;  ///< Probes left out; nullptr: there is none.
    Duration expected;        ///< Of all of them.
    bool is_probed = false;
  };
  OnSlot leases_on(const SlotTime::Slot& slot);
  /// The lease's team pays for its slot until now.
  void charge(const Lease& lease);
  /// The same for so much of its time.
  void charge(const Lease& lease, Duration taken);
  /// The lease was lost with its worker.
  void count_loss(const Lease& lease, const Job& of);
  void close(const Lease& lease);
  /// What becomes of items that others are attached to.
  enum class Fate {
    answered,
    given_up,  ///< Whoever is attached runs them for itself.
    held,      ///< So do other jobs; the job's own attached items go on waiting.
  };
  /// Attached items follow these items of `source`.
  void settle_attached(JobId source, const std::vector<Range>& ranges, Fate fate);
  /// Nobody waits for pending items of a job that is held.
  void release_followers(const Job& held);
  void release_followers_of_spent();
  void end_job(Job& job);
};

}  // namespace gwageo
