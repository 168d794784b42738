// What teams pay for slots: in advance what leases are expected to take, then what they took, and
// what passes while nothing comes (slot_time.h, ledger.h).
#include <algorithm>

#include "coordinator/state_apply.h"
#include "protocol/wide.h"

namespace gwageo {

void State::Applier::take_back(Lease& lease, std::uint64_t size_before) {
  const std::uint64_t left = lease.rest.size();
  if (left == size_before) return;
  const auto wide = static_cast<Wide>(lease.expected.microseconds) * left / size_before;
  const Duration remains{static_cast<std::int64_t>(wide)};
  const Job& of = job(lease.granted.job);
  state.ledger_.charge(at, of.team, ((remains - lease.expected) * of.accepted.gpus).microseconds);
  lease.expected = remains;
}

void State::Applier::charge(const Lease& lease) {
  charge(lease, state.slot_time_.take({lease.granted.worker, lease.granted.slot}, at));
}

void State::Applier::charge(const Lease& lease, Duration taken) {
  if (lease.granted.probe) return;
  const Job& of = job(lease.granted.job);
  const Duration time = taken * of.accepted.gpus;
  state.ledger_.charge(at, of.team, time.microseconds);
  if (!state.teams_.add(of.accepted.team, {0, 0, time})) return;
  release_followers_of_spent();
  for (const auto& [id, queued] : state.jobs_) {
    if (!queued.queued()) continue;
    demand(queued.team, queued.accepted.team);
    state.touched_.jobs.push_back(id);
  }
}

State::Applier::OnSlot State::Applier::leases_on(const SlotTime::Slot& slot) {
  OnSlot found;
  for (const LeaseId id : state.leases_of(slot.first)) {
    Lease& each = lease(id);
    if (each.granted.slot != slot.second) continue;
    found.is_probed = found.is_probed || each.granted.probe;
    if (found.oldest == nullptr && !each.granted.probe) found.oldest = &each;
    found.expected = found.expected + each.expected;
  }
  return found;
}

void State::Applier::charge_late() {
  while (const std::optional<SlotTime::Slot> slot = state.slot_time_.due(at)) {
    // They run one after another, as far as anybody can tell: the oldest is under way. What a probe
    // takes of the time is nobody's.
    const OnSlot there = leases_on(*slot);
    Lease* const first = there.is_probed ? nullptr : there.oldest;
    Duration expected = there.expected;
    const auto next = [&] {
      const Instant since = state.slot_time_.busy().at(*slot).since;
      const Duration silent = first ? since - std::min(since, first->progressed_at) : Duration{};
      const Duration pause = std::min(Duration{silent.microseconds / 4}, SlotTime::looks_at_most);
      return since + std::max(expected + SlotTime::bears, pause);
    };
    if (first != nullptr && next() <= at) {
      const Duration taken = state.slot_time_.take_late(*slot, at);
      const Duration paid = std::min(first->expected, taken);
      charge(*first, taken);
      state.touched_.late.push_back(*slot);
      const Job& of = job(first->granted.job);
      state.ledger_.charge(at, of.team, -(paid * of.accepted.gpus).microseconds);
      first->expected = first->expected - paid;
      expected = expected - paid;
    }
    Duration pause = SlotTime::bears;
    if (first == nullptr) {  // Of a probe without an end, too, nobody asks every second.
      const Duration quiet = at - state.slot_time_.busy().at(*slot).since;
      pause = std::max(pause, Duration{quiet.microseconds / 4});
    }
    state.slot_time_.look_at(*slot, std::max(next(), at + pause));
  }
}

}  // namespace gwageo
