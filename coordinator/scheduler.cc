#include "coordinator/scheduler.h"

#include <algorithm>
#include <utility>

#include "benchmarks/evaluate.h"
#include "benchmarks/verdict_kind.h"
#include "coordinator/planted_bug.h"
#include "protocol/check.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// Why nobody may come under the name with this key, in words; empty where it is free or the key's.
std::string why_name_is_taken(const State& state, const std::string& name, const std::string& key,
                              bool is_here) {
  const std::optional<std::string> owner = owner_of_name(state, name);
  if (!owner || *owner == key) return {};
  if (!is_here && !rests_on_name(state, name)) return {};
  return "the name \"" + name + "\" belongs to the key of " + *owner +
         (is_here ? ", whose worker is here" : ", with answers or a quarantine under it") +
         ": choose another one (--name), or have that key revoked";
}

}  // namespace

Scheduler::Scheduler(State state, Instant now, std::uint64_t coordinator_life)
    : state_(std::move(state)), now_(now), life_(coordinator_life), began_(now) {
  for (const auto& [id, lease] : state_.leases()) arm(id);
  for (const auto& [priority, id] : state_.queue()) pool_.followed(now_, state_, *state_.job(id));
}

Actions Scheduler::step(Instant now, const Event& event) {
  if (!planted(PlantedBug::expiry_by_wall_clock)) GWAGEO_CHECK(now >= now_);
  now_ = now;
  std::visit([this](const auto& e) { on(e); }, event);
  grant();
  set_wake();
  return std::exchange(actions_, {});
}

Actions Scheduler::resume() {
  for (const auto& [id, job] : state_.jobs()) {
    if (job.phase() == JobPhase::complete && !job.scored) actions_.evaluate.push_back(id);
  }
  for (const JobId id : jobs_to_score_again(state_, scorer_digest())) {
    actions_.evaluate.push_back(id);
  }
  actions_.judge = true;
  reruns_.moved(now_);
  set_wake();
  return std::exchange(actions_, {});
}

void Scheduler::set_wake() {
  if (!by_deadline_.empty()) actions_.wake_at = by_deadline_.begin()->first;
  const std::optional<Instant> due = reruns_.due();
  if (due && (!actions_.wake_at || *due < *actions_.wake_at)) actions_.wake_at = due;
}

void Scheduler::record(Fact fact) {
  const std::size_t queued = state_.queue().size();
  state_.apply(now_, fact);
  for (const JobId job : state_.touched()) pool_.wait(now_, state_, *state_.job(job));
  for (const SlotTime::Slot& slot : state_.late()) pool_.out(now_, state_, slot);
  if (const auto* const f = std::get_if<ItemsAdopted>(&fact)) tell_sources(f->job);
  if (const auto* const f = std::get_if<JobPrioritised>(&fact)) tell_sources(f->job);
  if (const auto* const f = std::get_if<JobPaused>(&fact)) tell_sources(f->job);
  if (const auto* const f = std::get_if<JobCancelled>(&fact)) tell_sources(f->job);
  if (const auto* const f = std::get_if<JobFailed>(&fact)) tell_sources(f->job);
  if (std::holds_alternative<TeamSet>(fact)) pool_.shares_changed();
  const bool more_work =
      state_.queue().size() > queued || std::holds_alternative<LeaseEnded>(fact) ||
      std::holds_alternative<LeaseShrunk>(fact) || std::holds_alternative<AttemptFailed>(fact) ||
      std::holds_alternative<TeamSet>(fact) || std::holds_alternative<JobPaused>(fact) ||
      std::holds_alternative<JobPrioritised>(fact) ||
      std::holds_alternative<WorkerQuarantined>(fact);
  if (more_work) {
    for (const auto& [worker, session] : sessions_) hungry_.insert(worker);
  }
  actions_.facts.push_back(std::move(fact));
}

void Scheduler::tell_sources(JobId follower) {
  JobId told = follower;
  for (const Adoption& adoption : state_.job(follower)->adoptions) {
    if (adoption.stored || adoption.source == told || adoption.source == follower) continue;
    told = adoption.source;
    pool_.followed(now_, state_, *state_.job(told));
  }
}

void Scheduler::send(WorkerId worker, decltype(Send::what) what) {
  actions_.sends.push_back({worker, std::move(what)});
}

Session* Scheduler::heard(WorkerId worker) {
  const auto it = sessions_.find(worker);
  if (it == sessions_.end()) {
    send(worker, SayHello{});
    return nullptr;
  }
  it->second.heard_at = now_;
  return &it->second;
}

void Scheduler::arm(LeaseId lease) {
  disarm(lease);
  const Instant deadline = now_ + limits::lease_term;
  deadlines_[lease] = deadline;
  by_deadline_.emplace(deadline, lease);
}

void Scheduler::disarm(LeaseId lease) {
  const auto it = deadlines_.find(lease);
  if (it == deadlines_.end()) return;
  by_deadline_.erase({it->second, lease});
  deadlines_.erase(it);
}

// ---- workers ----

void Scheduler::take_over_name(const Hello& hello) {
  const WorkerId before = state_.worker_named(hello.name);
  if (!before || before == hello.worker) return;
  const std::set<LeaseId> held = state_.leases_of(before);
  for (const LeaseId lease : held) end_lease(lease, LeaseEnd::worker_gone);
  if (sessions_.contains(before)) {
    send(before, Refusal{"another worker named \"" + hello.name + "\" has started since"});
  }
  forget(before);
}

void Scheduler::forget(WorkerId worker) {
  sessions_.erase(worker);
  hungry_.erase(worker);
  pool_.leave(now_, worker);
}

void Scheduler::on(const HelloReceived& e) {
  const Hello& hello = e.hello;
  const auto refuse = [&](std::string reason) { send(hello.worker, Refusal{std::move(reason)}); };
  if (hello.protocol != limits::protocol_version) {
    return refuse("protocol version " + std::to_string(hello.protocol) +
                  " is not spoken here; this coordinator speaks version " +
                  std::to_string(limits::protocol_version) + ": use the same program version");
  }
  const auto known = state_.workers().find(hello.worker);
  if (!hello.signs) {
    return refuse("this worker does not sign what is recorded of it: use the same program version");
  }
  if (known == state_.workers().end()) {
    if (sessions_.size() >= limits::workers_max) return refuse("the pool is full");
    const WorkerId before = state_.worker_named(hello.name);
    std::string taken =
        why_name_is_taken(state_, hello.name, e.principal, sessions_.contains(before));
    if (!taken.empty()) return refuse(std::move(taken));
    const bool is_new_name = !before || answerer(state_, before).key != e.principal;
    take_over_name(hello);
    record(WorkerJoined{hello.worker, hello.name, e.principal, hello.signs});
    if (is_new_name) judge_by_key(hello.name, e.principal);
  } else if (known->second.joined.principal != e.principal ||
             known->second.joined.name != hello.name) {
    return refuse("this worker id belongs to somebody else");
  } else if (state_.worker_named(hello.name) != hello.worker) {
    return refuse("another worker named \"" + hello.name + "\" has started since");
  }

  Session& session = sessions_[hello.worker];
  session = {hello.name, hello.engines, hello.credit_items, {}, now_,
             hello.gpus, false,         e.principal};
  session.slots.resize(hello.slots);
  pool_.join(now_, hello.worker, hello.slots, hello.engines, hello.gpus, hello.loads,
             {hello.name, e.principal});
  pool_.cached(hello.worker, hello.cached);
  hungry_.insert(hello.worker);

  const std::set<LeaseId> claimed(hello.leases.begin(), hello.leases.end());
  const std::set<LeaseId> held = state_.leases_of(hello.worker);
  for (const LeaseId lease : held) {
    const LeaseGranted& granted = state_.lease(lease)->granted;
    const bool fits = pool_.has_block(hello.worker, granted.slot, *state_.job(granted.job));
    if (claimed.contains(lease) && fits) {  // It may have come back with fewer slots.
      arm(lease);
    } else {
      end_lease(lease, LeaseEnd::given_back);
      send(hello.worker, Revoke{lease});
    }
  }
  for (const LeaseId lease : claimed) {
    if (!held.contains(lease)) send(hello.worker, Revoke{lease});
  }
  for (const LeaseId id : state_.leases_of(hello.worker)) {
    const LeaseGranted& granted = state_.lease(id)->granted;
    pool_.runs(now_, hello.worker, granted.slot, state_, *state_.job(granted.job));
  }
  send(hello.worker, Welcome{life_, limits::heartbeat, limits::lease_term});
}

void Scheduler::on(const HeartbeatReceived& e) {
  const WorkerId worker = e.heartbeat.worker;
  Session* const session = heard(worker);
  const std::set<LeaseId>& held = state_.leases_of(worker);
  for (const LeaseId lease : e.heartbeat.leases) {
    if (held.contains(lease)) {
      arm(lease);
    } else {
      send(worker, Revoke{lease});
    }
  }
  if (session == nullptr) return;
  session->leaving = e.heartbeat.leaving;
  if (e.heartbeat.slots.size() == session->slots.size()) {
    session->slots = e.heartbeat.slots;
    pool_.reported(now_, worker, session->slots);
  }
  pool_.cached(worker, e.heartbeat.cached);
  hungry_.insert(worker);
}

void Scheduler::on(const GoodbyeReceived& e) {
  const std::set<LeaseId> held = state_.leases_of(e.worker);
  for (const LeaseId lease : held) end_lease(lease, LeaseEnd::worker_gone);
  forget(e.worker);
}

// ---- leases ----

void Scheduler::end_lease(LeaseId id, LeaseEnd reason) {
  const Lease ended = *state_.lease(id);
  disarm(id);
  hungry_.insert(ended.granted.worker);
  record(LeaseEnded{id, reason});
  const bool lost = reason == LeaseEnd::expired || reason == LeaseEnd::worker_gone;
  if (ended.granted.probe) {
    const bool is_check = checked_.contains(id);
    put_back_checks(id);
    if (reason != LeaseEnd::probed) probes_.erase(id);
    if (is_check) return;
    if (lost || reason == LeaseEnd::load_failed) fail_probe(ended.granted.worker);
    return;
  }
  if (lost) {
    isolate_if_poison(state_.job(ended.granted.job)->accepted.class_key);
    give_up(ended.granted.job, ended.rest.ranges(), Outcome::worker_lost);
  }
}

void Scheduler::end_leases_of(JobId job) {
  const std::set<LeaseId> held = state_.leases_of(job);
  for (const LeaseId lease : held) {
    const WorkerId worker = state_.lease(lease)->granted.worker;
    end_lease(lease, LeaseEnd::cancelled);
    send(worker, Revoke{lease});
  }
}

void Scheduler::expire() {
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now_) {
    const LeaseId lease = by_deadline_.begin()->second;
    const WorkerId worker = state_.lease(lease)->granted.worker;
    suspicion_.point(name_of(worker), "it was silent until a lease of it ended");
    end_lease(lease, LeaseEnd::expired);
    send(worker, Revoke{lease});
  }
  std::vector<WorkerId> silent;
  for (const auto& [worker, session] : sessions_) {
    if (session.heard_at + limits::lease_term <= now_) silent.push_back(worker);
  }
  for (const WorkerId worker : silent) forget(worker);
}

void Scheduler::on(const Tick&) {
  expire();
  // With every other fact, too: a fact of its own is for when there is none.
  if (state_.slot_time().due(now_ - SlotTime::bears)) record(SlotsCharged{});
  take_from_overdue();
  tend_stragglers();
  rerun();
}

// The coordinator's own jobs: called off where nothing needs them, submitted where something does.
void Scheduler::rerun() {
  Reruns::Step step = reruns_.next(now_, state_);
  for (const Superseded& job : step.cancel) {
    record(JobCancelled{job.job, "", job.reason});
    end_leases_of(job.job);
  }
  actions_.submit = std::move(step.submit);
  actions_.round = std::move(step.round);
}

// ---- results ----

void Scheduler::on(const ResultsReceived& e) {
  heard(e.worker);
  hungry_.insert(e.worker);
  const Lease* const lease = state_.lease(e.lease);
  const bool live = lease != nullptr && lease->granted.worker == e.worker;
  if (live) pool_.stopped_loading(now_, e.worker, lease->granted.slot);
  compare_late(e);
  std::vector<Range> recorded;
  if (live && checked_.contains(e.lease)) {
    judge_checks(e);
  } else if (live && lease->granted.probe) {
    judge_probe(e);
  } else if (live) {
    const LeaseGranted& granted = lease->granted;
    const SlotTime::Slot slot{granted.worker, granted.slot};
    const Instant since = state_.slot_time().busy().at(slot).quiet_since;
    pool_.ran(now_, *state_.job(granted.job), e.worker, granted.slot, since, e.items.size());
    recorded = record_results(e, *lease);
  }
  if (!live && planted(PlantedBug::no_lease_check)) {
    // The bug records whatever comes for the newest job.
    if (!state_.jobs().empty() && state_.jobs().rbegin()->second.open()) {
      LeaseGranted forged{e.lease, state_.jobs().rbegin()->first, e.worker, 0, {}, false, {},
                          false};
      Lease pretended;
      pretended.granted = forged;
      for (const ItemOutcome& item : e.items) pretended.rest.add({item.index, item.index + 1});
      record_results(e, pretended);
    }
  }
  if (recorded.empty()) recorded = unsigned_of(e);
  send(e.worker, Acknowledge{e.lease, e.chunk, !live, std::move(recorded)});
}

std::vector<Range> Scheduler::record_results(const ResultsReceived& e, const Lease& lease) {
  const LeaseGranted granted = lease.granted;
  const RangeSet rest = lease.rest;
  ResultsRecorded recorded{granted.lease, granted.job, {}, {}, {}};
  RangeSet done;
  std::map<Outcome, RangeSet> failed;
  MerkleFrontier records;
  for (const ItemOutcome& item : e.items) {
    const bool mine = rest.contains(item.index) || planted(PlantedBug::duplicate_counted_twice) ||
                      planted(PlantedBug::split_share_counted);
    if (!mine) continue;
    if (is_retried(item.outcome)) {
      if (rest.contains(item.index)) failed[item.outcome].add({item.index, item.index + 1});
      continue;
    }
    done.add({item.index, item.index + 1});
    records.add(item.leaf);
    ++recorded.outcomes[static_cast<std::size_t>(item.outcome)];
  }
  if (!done.empty()) {
    recorded.ranges = done.ranges();
    recorded.records_root = records.root();
    actions_.keeps.push_back({granted.lease, granted.job, recorded.ranges});
    const std::vector<Twin> twins = twins_of(granted.lease, granted.job, done);
    await_checks(granted, done, e);
    record(std::move(recorded));
    for (const Twin& twin : twins) remember_race(twin, granted.job, granted.lease, e.items);
    dismiss(twins);
    const auto first = std::find_if(e.items.begin(), e.items.end(), [&](const ItemOutcome& item) {
      return done.contains(item.index);
    });
    remember_answer(granted, *first);
  }
  for (const auto& [outcome, items] : failed) {
    const std::vector<Range> ranges = items.ranges();
    record(AttemptFailed{granted.lease, granted.job, ranges, outcome});
    const std::string& engine = model_of(state_, state_.job(granted.job)->accepted).engine;
    if (is_worker_to_blame(engine)) {
      suspicion_.point(name_of(granted.worker), "its engine failed");
    }
    give_up(granted.job, ranges, outcome);
  }
  if (state_.lease(granted.lease) == nullptr) disarm(granted.lease);
  finish_if_settled(granted.job);
  return done.ranges();
}

void Scheduler::give_up(JobId id, const std::vector<Range>& ranges, Outcome outcome) {
  const Job& job = *state_.job(id);
  if (!job.open()) return;
  RangeSet spent;
  for (const Range& range : ranges) {
    const auto end = job.tries.lower_bound(range.end);
    for (auto it = job.tries.lower_bound(range.begin); it != end; ++it) {
      const Tries& tries = it->second;
      if (!job.pending.contains(it->first)) continue;  // Another lease goes on with it.
      if (tries.engine >= limits::engine_tries_max || tries.lost >= limits::lost_tries_max) {
        spent.add({it->first, it->first + 1});
      }
    }
  }
  if (spent.empty()) return;
  record(ItemsGivenUp{id, spent.ranges(), outcome});
  finish_if_settled(id);
}

void Scheduler::finish_if_settled(JobId id) {
  const auto finish = [this](JobId settled) {
    std::vector<JobId>& list = actions_.evaluate;
    if (std::find(list.begin(), list.end(), settled) == list.end()) list.push_back(settled);
  };
  if (state_.job(id)->phase() == JobPhase::complete) finish(id);
  for (const JobId follower : state_.followers_of(id)) {
    const Job& job = *state_.job(follower);
    if (job.phase() == JobPhase::complete && !job.scored) finish(follower);
  }
}

void Scheduler::on(const Evaluated& e) {
  const Job* const job = state_.job(e.scored.job);
  if (job == nullptr || job->phase() != JobPhase::complete) return;
  if (job->scored && job->scored->scorer == e.scored.scorer) return;
  record(e.scored);
  actions_.judge = true;
}

void Scheduler::on(const Judged& e) {
  const auto known = state_.verdicts().find({e.verdict.target, e.verdict.candidate});
  if (known != state_.verdicts().end() && known->second.inputs == e.verdict.inputs) return;
  VerdictReached verdict = e.verdict;
  verdict.generation = known == state_.verdicts().end() ? 1 : known->second.generation + 1;
  const std::string_view open = to_string(VerdictKind::inconclusive);
  const bool was_open = known != state_.verdicts().end() && known->second.verdict == open;
  // Its target may have it carried on, or has no need any more of what carries it on.
  if (verdict.verdict == open || was_open) reruns_.moved(now_);
  record(std::move(verdict));
}

std::uint64_t Scheduler::items_held(WorkerId worker) const {
  std::uint64_t items = 0;
  for (const LeaseId lease : state_.leases_of(worker)) items += state_.lease(lease)->rest.size();
  return items;
}

void Scheduler::check() const {
  state_.check();
  pool_.check();
  GWAGEO_CHECK(deadlines_.size() == state_.leases().size());
  GWAGEO_CHECK(by_deadline_.size() == deadlines_.size());
  for (const auto& [lease, deadline] : deadlines_) GWAGEO_CHECK(state_.lease(lease) != nullptr);
  for (const auto& [worker, session] : sessions_) {
    GWAGEO_CHECK(items_held(worker) <= std::uint64_t{session.credit_items} * session.slots.size());
  }
}

}  // namespace gwageo
