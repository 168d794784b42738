#include "coordinator/state.h"

#include <algorithm>

#include "coordinator/planted_bug.h"
#include "coordinator/state_apply.h"
#include "protocol/check.h"

namespace gwageo {

#ifdef GWAGEO_PLANTED_BUGS
PlantedBug planted_bug = PlantedBug::none;
#endif

std::string_view to_string(JobPhase phase) {
  switch (phase) {
    case JobPhase::running: return "running";
    case JobPhase::complete: return "complete";
    case JobPhase::failed: return "failed";
    case JobPhase::cancelled: return "cancelled";
  }
  return "unknown";
}

void Job::add_answered(const Range& items, WorkerId worker) {
  const bool goes_on = !answered.empty() && answered.back().worker == worker &&
                       answered.back().items.end == items.begin;
  if (goes_on) {
    answered.back().items.end = items.end;
  } else {
    answered.push_back({items, worker});
  }
}

std::uint64_t Job::given_up_count() const {
  std::uint64_t count = 0;
  for (const auto& [outcome, items] : given_up) count += items.size();
  return count;
}

std::uint64_t Job::unsettled() const {
  return failed || cancelled ? 0 : accepted.items - done.size() - given_up_count();
}

JobPhase Job::phase() const {
  if (cancelled) return JobPhase::cancelled;
  if (failed) return JobPhase::failed;
  return settled() ? JobPhase::complete : JobPhase::running;
}

JobAccepted job_on(const ModelAdded& model, const SuiteAdded& suite) {
  JobAccepted job;
  job.model = model.name;
  job.model_version = model.version;
  job.suite = suite.name;
  job.suite_version = suite.version;
  job.plan_root = suite.plan_root;
  job.items = suite.items;
  job.round = suite.round;
  job.class_key = model.class_key;
  job.library = model.library;
  job.gpus = model.gpus;
  return job;
}

void State::apply(Instant at, const Fact& fact) {
  last_at_ = at;
  touched_.jobs.clear();
  touched_.late.clear();
  Applier applier{*this, at};
  std::visit([&](const auto& f) { applier.on(f); }, fact);
  applier.charge_late();
  ++records_;
}

const Job* State::job(JobId id) const {
  const auto it = jobs_.find(id);
  return it == jobs_.end() ? nullptr : &it->second;
}

const Lease* State::lease(LeaseId id) const {
  const auto it = leases_.find(id);
  return it == leases_.end() ? nullptr : &it->second;
}

const SuiteAdded* State::round_of(const std::string& name, std::uint32_t version,
                                  std::uint32_t round) const {
  if (round == 0) return suite(name, version);
  const auto it = rounds_.find({name, version});
  return it == rounds_.end() || round > it->second.size() ? nullptr : &it->second[round - 1];
}

const SuiteAdded& State::plan_of(const JobAccepted& job) const {
  if (job.audit != 0) {
    const auto audit = audits_.find(job.audit);
    GWAGEO_CHECK(audit != audits_.end() && audit->second.drawn);
    return audit->second.drawn->parts.at(job.part).plan;
  }
  const SuiteAdded* const plan = round_of(job.suite, job.suite_version, job.round);
  GWAGEO_CHECK(plan != nullptr);
  return *plan;
}

Digest State::files_of(const std::string& name) const {
  const ModelAdded* const known = model(name);
  return known == nullptr ? Digest{} : known->digest;
}

const ModelAdded* State::model(const std::string& name) const {
  const auto it = models_.find(name);
  return it == models_.end() ? nullptr : &it->second.back();
}

const SuiteAdded* State::suite(const std::string& name,
                               std::optional<std::uint32_t> version) const {
  const auto it = suites_.find(name);
  if (it == suites_.end()) return nullptr;
  if (!version) return &it->second.back();
  for (const SuiteAdded& suite : it->second) {
    if (suite.version == *version) return &suite;
  }
  return nullptr;
}

JobId State::job_of_request(const std::string& request) const {
  const auto it = jobs_by_request_.find(request);
  return it == jobs_by_request_.end() ? JobId{} : it->second;
}

WorkerId State::worker_named(const std::string& name) const {
  const auto it = workers_by_name_.find(name);
  return it == workers_by_name_.end() ? WorkerId{} : it->second;
}

bool State::has_its_name(WorkerId worker) const {
  const WorkerJoined& joined = workers_.at(worker).joined;
  return workers_.at(workers_by_name_.at(joined.name)).joined.principal == joined.principal;
}

const std::set<LeaseId>& State::leases_of(WorkerId worker) const {
  static const std::set<LeaseId> none;
  const auto it = leases_by_worker_.find(worker);
  return it == leases_by_worker_.end() ? none : it->second;
}

const std::set<LeaseId>& State::leases_of(JobId job) const {
  static const std::set<LeaseId> none;
  const auto it = leases_by_job_.find(job);
  return it == leases_by_job_.end() ? none : it->second;
}

RangeSet State::leased(JobId job) const {
  RangeSet items;
  for (const LeaseId id : leases_of(job)) {
    const Lease& lease = leases_.at(id);
    if (!lease.granted.probe) items.add(lease.rest);
  }
  return items;
}

const Losses& State::losses(const Digest& class_key) const {
  static const Losses none;
  const auto it = losses_.find(class_key);
  return it == losses_.end() ? none : it->second;
}

const RangeSet& State::doubled(JobId job) const {
  static const RangeSet none;
  const auto it = doubled_.find(job);
  return it == doubled_.end() ? none : it->second;
}

std::vector<JobId> State::followers_of(JobId source) const {
  std::vector<JobId> followers;
  const auto it = attached_.find(source);
  if (it == attached_.end()) return followers;
  for (const auto& [follower, adoption] : it->second) followers.push_back(follower);
  std::sort(followers.begin(), followers.end());
  followers.erase(std::unique(followers.begin(), followers.end()), followers.end());
  return followers;
}

namespace {

// The items of one job are a partition: nothing twice, nothing missing.
void check_partition(const Job& job, const RangeSet& leased) {
  RangeSet all = job.pending;
  std::uint64_t count = job.pending.size();
  const auto take = [&](const RangeSet& part) {
    all.add(part);
    count += part.size();
  };
  take(leased);
  take(job.waiting);
  take(job.done);
  for (const auto& [outcome, items] : job.given_up) take(items);
  GWAGEO_CHECK(all.size() == count);
  if (job.open() || job.settled()) {
    GWAGEO_CHECK(count == job.accepted.items);
    GWAGEO_CHECK(all.covers(Range{0, job.accepted.items}));
  }
}

void check_answered(const Job& job) {
  RangeSet all;
  std::uint64_t count = 0;
  for (const AnsweredItems& answered : job.answered) {
    all.add(answered.items);
    count += answered.items.size();
  }
  GWAGEO_CHECK(all == job.executed && all.size() == count);
}

// Time can be charged for exactly the slots that have leases. What was charged cannot be computed
// again without the journal.
void check_slots(const SlotTime& time, const std::map<SlotTime::Slot, std::uint32_t>& leases,
                 Instant last) {
  GWAGEO_CHECK(time.busy().size() == leases.size());
  for (const auto& [slot, busy] : time.busy()) {
    const auto held = leases.find(slot);
    GWAGEO_CHECK(held != leases.end() && busy.leases == held->second);
    GWAGEO_CHECK(busy.since <= last && busy.looks > last);
  }
}

}  // namespace

void State::check_ledger() const {
  ledger_.check();
  std::map<std::pair<SlotTime::Slot, TeamNumber>, std::uint32_t> held_slots;
  for (const auto& [id, lease] : leases_) {
    const TeamNumber team = jobs_.at(lease.granted.job).team;
    ++held_slots[{{lease.granted.worker, lease.granted.slot}, team}];
  }
  GWAGEO_CHECK(held_slots == held_slots_);
  std::map<TeamNumber, std::uint64_t> queued;
  for (const auto& [id, job] : jobs_) {
    if (job.queued()) ++queued[job.team];
  }
  for (const auto& [team, count] : queued_) {
    GWAGEO_CHECK(count == (queued.contains(team) ? queued.at(team) : 0));
  }
}

void State::check() const {
  std::map<WorkerId, std::set<LeaseId>> by_worker;
  std::map<JobId, std::set<LeaseId>> by_job;
  std::map<JobId, RangeSet> leased;
  std::map<JobId, RangeSet> doubled;
  std::map<SlotTime::Slot, std::uint32_t> busy;
  for (const auto& [id, lease] : leases_) {
    GWAGEO_CHECK(id == lease.granted.lease);
    GWAGEO_CHECK(id.value <= last_lease_);
    GWAGEO_CHECK(!lease.rest.empty());
    GWAGEO_CHECK(jobs_.contains(lease.granted.job));
    by_worker[lease.granted.worker].insert(id);
    by_job[lease.granted.job].insert(id);
    ++busy[{lease.granted.worker, lease.granted.slot}];
    if (lease.granted.probe) {
      GWAGEO_CHECK(jobs_.at(lease.granted.job).executed.covers(lease.rest));
      continue;
    }
    RangeSet& of_job = leased[lease.granted.job];
    for (const Range& range : lease.rest.ranges()) {
      const RangeSet twice = of_job.intersection(range);
      if (twice.empty()) continue;
      GWAGEO_CHECK(!doubled[lease.granted.job].intersects(twice));  // No third lease.
      doubled[lease.granted.job].add(twice);
    }
    of_job.add(lease.rest);
  }
  GWAGEO_CHECK(doubled == doubled_);
  GWAGEO_CHECK(by_worker == leases_by_worker_);
  GWAGEO_CHECK(by_job == leases_by_job_);
  check_slots(slot_time_, busy, last_at_);

  std::set<std::pair<std::int32_t, JobId>> queue;
  std::uint64_t open_jobs = 0;
  std::map<std::string, TeamUse> uses = teams_.own_uses();
  for (auto& [team, use] : uses) use = {0, 0, use.gpu_time};
  for (const auto& [id, job] : jobs_) {
    GWAGEO_CHECK(id == job.accepted.job && id.value <= last_job_);
    check_partition(job, leased[id]);
    GWAGEO_CHECK(job.done.covers(job.executed) && job.done.covers(job.disowned));
    check_answered(job);
    if (job.queued()) queue.emplace(-job.priority, id);
    if (!job.open()) GWAGEO_CHECK(job.pending.empty() && job.waiting.empty());
    TeamUse& use = uses[job.accepted.team];
    use.items += static_cast<std::int64_t>(job.unsettled());
    if (job.open()) ++use.jobs;
    if (job.open()) ++open_jobs;
  }
  GWAGEO_CHECK(uses == teams_.own_uses());
  check_ledger();
  teams_.check();
  GWAGEO_CHECK(queue == queue_);
  GWAGEO_CHECK(open_jobs == open_jobs_);
}

}  // namespace gwageo
