// Granting: the pool says which job a slot serves next; here it becomes a lease, and a slot that
// works already is kept in work.
#include <algorithm>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {

bool Scheduler::takes_work(WorkerId worker, const Session& session) const {
  const bool is_silent = session.heard_at + limits::silent_after <= now_;
  return !is_silent && !state_.workers().at(worker).draining &&
         !state_.quarantine().contains(session.name);
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
  pool_.open(now_, worker, takes && !known && !is_probed(worker));
  std::vector<std::uint64_t> held(session.slots.size(), 0);
  for (const LeaseId id : state_.leases_of(worker)) {
    const Lease& lease = *state_.lease(id);
    held[lease.granted.slot] += lease.rest.size();
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
      continue;
    }
    const std::uint64_t free =
        held[slot] >= session.credit_items ? 0 : session.credit_items - held[slot];
    if (free == 0 || free < credit / 2) continue;
    const std::optional<Assignment> more = pool_.more(now_, state_.ledger(), worker, slot);
    if (!more) continue;
    const std::uint64_t share = share_of(*more);
    if (share <= held[slot]) {
      pool_.lent(*more, 0);
      continue;
    }
    grant_lease(*more, std::min(free, share - held[slot]));
    granted = true;
  }
  return granted;
}

// So many of the job's items, however large, fit one Grant.
std::uint64_t Scheduler::items_of_a_frame(const Job& job) const {
  const SuiteAdded& suite = *state_.suite(job.accepted.suite, job.accepted.suite_version);
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
  const std::uint64_t count =
      std::min({assignment.items, most, credit, share_of(assignment), items_of_a_frame(job)});
  pool_.lent(assignment, count);
  RangeSet pending = job.pending;
  const LeaseId id = state_.next_lease();
  LeaseGranted granted{id,
                       assignment.job,
                       assignment.worker,
                       assignment.slot,
                       {},
                       false,
                       assignment.item_time * static_cast<std::int64_t>(count),
                       false};
  granted.ranges = pending.take_front(count).ranges();
  record(std::move(granted));
  arm(id);
  send(assignment.worker, SendGrant{id});
}

}  // namespace gwageo
