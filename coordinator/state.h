// State: everything that the coordinator knows for good. It is the fold of the journal's facts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/audits.h"
#include "coordinator/checks.h"
#include "coordinator/fact.h"
#include "coordinator/job.h"
#include "coordinator/ledger.h"
#include "coordinator/principal.h"
#include "coordinator/programme.h"
#include "coordinator/slot_time.h"
#include "coordinator/team_tree.h"
#include "protocol/ids.h"
#include "protocol/ranges.h"
#include "protocol/time.h"

namespace gwageo {

/// When a model was withdrawn, and why.
struct Retirement {
  std::string date;    ///< The day that had begun then.
  std::string reason;  ///< Empty in journals of before.
  friend bool operator==(const Retirement&, const Retirement&) = default;
};

/// A value; one thread. `apply` is the only writer of durable state, live and at recovery. Reading
/// is free for the owner's thread.
class State {
 public:
  /// REQUIRES: the fact was decided by a Scheduler on this very state, or was recovered in order.
  /// A fact that contradicts the state is a bug, or a journal that was not verified: it aborts.
  void apply(Instant at, const Fact& fact);

  /// Recomputes every derived member and compares; a difference is a bug. Costs O(everything).
  void check() const;

  const std::map<JobId, Job>& jobs() const { return jobs_; }
  const std::map<LeaseId, Lease>& leases() const { return leases_; }
  const std::map<WorkerId, WorkerLife>& workers() const { return workers_; }
  /// The principals that workers have come as.
  const std::set<std::string>& worker_keys() const { return worker_keys_; }
  const std::map<std::string, Principal>& principals() const { return principals_; }
  /// Grows with every fact about a principal.
  std::uint64_t principal_changes() const { return principal_changes_; }
  /// Newest version last.
  const std::map<std::string, std::vector<SuiteAdded>>& suites() const { return suites_; }
  const std::map<std::string, std::vector<ModelAdded>>& models() const { return models_; }
  const std::map<std::string, std::vector<TargetAdded>>& targets() const { return targets_; }
  /// Imports of each leaderboard, oldest first.
  const std::map<std::string, std::vector<ClaimsImported>>& boards() const { return boards_; }
  /// By name; without models that were added again.
  const std::map<std::string, Retirement>& retired() const { return retired_; }
  /// The latest verdict of each (target, candidate).
  const std::map<std::pair<std::string, std::string>, VerdictReached>& verdicts() const {
    return verdicts_;
  }
  /// Every verdict, oldest first.
  const std::vector<VerdictReached>& verdict_history() const { return verdict_history_; }
  /// Scorecards so far, of all jobs.
  std::uint64_t scored_count() const { return scored_; }
  const std::map<std::string, TeamSet>& teams() const { return teams_.settings(); }
  /// With what the teams use.
  const TeamTree& team_tree() const { return teams_; }
  /// Workers that get no lease, by name.
  const std::map<std::string, WorkerQuarantined>& quarantine() const { return quarantine_; }
  /// Samples of jobs that are run again.
  const Audits& audits() const { return audits_; }
  /// How many items lead to checks, and what checks have found of workers, by name.
  const ChecksSet& checks_set() const { return checks_set_; }
  const Checks& checks() const { return checks_; }
  /// Rosters, stages, decisions.
  const Programme& programme() const { return programme_; }
  const Founded& founded() const { return founded_; }
  /// Facts so far: the sequence number of the next record.
  std::uint64_t records() const { return records_; }
  const std::string& day() const { return day_; }

  const Job* job(JobId id) const;
  const Lease* lease(LeaseId id) const;
  /// The newest version, or nullptr; of a retired model too.
  const ModelAdded* model(const std::string& name) const;
  /// The digest of its newest version; zero where there is no such model.
  Digest files_of(const std::string& model) const;
  const SuiteAdded* suite(const std::string& name, std::optional<std::uint32_t> version) const;
  /// A version as a round of it was rendered, or nullptr; of round 0 the version itself.
  const SuiteAdded* round_of(const std::string& name, std::uint32_t version,
                             std::uint32_t round) const;
  /// Whose plan a job is on. REQUIRES: the job was accepted, or is about to be.
  const SuiteAdded& plan_of(const JobAccepted& job) const;
  /// The job that this client request id started, or none.
  JobId job_of_request(const std::string& request) const;
  /// The newest life that joined under this name, or none.
  WorkerId worker_named(const std::string& name) const;
  /// Whether the name of that life is still its key's. REQUIRES: it joined.
  bool has_its_name(WorkerId worker) const;
  /// Of the class, since its last answer.
  const Losses& losses(const Digest& class_key) const;
  /// Ascending; empty for a worker or job without leases.
  const std::set<LeaseId>& leases_of(WorkerId worker) const;
  const std::set<LeaseId>& leases_of(JobId job) const;
  /// Items of the job that are out to a worker, probes left out.
  RangeSet leased(JobId job) const;
  /// Those that are under two leases: the second is marked a copy.
  const RangeSet& doubled(JobId job) const;
  /// Jobs of which some item waits, or waited, for an item of `source`. Ascending, each once.
  std::vector<JobId> followers_of(JobId source) const;
  /// How long slots were busy for the team and everything below it, as far as it is charged
  /// (slot_time.h), times the GPUs of the slot.
  Duration gpu_time(const std::string& team) const { return teams_.use(team).gpu_time; }
  /// Whether the team, or a group that it is in, has used up its GPU-hours: it gets no lease.
  bool spent(const std::string& team) const { return teams_.spent(team) != nullptr; }
  /// Whether the job's pending items get no lease until somebody decides so: it is paused, or its
  /// team's hours are used up. No other job's items wait for them meanwhile.
  bool held(const Job& job) const { return job.paused || spent(job.accepted.team); }
  /// What each team was served, against its share.
  const Ledger& ledger() const { return ledger_; }
  /// Jobs whose items or place in the queue the last fact may have changed; some maybe twice.
  const std::vector<JobId>& touched() const { return touched_.jobs; }
  /// Slots that were charged with the last fact though nothing has come of them.
  const std::vector<SlotTime::Slot>& late() const { return touched_.late; }
  /// Slots that are busy now.
  const SlotTime& slot_time() const { return slot_time_; }
  /// Jobs with pending items that are not paused: highest priority first, then oldest.
  const std::set<std::pair<std::int32_t, JobId>>& queue() const { return queue_; }
  std::uint64_t open_job_count() const { return open_jobs_; }

  JobId next_job() const { return {last_job_ + 1}; }
  LeaseId next_lease() const { return {last_lease_ + 1}; }

  friend bool operator==(const State&, const State&) = default;

 private:
  struct Applier;
  void check_ledger() const;

  std::map<JobId, Job> jobs_;
  std::map<LeaseId, Lease> leases_;
  std::map<WorkerId, WorkerLife> workers_;
  std::map<std::string, Principal> principals_;
  std::uint64_t principal_changes_ = 0;
  std::map<std::string, std::vector<SuiteAdded>> suites_;
  /// Rounds after the first of a suite's version, from 1.
  std::map<std::pair<std::string, std::uint32_t>, std::vector<SuiteAdded>> rounds_;
  std::map<std::string, std::vector<ModelAdded>> models_;
  std::map<std::string, std::vector<TargetAdded>> targets_;
  std::map<std::string, std::vector<ClaimsImported>> boards_;
  std::map<std::string, Retirement> retired_;
  Programme programme_;
  Audits audits_;
  ChecksSet checks_set_;
  Checks checks_;
  std::map<std::pair<std::string, std::string>, VerdictReached> verdicts_;
  std::vector<VerdictReached> verdict_history_;
  std::uint64_t scored_ = 0;  ///< Scorecards so far.
  std::map<std::string, WorkerQuarantined> quarantine_;
  std::map<Digest, Losses> losses_;  ///< By class key.
  TeamTree teams_;                   ///< Settings, and GPU time; the rest of the uses is derived.
  SlotTime slot_time_;
  Ledger ledger_;
  Instant last_at_;            ///< Of the last fact.
  std::uint64_t records_ = 0;  ///< Facts so far.
  Founded founded_;
  std::string day_;
  std::uint64_t last_job_ = 0;
  std::uint64_t last_lease_ = 0;

  // Says something about the last fact only, so equal states may differ in it.
  struct Touched {
    std::vector<JobId> jobs;
    std::vector<SlotTime::Slot> late;
    friend bool operator==(const Touched&, const Touched&) { return true; }
  };
  Touched touched_;

  // Derived; check() recomputes them.
  std::map<std::string, JobId> jobs_by_request_;
  std::map<std::string, WorkerId> workers_by_name_;
  std::set<std::string> worker_keys_;
  std::map<WorkerId, std::set<LeaseId>> leases_by_worker_;
  std::map<JobId, std::set<LeaseId>> leases_by_job_;
  std::map<JobId, RangeSet> doubled_;
  std::set<std::pair<std::int32_t, JobId>> queue_;
  std::map<TeamNumber, std::uint64_t> queued_;  ///< Jobs in the queue, by team.
  /// Leases of a team on the block of a slot: while there is one the team holds its GPUs.
  std::map<std::pair<SlotTime::Slot, TeamNumber>, std::uint32_t> held_slots_;
  /// Attached adoptions by their source: what becomes done or pending with the source's items.
  std::map<JobId, std::vector<std::pair<JobId, Adoption>>> attached_;
  std::uint64_t open_jobs_ = 0;
};

}  // namespace gwageo
