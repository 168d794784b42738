// Stragglers: near the end of a job, slots without work help those that are late. A slot that is
// slow gives items away, so that both end together; items of a slot that has stopped are lent to a
// second one, and the first answer wins.
#include <algorithm>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

/// A slot gives items away at most so often, so that what it gave away finds its place first.
constexpr Duration split_pause = limits::split_after;
/// With a slow worker a split pays sooner.
constexpr Duration worth_of_slow = seconds(1);

Duration at_pace(Duration usual, std::int64_t pace) {
  const Wide scaled = static_cast<Wide>(usual.microseconds) * pace / 1000;
  return {static_cast<std::int64_t>(std::min<Wide>(scaled, INT64_MAX / 4))};
}

}  // namespace

Duration Holding::left() const { return at_pace(usual, pace); }

// While anything of a job is queued, whoever idles gets that; and who idles without a use for what
// is queued cannot help its stragglers either.
std::vector<Holding> Scheduler::last_holdings() const {
  std::map<std::pair<WorkerId, std::uint32_t>, Holding> by_slot;
  for (const auto& [id, lease] : state_.leases()) {
    const Job& job = *state_.job(lease.granted.job);
    if (!job.pending.empty() || state_.held(job) || lease.granted.probe) continue;
    const LeaseGranted& granted = lease.granted;
    const auto [it, is_new] = by_slot.try_emplace({granted.worker, granted.slot});
    Holding& holding = it->second;
    if (is_new) {
      holding.worker = granted.worker;
      holding.slot = granted.slot;
      holding.class_key = job.accepted.class_key;
      holding.pace = pool_.pace(granted.worker);
      holding.progressed = began_;
    }
    if (job.accepted.class_key != holding.class_key) continue;  // Of a slot that is to change.
    const Estimates::Expected item = pool_.expect(job.accepted.class_key, job.accepted.suite);
    const auto items = static_cast<std::int64_t>(lease.rest.size());
    holding.leases.push_back(id);
    holding.items += lease.rest.size();
    holding.usual = holding.usual + item.item * items;
    holding.progressed = std::max(holding.progressed, lease.progressed_at);
  }
  std::vector<Holding> holdings;
  for (auto& [slot, holding] : by_slot) {
    // What it holds it began when its model was there.
    const auto session = sessions_.find(holding.worker);
    const bool is_here = session != sessions_.end() && holding.slot < session->second.slots.size();
    if (is_here && session->second.slots[holding.slot].class_key == holding.class_key) {
      const Instant loaded = pool_.loaded_at(holding.worker, holding.slot);
      holding.progressed = std::max(holding.progressed, loaded);
    }
    holdings.push_back(std::move(holding));
  }
  std::stable_sort(holdings.begin(), holdings.end(),
                   [](const Holding& a, const Holding& b) { return a.left() > b.left(); });
  return holdings;
}

// A slow worker still hands in; one that was killed, hangs, or is cut off does not.
bool Scheduler::has_stopped(const Holding& holding) const {
  const auto session = sessions_.find(holding.worker);
  const Instant heard = session == sessions_.end() ? began_ : session->second.heard_at;
  if (std::max(heard, began_) + limits::silent_after <= now_) return true;
  if (session == sessions_.end() || holding.slot >= session->second.slots.size()) return false;
  Duration patience = holding.usual * limits::copy_times;
  const bool is_loaded = session->second.slots[holding.slot].class_key == holding.class_key;
  if (!is_loaded) {
    patience = patience + pool_.load_time(holding.class_key) * limits::copy_times + seconds(10);
  }
  return holding.progressed + std::max(patience, limits::copy_after) <= now_;
}

void Scheduler::tend_stragglers() {
  if (looked_at_ + limits::look_every > now_) return;
  looked_at_ = now_;
  pool_.pass(now_, state_);
  for (const auto& [worker, session] : sessions_) {
    // Until it says something: what is lent to a worker that is gone waits for a whole term.
    if (!takes_work(worker, session)) pool_.open(now_, worker, false);
  }
  std::erase_if(split_at_, [&](const auto& each) { return each.second + split_pause <= now_; });
  if (pool_.idle_gpus() == 0) return;
  for (const Holding& holding : last_holdings()) {
    const bool stopped = has_stopped(holding);
    if (!stopped && holding.items < 2) continue;
    // Everything of a slot that has stopped goes out at once, to as many as idle; not to the worker
    // itself, whose other slots may be no better.
    const std::optional<WorkerId> but = stopped ? std::optional(holding.worker) : std::nullopt;
    bool goes_on = true;
    while (goes_on) {
      const std::optional<Pool::IdleSlot> idle = pool_.idle_slot(holding.class_key, but);
      goes_on = idle && (stopped ? copy(holding, *idle) : split(holding, *idle)) && stopped;
    }
    grant();
  }
}

// The late slot keeps the items that it needs as long for as the other one does for the rest, its
// load included.
bool Scheduler::split(const Holding& late, const Pool::IdleSlot& idle) {
  if (late.items < 2 || split_at_.contains({late.worker, late.slot})) return false;
  const auto items = static_cast<std::int64_t>(late.items);
  const std::int64_t usual_item = std::max<std::int64_t>(1, late.usual.microseconds / items);
  const std::int64_t other_item =
      std::max<std::int64_t>(1, at_pace({usual_item}, pool_.pace(idle.worker)).microseconds);
  std::int64_t own_item = std::max<std::int64_t>(1, at_pace({usual_item}, late.pace).microseconds);
  const bool stands_still = late.progressed + limits::split_after <= now_;
  if (stands_still) own_item = std::max(own_item, (now_ - late.progressed).microseconds);
  const Wide to_share = static_cast<Wide>(items) * own_item - idle.load.microseconds;
  if (to_share <= 0) return false;
  auto given = static_cast<std::int64_t>(to_share / (own_item + other_item));
  // Standing still may be a batch that is about to end: half of it is kept.
  if (stands_still && late.pace < Pace::slow) given = std::min(given, items / 2);
  given = std::min(given, items - 1);
  if (given <= 0) return false;
  const Duration gain{given * own_item};
  if (gain < (late.pace >= Pace::slow ? worth_of_slow : limits::split_after)) return false;

  split_at_[{late.worker, late.slot}] = now_;
  for (auto id = late.leases.rbegin(); id != late.leases.rend() && given > 0; ++id) {
    RangeSet rest = state_.lease(*id)->rest;
    rest.remove(state_.doubled(state_.lease(*id)->granted.job));
    // A lease keeps one item at least: it shrinks and is not ended.
    const std::uint64_t most = state_.lease(*id)->rest.size() - 1;
    const std::uint64_t count = std::min({static_cast<std::uint64_t>(given), most, rest.size()});
    if (count == 0) continue;
    const std::vector<Range> removed = rest.take_back(count).ranges();
    given -= static_cast<std::int64_t>(count);
    record(LeaseShrunk{*id, removed});
    send(late.worker, Shrink{*id, removed});
  }
  return true;
}

// The items of one lease at a time, the first one's first. No more than a slot's part of them, or
// what keeps it busy until the next look: others will idle soon, and no item is copied twice.
bool Scheduler::copy(const Holding& stopped, const Pool::IdleSlot& idle) {
  const Session& session = sessions_.at(idle.worker);
  for (const LeaseId id : stopped.leases) {
    const Lease& lease = *state_.lease(id);
    const JobId job_id = lease.granted.job;
    const Job& job = *state_.job(job_id);
    RangeSet single = lease.rest;
    single.remove(state_.doubled(job_id));
    if (single.empty() || !state_.ledger().may_hold(job.team, job.accepted.gpus)) continue;
    const Duration item = pool_.expect(job.accepted.class_key, job.accepted.suite).item;
    const auto until_next = static_cast<std::uint64_t>(
        limits::look_every.microseconds / std::max<std::int64_t>(1, item.microseconds));
    const std::uint64_t share =
        std::max(single.size() / pool_.sharers(job.accepted.class_key) + 1, until_next);
    const std::uint64_t count =
        std::min({share, std::uint64_t{session.credit_items}, items_of_a_frame(job),
                  std::uint64_t{limits::lease_items_max}});
    const RangeSet taken = single.take_front(count);
    const bool is_first = !state_.doubled(job_id).intersects(lease.rest);
    if (is_first) suspicion_.point(name_of(stopped.worker), "its results stayed away");
    const LeaseId next = state_.next_lease();
    pool_.runs(now_, idle.worker, idle.slot, state_, job);
    record(LeaseGranted{next, job_id, idle.worker, idle.slot, taken.ranges(), true,
                        item * static_cast<std::int64_t>(taken.size()), false});
    arm(next);
    send(idle.worker, SendGrant{next});
    return true;
  }
  return false;
}

// ---- the first answer wins ----

std::vector<Scheduler::Twin> Scheduler::twins_of(LeaseId winner, JobId job,
                                                 const RangeSet& answered) const {
  std::vector<Twin> twins;
  if (!state_.doubled(job).intersects(answered)) return twins;
  for (const LeaseId id : state_.leases_of(job)) {
    const Lease& lease = *state_.lease(id);
    if (id == winner || lease.granted.probe) continue;
    RangeSet lost;
    for (const Range& range : answered.ranges()) lost.add(lease.rest.intersection(range));
    if (!lost.empty()) twins.push_back({id, lease.granted.worker, lost.ranges()});
  }
  return twins;
}

void Scheduler::dismiss(const std::vector<Twin>& twins) {
  for (const Twin& twin : twins) {
    hungry_.insert(twin.worker);
    if (state_.lease(twin.lease) == nullptr) {
      disarm(twin.lease);
      send(twin.worker, Revoke{twin.lease});
    } else {
      send(twin.worker, Shrink{twin.lease, twin.items});
    }
  }
}

}  // namespace gwageo
