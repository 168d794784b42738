#include "coordinator/state_apply.h"

#include <algorithm>

#include "coordinator/boards.h"
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
  const std::pair<std::int32_t, JobId> place{-job.priority, job.accepted.job};
  const bool queued = job.queued();
  const bool open = job.open();
  const std::uint64_t unsettled = job.unsettled();
  change();
  const std::pair<std::int32_t, JobId> new_place{-job.priority, job.accepted.job};
  const bool moved = queued != job.queued() || place != new_place;
  if (moved && queued) state.queue_.erase(place);
  if (moved && job.queued()) state.queue_.insert(new_place);
  state.touched_.jobs.push_back(job.accepted.job);
  if (queued != job.queued()) count_queued(job.team, job.accepted.team, job.queued());
  const bool ended = open && !job.open();
  if (ended) --state.open_jobs_;
  const std::uint64_t left = job.unsettled();
  if (!ended && left == unsettled) return;
  const std::int64_t settled = static_cast<std::int64_t>(unsettled - left);
  state.teams_.add(job.accepted.team, {ended ? -1 : 0, -settled, {}});
}

void State::Applier::count_queued(TeamNumber team, const std::string& name, bool one_more) {
  state.queued_[team] += one_more ? 1 : ~std::uint64_t{0};
  demand(team, name);
}

void State::Applier::demand(TeamNumber team, const std::string& name) {
  const auto queued = state.queued_.find(team);
  const bool has_work = queued != state.queued_.end() && queued->second > 0;
  state.ledger_.demand(at, team, has_work && !state.spent(name));
}

RangeSet State::Applier::take_doubled(JobId job, const RangeSet& items) {
  const auto doubled = state.doubled_.find(job);
  if (doubled == state.doubled_.end()) return {};
  RangeSet both;
  for (const Range& range : items.ranges()) both.add(doubled->second.intersection(range));
  doubled->second.remove(both);
  if (doubled->second.empty()) state.doubled_.erase(doubled);
  return both;
}

void State::Applier::release(Job& job, const RangeSet& items) {
  RangeSet free = items;
  free.remove(take_doubled(job.accepted.job, items));
  if (job.open() && !free.empty()) make_pending(job, free);
}

void State::Applier::take_from_twins(LeaseId winner, JobId job, const RangeSet& items) {
  const std::set<LeaseId> leases = state.leases_of(job);
  for (const LeaseId id : leases) {
    Lease& twin = lease(id);
    if (id == winner || !twin.rest.intersects(items)) continue;
    const std::uint64_t before = twin.rest.size();
    twin.rest.remove(items);
    charge(twin);
    take_back(twin, before);
    if (twin.rest.empty()) close(twin);
  }
}

void State::Applier::make_pending(Job& job, const RangeSet& items) {
  update(job, [&] { job.pending.add(items); });
  if (state.held(job)) settle_attached(job.accepted.job, items.ranges(), Fate::held);
}

void State::Applier::count_loss(const Lease& lease, const Job& of) {
  Losses& losses = state.losses_[of.accepted.class_key];
  const WorkerId worker = lease.granted.worker;
  const bool is_counted =
      std::find(losses.workers.begin(), losses.workers.end(), worker) != losses.workers.end();
  // Workers that were lost together, as when a rack goes dark, say nothing of what they ran.
  const bool is_later = losses.workers.empty() || lease.granted_at >= losses.last;
  if (is_counted || !is_later) return;
  losses.workers.push_back(worker);
  losses.last = at;
}

void State::Applier::close(const Lease& lease) {
  const LeaseGranted granted = lease.granted;
  const SlotTime::Slot slot{granted.worker, granted.slot};
  state.slot_time_.end(slot);
  const Job& of = job(granted.job);
  const TeamNumber team = of.team;
  state.ledger_.charge(at, team, -(lease.expected * of.accepted.gpus).microseconds);
  const auto held = state.held_slots_.find({slot, team});
  if (--held->second == 0) {
    state.held_slots_.erase(held);
    state.ledger_.hold(team, -std::int64_t{of.accepted.gpus});
  }
  const auto by_worker = state.leases_by_worker_.find(granted.worker);
  by_worker->second.erase(granted.lease);
  if (by_worker->second.empty()) state.leases_by_worker_.erase(by_worker);
  const auto by_job = state.leases_by_job_.find(granted.job);
  by_job->second.erase(granted.lease);
  if (by_job->second.empty()) state.leases_by_job_.erase(by_job);
  state.leases_.erase(granted.lease);
}

void State::Applier::settle_attached(JobId source, const std::vector<Range>& ranges, Fate fate) {
  const auto found = state.attached_.find(source);
  if (found == state.attached_.end()) return;
  for (const auto& [id, adoption] : found->second) {
    if (fate == Fate::held && id == source) continue;
    const std::uint64_t source_end = adoption.source_begin + (adoption.end - adoption.begin);
    for (const Range& range : ranges) {
      const std::uint64_t begin = std::max(range.begin, adoption.source_begin);
      const std::uint64_t end = std::min(range.end, source_end);
      if (begin >= end) continue;
      const std::uint64_t shift =
          adoption.begin - adoption.source_begin;  // Wraps; so does the sum.
      Job& follower = job(id);
      const RangeSet moved = follower.waiting.intersection({begin + shift, end + shift});
      if (moved.empty()) continue;
      update(follower, [&] {
        follower.waiting.remove(moved);
        (fate == Fate::answered ? follower.done : follower.pending).add(moved);
      });
      // A follower is younger than what it follows, so this ends.
      const bool goes_on = fate != Fate::answered && id != source && state.held(follower);
      if (goes_on) settle_attached(id, moved.ranges(), Fate::held);
    }
  }
}

void State::Applier::release_followers(const Job& held) {
  settle_attached(held.accepted.job, held.pending.ranges(), Fate::held);
}

void State::Applier::release_followers_of_spent() {
  for (const auto& [source, followers] : state.attached_) {
    const Job& held = job(source);
    if (state.spent(held.accepted.team)) release_followers(held);
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
  settle_attached(id, {Range{0, ended.accepted.items}}, Fate::given_up);
}

void State::Applier::on(const Founded& f) { state.founded_ = f; }
void State::Applier::on(const CoordinatorStarted&) {
  if (planted(PlantedBug::shares_reset_at_restart)) {
    for (const auto& [team, use] : state.teams_.own_uses()) {
      state.teams_.add(team, {0, 0, Duration{} - use.gpu_time});
    }
  }
  if (!planted(PlantedBug::lease_counter_not_persisted)) return;
  state.last_lease_ = state.leases_.empty() ? 0 : state.leases_.rbegin()->first.value;
}
void State::Applier::on(const DayBegan& f) { state.day_ = f.date; }
void State::Applier::on(const SuiteAdded& f) {
  if (f.round == 0) {
    state.suites_[f.name].push_back(f);
    return;
  }
  std::vector<SuiteAdded>& rounds = state.rounds_[{f.name, f.version}];
  GWAGEO_CHECK(f.round == rounds.size() + 1);
  rounds.push_back(f);
}

void State::Applier::on(const AuditCommitted& f) {
  GWAGEO_CHECK(f.audit == state.audits_.size() + 1);
  state.audits_[f.audit] = {f, state.records_ + 1, std::nullopt};
}

void State::Applier::on(const AuditDrawn& f) {
  const auto audit = state.audits_.find(f.audit);
  GWAGEO_CHECK(audit != state.audits_.end() && !audit->second.drawn);
  audit->second.drawn = f;
}

void State::Applier::on(const ModelAdded& f) {
  state.models_[f.name].push_back(f);
  state.retired_.erase(f.name);
}

void State::Applier::on(const ModelRetired& f) { state.retired_[f.name] = {state.day_, f.reason}; }
void State::Applier::on(const TargetAdded& f) { state.targets_[f.name].push_back(f); }

void State::Applier::on(const ClaimsImported& f) {
  std::vector<ClaimsImported>& imports = state.boards_[f.board];
  const ClaimsImported* const before = newest_import(imports, f.release);
  GWAGEO_CHECK(f.version == (before == nullptr ? 1 : before->version + 1));
  imports.push_back(f);
}

void State::Applier::on(const JobAccepted& f) {
  GWAGEO_CHECK(f.job.value == state.last_job_ + 1);
  GWAGEO_CHECK(f.items > 0);
  state.last_job_ = f.job.value;
  Job& added = state.jobs_[f.job];
  added.accepted = f;
  added.accepted_at = at;
  added.priority = f.priority;
  added.team = state.ledger_.team(f.team);
  ++state.open_jobs_;
  state.teams_.add(f.team, {1, static_cast<std::int64_t>(f.items), {}});
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
  // What was found of a name's answers was found of whoever had it.
  const auto before = state.workers_by_name_.find(f.name);
  const bool is_passed_on = before != state.workers_by_name_.end() &&
                            state.workers_[before->second].joined.principal != f.principal;
  if (is_passed_on && state.checks_.contains(f.name)) state.checks_[f.name] = {};
  state.workers_[f.worker].joined = f;
  state.workers_by_name_[f.name] = f.worker;
  state.worker_keys_.insert(f.principal);
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
  for (const Range& range : f.ranges) granted.rest.add(range);
  if (f.probe) {
    GWAGEO_CHECK(leased.executed.covers(granted.rest));
  } else if (f.copy) {
    GWAGEO_CHECK(state.leased(f.job).covers(granted.rest));
    RangeSet& doubled = state.doubled_[f.job];
    GWAGEO_CHECK(!doubled.intersects(granted.rest));
    doubled.add(granted.rest);
  } else {
    GWAGEO_CHECK(leased.pending.covers(granted.rest));
    update(leased, [&] { leased.pending.remove(granted.rest); });
  }
  const SlotTime::Slot slot{f.worker, f.slot};
  if (f.probe) {  // What it takes begins now.
    if (const Lease* const oldest = leases_on(slot).oldest) charge(*oldest);
  }
  state.slot_time_.begin(slot, at, f.expected);
  granted.expected = f.expected;
  const std::uint32_t gpus = leased.accepted.gpus;
  state.ledger_.charge(at, leased.team, (f.expected * gpus).microseconds);
  if (state.held_slots_[{slot, leased.team}]++ == 0) state.ledger_.hold(leased.team, gpus);
  state.leases_by_worker_[f.worker].insert(f.lease);
  state.leases_by_job_[f.job].insert(f.lease);
}

void State::Applier::on(const LeaseShrunk& f) {
  Lease& shrunk = lease(f.lease);
  Job& of = job(shrunk.granted.job);
  const std::uint64_t before = shrunk.rest.size();
  RangeSet removed;
  for (const Range& range : f.removed) removed.add(range);
  GWAGEO_CHECK(shrunk.rest.covers(removed));
  shrunk.rest.remove(removed);
  release(of, removed);
  GWAGEO_CHECK(!shrunk.rest.empty());
  take_back(shrunk, before);
}

void State::Applier::on(const ResultsRecorded& f) {
  Job& of = job(f.job);
  const auto found = state.leases_.find(f.lease);
  const bool lawful = found != state.leases_.end();
  GWAGEO_CHECK(lawful || planted(PlantedBug::no_lease_check) ||
               planted(PlantedBug::duplicate_counted_twice));
  const std::uint64_t before = lawful ? found->second.rest.size() : 0;
  for (const Range& range : f.ranges) {
    const bool held = lawful && found->second.rest.covers(range);
    GWAGEO_CHECK(held || planted(PlantedBug::no_lease_check) ||
                 planted(PlantedBug::duplicate_counted_twice) ||
                 planted(PlantedBug::split_share_counted));
    if (lawful) found->second.rest.remove(range);
    update(of, [&] {
      of.done.add(range);
      of.executed.add(range);
      if (lawful) of.add_answered(range, found->second.granted.worker);
      of.tries.erase(of.tries.lower_bound(range.begin), of.tries.lower_bound(range.end));
    });
  }
  for (std::size_t i = 0; i < outcome_count; ++i) of.recorded[i] += f.outcomes[i];
  of.records.push_back(state.records_);
  of.load_failures = 0;
  if (!state.losses_.empty()) state.losses_.erase(of.accepted.class_key);
  settle_attached(f.job, f.ranges, Fate::answered);
  if (!lawful) return;
  if (state.doubled_.contains(f.job)) {
    RangeSet answered;
    for (const Range& range : f.ranges) answered.add(range);
    const RangeSet both = take_doubled(f.job, answered);
    if (!both.empty()) take_from_twins(f.lease, f.job, both);
  }
  count_chunk(found->second, f);
  charge(found->second);
  take_back(found->second, before);
  found->second.progressed_at = at;
  if (found->second.rest.empty()) close(found->second);
}

void State::Applier::on(const AttemptFailed& f) {
  Lease& failed = lease(f.lease);
  Job& of = job(f.job);
  charge(failed);
  const std::uint64_t before = failed.rest.size();
  RangeSet items;
  for (const Range& range : f.ranges) {
    items.add(range);
    for (std::uint64_t i = range.begin; i < range.end; ++i) ++of.tries[i].engine;
  }
  GWAGEO_CHECK(failed.rest.covers(items));
  failed.rest.remove(items);
  release(of, items);
  take_back(failed, before);
  if (failed.rest.empty()) close(failed);
}

void State::Applier::on(const LeaseEnded& f) {
  Lease& ended = lease(f.lease);
  Job& of = job(ended.granted.job);
  const bool lost = f.reason == LeaseEnd::expired || f.reason == LeaseEnd::worker_gone;
  charge(ended);
  if (ended.granted.probe) return close(ended);
  if (lost) count_loss(ended, of);
  if (f.reason == LeaseEnd::load_failed) ++of.load_failures;
  for (const Range& range : ended.rest.ranges()) {
    for (std::uint64_t i = range.begin; lost && of.open() && i < range.end; ++i) {
      ++of.tries[i].lost;
    }
  }
  release(of, ended.rest);
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
  settle_attached(f.job, f.ranges, Fate::given_up);
}

void State::Applier::on(const JobCancelled& f) {
  Job& of = job(f.job);
  // Somebody says why only of one that is over and cannot be scored.
  const bool is_closed = !f.principal.empty() && !f.reason.empty();
  GWAGEO_CHECK(is_closed ? of.phase() == JobPhase::complete && !of.scored : of.open());
  update(of, [&] {
    of.cancelled = true;
    of.superseded = f.principal.empty();
    of.reason = f.principal.empty() ? f.reason : f.principal;
    if (is_closed) of.reason += ": " + f.reason;
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

void State::Applier::on(const Scored& f) {
  Job& scored = job(f.job);
  scored.scored = f;
  scored.scored_as = ++state.scored_;
}

void State::Applier::on(const VerdictReached& f) {
  state.verdicts_[{f.target, f.candidate}] = f;
  state.verdict_history_.push_back(f);
}

void State::Applier::on(const StageOpened& f) {
  const auto target = state.targets_.find(f.target);
  GWAGEO_CHECK(target != state.targets_.end());
  GWAGEO_CHECK(f.target_version >= 1 && f.target_version <= target->second.size());
  state.programme_.apply(f);
}

void State::Applier::on(const TeamSet& f) {
  state.teams_.set(f);
  release_followers_of_spent();
  Share share{std::nullopt, f.weight, f.guarantee, f.limit};
  if (!f.parent.empty()) share.parent = state.ledger_.team(f.parent);
  state.ledger_.set(state.ledger_.team(f.name), share);
  for (const auto& [id, job] : state.jobs_) {
    if (!job.queued()) continue;
    demand(job.team, job.accepted.team);
    state.touched_.jobs.push_back(id);  // Their team may be spent now, or no longer.
  }
}

void State::Applier::on(const JobPaused& f) {
  Job& of = job(f.job);
  update(of, [&] {
    of.paused = f.paused;
    of.paused_by = f.paused ? f.principal : "";
    of.paused_because = f.paused ? f.reason : "";
  });
  if (!f.paused) state.losses_.erase(of.accepted.class_key);  // Somebody wants it tried again.
  if (f.paused) release_followers(of);
}

void State::Applier::on(const JobPrioritised& f) {
  Job& of = job(f.job);
  update(of, [&] { of.priority = f.priority; });
}

void State::Applier::on(const AnswersDiffered& f) { ++job(f.job).differed; }

void State::Applier::on(const WorkerQuarantined& f) {
  if (f.quarantined) {
    state.quarantine_[f.name] = f;
  } else {
    state.quarantine_.erase(f.name);
    const auto checks = state.checks_.find(f.name);
    if (checks != state.checks_.end()) checks->second.evidence = {};
  }
}

}  // namespace gwageo
