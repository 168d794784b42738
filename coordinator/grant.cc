// Granting: the pool says which job a slot serves next; here it becomes a lease, and a slot that
// works already is kept in work.
#include <algorithm>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

// An item that was lost with so many workers is lent alone from then on.
constexpr std::uint32_t lost_together_max = 2;

// What was lost with a worker again and again may be to blame for it: it is lent alone, after all
// else, so that no other item of its lease uses up its tries with it.
bool runs_alone(const Job& job, const RangeSet& items) {
  if (job.tries.empty() || items.size() != 1) return false;
  const auto tries = job.tries.find(items.ranges().front().begin);
  return tries != job.tries.end() && tries->second.lost >= lost_together_max;
}

// Pending items to be lent next, at most `count`.
RangeSet next_items(const Job& job, std::uint64_t count) {
  RangeSet others = job.pending;
  for (const auto& [index, tries] : job.tries) {
    if (tries.lost >= lost_together_max) others.remove({index, index + 1});
  }
  if (!others.empty()) return others.take_front(count);
  others = job.pending;
  return others.take_front(1);
}

}  // namespace

bool Scheduler::takes_work(WorkerId worker, const Session& session) const {
  const bool is_silent = session.heard_at + limits::silent_after <= now_;
  const WorkerLife& life = state_.workers().at(worker);
  return !is_silent && !session.leaving && !life.draining &&
         !state_.quarantine().contains(session.name) &&
         unsigned_for(worker) < limits::unsigned_borne &&
         life.unsigned_chunks.size() < limits::unsigned_chunks_max;
}

bool Scheduler::serves(WorkerId worker) const {
  const auto known = sessions_.find(worker);
  return known != sessions_.end() && takes_work(worker, known->second);
}

void Scheduler::grant() {
  for (bool granted = true; granted;) {
    granted = false;
    for (auto it = hungry_.begin(); it != hungry_.end();) {
      if (top_up(*it)) {
        granted = true;
        ++it;
      } else {
        it = hungry_.erase(it);  // Until it hands something in, or new work appears.
      }
    }
    while (const std::optional<Assignment> next = pool_.next(now_, state_.ledger())) {
      grant_lease(*next, next->items);
      hungry_.insert(next->worker);
      granted = true;
    }
  }
  pool_.ask_to_yield(now_, state_.ledger());
}

// At most one lease for each slot that has one, so that workers take turns. Slots that have none
// fall free.
bool Scheduler::top_up(WorkerId worker) {
  const auto it = sessions_.find(worker);
  if (it == sessions_.end()) return false;
  const Session& session = it->second;
  const std::optional<Suspicion::KnownAnswer> known = probe_for(worker);
  const bool takes = takes_work(worker, session);
  const bool is_open = takes && !known && !is_probed(worker);
  pool_.open(now_, worker, is_open);
  std::vector<std::uint64_t> held(session.slots.size(), 0);
  std::vector<bool> alone(session.slots.size(), false);
  for (const LeaseId id : state_.leases_of(worker)) {
    const Lease& lease = *state_.lease(id);
    held[lease.granted.slot] += lease.rest.size();
    const Job& job = *state_.job(lease.granted.job);
    if (runs_alone(job, lease.rest)) alone[lease.granted.slot] = true;
  }
  // All that is free in one lease, once half of the credit is: a lease costs its messages and its
  // facts whatever its length. Slow items come back in parts, so that an engine is never drained.
  const std::uint64_t credit =
      std::min<std::uint64_t>(session.credit_items, limits::lease_items_max);
  bool granted = false;
  for (std::uint32_t slot = 0; slot < held.size(); ++slot) {
    if (held[slot] == 0) {
      pool_.ended(now_, worker, slot);
      if (takes && known && !is_probed(worker)) probe(worker, slot, *known);
      if (is_open) check_on(worker, slot, 0, credit);
      continue;
    }
    const std::uint64_t free =
        held[slot] >= session.credit_items ? 0 : session.credit_items - held[slot];
    if (is_open && !alone[slot] && check_on(worker, slot, held[slot], std::min(free, credit))) {
      granted = true;
      continue;
    }
    if (free == 0 || free < credit / 2 || alone[slot]) continue;
    const std::optional<Assignment> more = pool_.more(now_, state_.ledger(), worker, slot);
    if (!more) continue;
    const Job& job = *state_.job(more->job);
    std::uint64_t of_job = 0;
    for (const LeaseId id : state_.leases_of(worker)) {
      const Lease& lease = *state_.lease(id);
      const bool is_here = lease.granted.slot == slot && lease.granted.job == more->job;
      if (is_here) of_job += lease.rest.size();
    }
    const std::uint64_t share = share_of(*more);
    if (share <= of_job || runs_alone(job, next_items(job, 1))) {
      pool_.lent(*more, 0);
      continue;
    }
    grant_lease(*more, std::min(free, share - of_job));
    granted = true;
  }
  return granted;
}

// So many of the job's items, however large, fit one Grant.
std::uint64_t Scheduler::items_of_a_frame(const Job& job) const {
  const SuiteAdded& suite = state_.plan_of(job.accepted);
  if (suite.item_bytes == 0) return limits::lease_items_max;
  return std::max<std::uint64_t>(1, limits::chunk_bytes_max / suite.item_bytes);
}

// Near the end each slot gets its part of what is left instead of one getting all, and a slow
// worker gets less, so that all end together.
std::uint64_t Scheduler::share_of(const Assignment& assignment) const {
  const Job& job = *state_.job(assignment.job);
  const std::uint64_t left = job.unsettled() - job.waiting.size();
  const auto pace = static_cast<std::uint64_t>(pool_.pace(assignment.worker));
  // Rounded down: what remains goes to whoever is first to want it.
  return std::max<std::uint64_t>(1, left * 1000 / (pool_.sharers(job.accepted.class_key) * pace));
}

void Scheduler::grant_lease(const Assignment& assignment, std::uint64_t most) {
  const Job& job = *state_.job(assignment.job);
  const Session& session = sessions_.at(assignment.worker);
  const std::uint64_t credit =
      std::min<std::uint64_t>(session.credit_items, limits::lease_items_max);
  const RangeSet items = next_items(
      job, std::min({assignment.items, most, credit, share_of(assignment), items_of_a_frame(job)}));
  const std::uint64_t count = items.size();
  pool_.lent(assignment, count);
  const LeaseId id = state_.next_lease();
  LeaseGranted granted{id,
                       assignment.job,
                       assignment.worker,
                       assignment.slot,
                       {},
                       false,
                       assignment.item_time * static_cast<std::int64_t>(count),
                       false};
  granted.ranges = items.ranges();
  record(std::move(granted));
  arm(id);
  send(assignment.worker, SendGrant{id});
}

}  // namespace gwageo
