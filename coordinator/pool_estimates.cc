// What the pool learns of items that were handed in, and of those that are not.
#include <algorithm>

#include "coordinator/pool.h"

namespace gwageo {

void Pool::ran(Instant now, const Job& job, WorkerId worker, std::uint32_t slot, Instant busy_since,
               std::uint64_t items) {
  const auto node = nodes_.find(worker);
  const auto known = classes_.find(job.accepted.class_key);
  if (node == nodes_.end() || known == classes_.end() || items == 0) return;
  if (slot >= node->second.loaded_at.size()) return;
  const Instant loaded_at = node->second.loaded_at[slot];
  const Instant since = std::max(busy_since, loaded_at);
  if (job.accepted.tier == Tier::audit && audits_first_) {  // Else it is nobody's privilege.
    audits_.spend((now - since).microseconds * job.accepted.gpus);
  }
  // Of what was out when the worker came nobody has seen how much of it was a load.
  if (loaded_at == Instant{} && busy_since < node->second.joined_at) return;
  // Beside what others did: a worker is no measure of itself.
  const Estimates::Expected expected = estimates_.expect(known->second.number, job.accepted.suite);
  if (expected.basis == Estimates::Basis::class_and_suite) {
    node->second.pace.ran(items, now - since, expected.item * static_cast<std::int64_t>(items));
  }
  estimates_.ran(now, known->second.number, job.accepted.suite, items, now - since);
}

// They run one after another, as far as anybody can tell, and what is loaded is not at work yet.
void Pool::out(Instant now, const State& state, const SlotTime::Slot& slot) {
  const auto [worker, place] = slot;
  const auto node = nodes_.find(worker);
  if (node == nodes_.end() || place >= node->second.loaded_at.size()) return;
  if (is_loading(worker, place)) return;
  const Job* first = nullptr;
  std::uint64_t items = 0;
  for (const LeaseId id : state.leases_of(worker)) {
    const Lease& lease = *state.lease(id);
    if (lease.granted.slot != place || lease.granted.probe) continue;
    if (first == nullptr) first = state.job(lease.granted.job);
    items += lease.rest.size();
  }
  if (first == nullptr) return;
  const auto known = classes_.find(first->accepted.class_key);
  if (known == classes_.end()) return;
  const Instant seen = std::max(node->second.loaded_at[place], node->second.joined_at);
  const Instant since = std::max(state.slot_time().busy().at(slot).quiet_since, seen);
  estimates_.out(now, known->second.number, first->accepted.suite, items, since);
  wait(now, state, *first);
}

}  // namespace gwageo
