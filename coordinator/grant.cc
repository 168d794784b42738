// Which lease goes to which slot. First in, first served; a slot keeps the model it has while there
// is work for it and somebody serves the head of the queue. A slot serves one class at a time.
#include <algorithm>

#include "coordinator/scheduler.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

bool runs(const Session& session, const std::string& engine) {
  return std::find(session.engines.begin(), session.engines.end(), engine) != session.engines.end();
}

}  // namespace

bool Scheduler::takes_work(WorkerId worker, const Session& session) const {
  return !state_.workers().at(worker).draining && !state_.quarantine().contains(session.name);
}

bool Scheduler::has_work() const {
  return std::any_of(state_.queue().begin(), state_.queue().end(), [&](const auto& entry) {
    return !state_.spent(state_.job(entry.second)->accepted.team);
  });
}

void Scheduler::grant() {
  while (!hungry_.empty() && !state_.queue().empty()) {
    bool granted = false;
    for (auto it = hungry_.begin(); it != hungry_.end();) {
      const WorkerId worker = *it;
      const auto session = sessions_.find(worker);
      if (session != sessions_.end() && grant_to(worker, session->second)) {
        granted = true;
        ++it;
      } else {
        it = hungry_.erase(it);  // Until it hands something in, or new work appears.
      }
    }
    if (!granted) return;
  }
}

// Grants at most one lease to each slot of the worker, so that workers take turns.
bool Scheduler::grant_to(WorkerId worker, Session& session) {
  if (!takes_work(worker, session)) return false;
  bool granted = false;
  std::vector<std::uint64_t> held(session.slots.size(), 0);
  std::vector<std::optional<Digest>> busy_with(session.slots.size());
  for (const LeaseId id : state_.leases_of(worker)) {
    const Lease& lease = *state_.lease(id);
    if (lease.granted.slot >= held.size()) continue;  // The worker came back with fewer slots.
    held[lease.granted.slot] += lease.rest.size();
    busy_with[lease.granted.slot] = state_.job(lease.granted.job)->accepted.class_key;
  }
  // All that is free in one lease, once half of the credit is: a lease costs its messages and its
  // facts whatever its length. Slow items come back in parts, so that an engine is never drained.
  const std::uint64_t credit =
      std::min<std::uint64_t>(session.credit_items, limits::lease_items_max);
  for (std::uint32_t slot = 0; slot < session.slots.size(); ++slot) {
    const std::uint64_t free =
        held[slot] >= session.credit_items ? 0 : session.credit_items - held[slot];
    if (free == 0 || free < credit / 2) continue;
    const Job* const job = choose(session, slot, busy_with[slot], worker);
    if (job == nullptr) continue;
    // Near the end everybody gets a share instead of one slot getting all.
    const std::uint64_t fair_share = job->pending.size() / sessions_.size() + 1;
    grant_lease(worker, slot, *job, std::min({free, credit, fair_share, items_of_a_frame(*job)}));
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

const Job* Scheduler::choose(const Session& session, std::uint32_t slot,
                             std::optional<Digest> busy_with, WorkerId worker) const {
  const Digest at_hand = busy_with.value_or(session.slots[slot].class_key);
  const Job* head = nullptr;
  const Job* same = nullptr;
  for (const auto& [priority, id] : state_.queue()) {
    const Job& job = *state_.job(id);
    if (state_.spent(job.accepted.team)) continue;
    if (!runs(session, state_.model(job.accepted.model)->engine)) continue;
    const Digest& wanted = job.accepted.class_key;
    // A worker on which this class would not load is asked only when there is nobody else.
    if (load_failed_.contains({worker, wanted}) && sessions_.size() > 1) {
      const bool others = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& other) {
        return !load_failed_.contains({other.first, wanted}) &&
               takes_work(other.first, other.second) &&
               runs(other.second, state_.model(job.accepted.model)->engine);
      });
      if (others) continue;
    }
    if (head == nullptr) head = &job;
    if (wanted == at_hand) {
      same = &job;
      break;
    }
  }
  if (busy_with) {
    // While items are out, the slot takes more of the same or none.
    const bool yields = head != same && head != nullptr &&
                        !served_elsewhere(head->accepted.class_key, worker, slot);
    return yields ? nullptr : same;
  }
  if (same != nullptr &&
      (same == head || served_elsewhere(head->accepted.class_key, worker, slot))) {
    return same;
  }
  return head;
}

bool Scheduler::served_elsewhere(const Digest& class_key, WorkerId worker,
                                 std::uint32_t slot) const {
  for (const auto& [id, lease] : state_.leases()) {
    if (lease.granted.worker == worker && lease.granted.slot == slot) continue;
    if (state_.job(lease.granted.job)->accepted.class_key == class_key) return true;
  }
  return false;
}

void Scheduler::grant_lease(WorkerId worker, std::uint32_t slot, const Job& job,
                            std::uint64_t count) {
  RangeSet pending = job.pending;
  const LeaseId id = state_.next_lease();
  LeaseGranted granted{id, job.accepted.job, worker, slot, {}, false};
  granted.ranges = pending.take_front(count).ranges();
  record(std::move(granted));
  arm(id);
  send(worker, SendGrant{id});
}

}  // namespace gwageo
