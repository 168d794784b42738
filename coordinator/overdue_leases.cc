// Leases that should be over. A slot is asked to yield at the end of the items in progress, and a
// team whose GPU-hours are used up is lent no more; but what is out may take any time. What a tier
// or a guarantee is due, and what somebody has paid for, cannot wait for it for ever.
#include "coordinator/overdue_leases.h"

#include <algorithm>

#include "coordinator/scheduler.h"

namespace gwageo {
namespace {

// What is ended without anything from its slot; of a team without hours whatever comes of it: long
// leases of long items could go on for hours. Its items are pending again, and no try of theirs is
// used up: nothing says that they are to blame. A load has no item in progress that could be lost:
// it is broken off at once.
std::vector<LeaseId> not_yielded(Instant now, const State& state, const Pool& pool) {
  std::vector<LeaseId> overdue;
  pool.dispatcher().yielding().for_each([&](const OutstandingYields::Asked& asked) {
    const bool is_awaited =
        pool.dispatcher().waiting().waits(asked.yield.for_class, asked.yield.for_team);
    const Block& block = asked.yield.block;
    const WorkerId worker = pool.worker_of(block.node);
    const Duration borne = pool.is_loading(worker, block.first) ? Duration{} : overdue_leases_after;
    if (now < asked.since + borne || !is_awaited) return;
    std::vector<LeaseId> there;
    Instant progressed = asked.since;
    for (const LeaseId id : state.leases_of(worker)) {
      const Lease& lease = *state.lease(id);
      if (lease.granted.slot != block.first || lease.granted.probe) continue;
      there.push_back(id);
      progressed = std::max(progressed, lease.progressed_at);
    }
    if (progressed + borne <= now) overdue.insert(overdue.end(), there.begin(), there.end());
  });
  return overdue;
}

std::vector<LeaseId> beyond_hours(Instant now, const State& state) {
  std::vector<LeaseId> overdue;
  for (const auto& [id, lease] : state.leases()) {
    if (lease.granted.probe || lease.granted_at + overdue_leases_after > now) continue;
    if (state.spent(state.job(lease.granted.job)->accepted.team)) overdue.push_back(id);
  }
  return overdue;
}

}  // namespace

void Scheduler::take_from_overdue() {
  // Nothing may have come in since it was late enough to be asked.
  pool_.ask_to_yield(now_, state_.ledger());
  std::vector<LeaseId> taken = not_yielded(now_, state_, pool_);
  for (const LeaseId id : beyond_hours(now_, state_)) taken.push_back(id);
  for (const LeaseId id : taken) {
    if (state_.lease(id) == nullptr) continue;  // For both reasons.
    const WorkerId worker = state_.lease(id)->granted.worker;
    end_lease(id, LeaseEnd::taken);
    send(worker, Revoke{id});
  }
  if (!taken.empty()) grant();
}

}  // namespace gwageo
