#include "coordinator/state_apply.h"

#include <algorithm>

#include "coordinator/planted_bug.h"
#include "protocol/check.h"

namespace gwageo {

Job& State::Applier::job(JobId id) {
  const auto it = state.jobs_.find(id);
  GWAGEO_CHECK(it != state.jobs_.end());
  return it->second;
}

Lease& State::Applier::lease(LeaseId id) {
  const auto it = state.leases_.find(id);
  GWAGEO_CHECK(it != state.leases_.end());
  return it->second;
}

template <class Change>
void State::Applier::update(Job& job, Change change) {
  const std::pair<std::int32_t, JobId> place{-job.accepted.priority, job.accepted.job};
  const bool queued = !job.pending.empty();
  const bool open = job.open();
  change();
  if (queued && job.pending.empty()) state.queue_.erase(place);
  if (!queued && !job.pending.empty()) state.queue_.insert(place);
  if (open && !job.open()) --state.open_jobs_;
}

void State::Applier::close(const Lease& lease) {
  const LeaseGranted granted = lease.granted;
  const auto by_worker = state.leases_by_worker_.find(granted.worker);
  by_worker->second.erase(granted.lease);
  if (by_worker->second.empty()) state.leases_by_worker_.erase(by_worker);
  const auto by_job = state.leases_by_job_.find(granted.job);
  by_job->second.erase(granted.lease);
  if (by_job->second.empty()) state.leases_by_job_.erase(by_job);
  state.leases_.erase(granted.lease);
}

void State::Applier::settle_attached(JobId source, const std::vector<Range>& ranges,
                                     bool answered) {
  const auto found = state.attached_.find(source);
  if (found == state.attached_.end()) return;
  for (const auto& [id, adoption] : found->second) {
    const std::uint64_t source_end = adoption.source_begin + (adoption.end - adoption.begin);
    for (const Range& range : ranges) {
      const std::uint64_t begin = std::max(range.begin, adoption.source_begin);
      const std::uint64_t end = std::min(range.end, source_end);
      if (begin >= end) continue;
      const std::uint64_t shift =
          adoption.begin - adoption.source_begin;  // Wraps; so does the sum.
      Job& follower = job(id);
      const RangeSet moved = follower.waiting.intersection({begin + shift, end + shift});
      update(follower, [&] {
        follower.waiting.remove(moved);
        (answered ? follower.done : follower.pending).add(moved);
      });
    }
  }
}

void State::Applier::end_job(Job& ended) {
  const JobId id = ended.accepted.job;
  update(ended, [&] {
    ended.pending = {};
    ended.waiting = {};
    ended.tries.clear();
  });
  // Whoever waited for an item that will not come runs it for itself.
  settle_attached(id, {Range{0, ended.accepted.items}}, false);
}

void State::Applier::on(const Founded& f) { state.founded_ = f; }
void State::Applier::on(const CoordinatorStarted&) {
  if (!planted(PlantedBug::lease_counter_not_persisted)) return;
  state.last_lease_ = state.leases_.empty() ? 0 : state.leases_.rbegin()->first.value;
}
void State::Applier::on(const PrincipalRegistered& f) { state.principals_[f.name] = f; }
void State::Applier::on(const DayBegan& f) { state.day_ = f.date; }
void State::Applier::on(const SuiteAdded& f) { state.suites_[f.name].push_back(f); }

void State::Applier::on(const ModelAdded& f) {
  state.models_[f.name].push_back(f);
  state.retired_.erase(f.name);
}

void State::Applier::on(const ModelRetired& f) { state.retired_[f.name] = state.day_; }
void State::Applier::on(const TargetAdded& f) { state.targets_[f.name].push_back(f); }

void State::Applier::on(const JobAccepted& f) {
  GWAGEO_CHECK(f.job.value == state.last_job_ + 1);
  GWAGEO_CHECK(f.items > 0);
  state.last_job_ = f.job.value;
  Job& added = state.jobs_[f.job];
  added.accepted = f;
  ++state.open_jobs_;
  update(added, [&] { added.pending.add({0, f.items}); });
  if (!f.request.empty()) state.jobs_by_request_[f.request] = f.job;
}

void State::Applier::on(const ItemsAdopted& f) {
  Job& adopter = job(f.job);
  for (const Adoption& adoption : f.adoptions) {
    const Range range{adoption.begin, adoption.end};
    GWAGEO_CHECK(adopter.pending.covers(range));
    if (!adoption.stored) state.attached_[adoption.source].emplace_back(f.job, adoption);
    adopter.adoptions.push_back(adoption);
    update(adopter, [&] {
      adopter.pending.remove(range);
      (adoption.stored ? adopter.done : adopter.waiting).add(range);
    });
  }
}

void State::Applier::on(const WorkerJoined& f) {
  state.workers_[f.worker].joined = f;
  state.workers_by_name_[f.name] = f.worker;
}

void State::Applier::on(const WorkerDrained& f) { state.workers_[f.worker].draining = f.draining; }

void State::Applier::on(const LeaseGranted& f) {
  if (!planted(PlantedBug::lease_counter_not_persisted)) {
    GWAGEO_CHECK(f.lease.value == state.last_lease_ + 1);
  }
  state.last_lease_ = f.lease.value;
  Job& leased = job(f.job);
  Lease& granted = state.leases_[f.lease];
  granted.granted = f;
  granted.granted_at = at;
  granted.progressed_at = at;
  for (const Range& range : f.ranges) {
    if (!f.copy) GWAGEO_CHECK(leased.pending.covers(range));
    granted.rest.add(range);
  }
  if (!f.copy) update(leased, [&] { leased.pending.remove(granted.rest); });
  state.leases_by_worker_[f.worker].insert(f.lease);
  state.leases_by_job_[f.job].insert(f.lease);
}

void State::Applier::on(const LeaseShrunk& f) {
  Lease& shrunk = lease(f.lease);
  Job& of = job(shrunk.granted.job);
  for (const Range& range : f.removed) {
    GWAGEO_CHECK(shrunk.rest.covers(range));
    shrunk.rest.remove(range);
    update(of, [&] { of.pending.add(range); });
  }
  GWAGEO_CHECK(!shrunk.rest.empty());
}

void State::Applier::on(const ResultsRecorded& f) {
  Job& of = job(f.job);
  const auto found = state.leases_.find(f.lease);
  const bool lawful = found != state.leases_.end();
  GWAGEO_CHECK(lawful || planted(PlantedBug::no_lease_check) ||
               planted(PlantedBug::duplicate_counted_twice));
  for (const Range& range : f.ranges) {
    const bool held = lawful && found->second.rest.covers(range);
    GWAGEO_CHECK(held || planted(PlantedBug::no_lease_check) ||
                 planted(PlantedBug::duplicate_counted_twice) ||
                 planted(PlantedBug::split_share_counted));
    if (lawful) found->second.rest.remove(range);
    update(of, [&] {
      of.done.add(range);
      of.executed.add(range);
      of.tries.erase(of.tries.lower_bound(range.begin), of.tries.lower_bound(range.end));
    });
  }
  for (std::size_t i = 0; i < outcome_count; ++i) of.recorded[i] += f.outcomes[i];
  of.load_failures = 0;
  settle_attached(f.job, f.ranges, true);
  if (!lawful) return;
  found->second.progressed_at = at;
  if (found->second.rest.empty()) close(found->second);
}

void State::Applier::on(const AttemptFailed& f) {
  Lease& failed = lease(f.lease);
  Job& of = job(f.job);
  for (const Range& range : f.ranges) {
    GWAGEO_CHECK(failed.rest.covers(range));
    failed.rest.remove(range);
    for (std::uint64_t i = range.begin; i < range.end; ++i) ++of.tries[i].engine;
    update(of, [&] { of.pending.add(range); });
  }
  if (failed.rest.empty()) close(failed);
}

void State::Applier::on(const LeaseEnded& f) {
  Lease& ended = lease(f.lease);
  Job& of = job(ended.granted.job);
  const bool lost = f.reason == LeaseEnd::expired || f.reason == LeaseEnd::worker_gone;
  if (f.reason == LeaseEnd::load_failed) ++of.load_failures;
  if (of.open() && !ended.granted.copy) {
    for (const Range& range : ended.rest.ranges()) {
      for (std::uint64_t i = range.begin; lost && i < range.end; ++i) ++of.tries[i].lost;
      update(of, [&] { of.pending.add(range); });
    }
  }
  close(ended);
}

void State::Applier::on(const ItemsGivenUp& f) {
  Job& of = job(f.job);
  for (const Range& range : f.ranges) {
    GWAGEO_CHECK(of.pending.covers(range));
    update(of, [&] {
      of.pending.remove(range);
      of.given_up[f.outcome].add(range);
      of.tries.erase(of.tries.lower_bound(range.begin), of.tries.lower_bound(range.end));
    });
  }
  settle_attached(f.job, f.ranges, false);
}

void State::Applier::on(const JobCancelled& f) {
  Job& of = job(f.job);
  GWAGEO_CHECK(of.open());
  update(of, [&] {
    of.cancelled = true;
    of.reason = f.principal;
  });
  end_job(of);
}

void State::Applier::on(const JobFailed& f) {
  Job& of = job(f.job);
  GWAGEO_CHECK(of.open());
  update(of, [&] {
    of.failed = true;
    of.reason = f.reason;
  });
  end_job(of);
}

void State::Applier::on(const Scored& f) { job(f.job).scored = f; }

void State::Applier::on(const VerdictReached& f) {
  state.verdicts_[{f.target, f.candidate}] = f;
  state.verdict_history_.push_back(f);
}

}  // namespace gwageo
