// Yields that do not come: a slot is asked to yield at the end of the items in progress, and these
// may take any time. What a tier or a guarantee is due cannot wait for them for ever.
#include <algorithm>

#include "coordinator/scheduler.h"

namespace gwageo {
namespace {

/// So long after it was asked, and without anything from its slot, a run is ended. Its items are
/// pending again, and no try of theirs is used up: nothing says that they are to blame.
constexpr Duration borne = seconds(600);

}  // namespace

void Scheduler::take_from_overdue() {
  // Nothing may have come in since it was late enough to be asked.
  pool_.ask_to_yield(now_, state_.ledger());
  std::vector<LeaseId> taken;
  pool_.dispatcher().yielding().for_each([&](const OutstandingYields::Asked& asked) {
    const bool is_awaited =
        pool_.dispatcher().waiting().waits(asked.yield.for_class, asked.yield.for_team);
    if (now_ < asked.since + borne || !is_awaited) return;
    std::vector<LeaseId> there;
    Instant progressed = asked.since;
    for (const LeaseId id : state_.leases_of(pool_.worker_of(asked.yield.block.node))) {
      const Lease& lease = *state_.lease(id);
      if (lease.granted.slot != asked.yield.block.first || lease.granted.probe) continue;
      there.push_back(id);
      progressed = std::max(progressed, lease.progressed_at);
    }
    if (progressed + borne <= now_) taken.insert(taken.end(), there.begin(), there.end());
  });
  for (const LeaseId id : taken) {
    const WorkerId worker = state_.lease(id)->granted.worker;
    end_lease(id, LeaseEnd::taken);
    send(worker, Revoke{id});
  }
  if (!taken.empty()) grant();
}

}  // namespace gwageo
