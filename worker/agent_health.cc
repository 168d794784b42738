// The agent and its slots' health: what is checked when, and what becomes of the work of a slot
// that is faulty.
#include <algorithm>

#include "worker/agent.h"

namespace gwageo {

bool Agent::is_faulty(std::uint32_t slot, std::uint32_t width) const {
  const auto first = faults_.begin() + slot;
  return std::any_of(first, first + width, [](const std::string& fault) { return !fault.empty(); });
}

bool Agent::is_held(std::uint32_t slot, std::uint32_t width) const {
  for (std::uint32_t i = slot; i < slot + width; ++i) {
    if (health_.holds(i)) return true;
  }
  return false;
}

// Those on which nothing runs, loads or unloads.
std::vector<bool> Agent::idle_slots() const {
  std::vector<bool> is_idle(slots_.size(), true);
  const auto is_busy = [&](std::uint32_t slot, std::uint32_t width) {
    for (std::uint32_t i = slot; i < slot + width && i < is_idle.size(); ++i) is_idle[i] = false;
  };
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].loading != Digest{} || slots_[i].unloading) is_busy(i, slots_[i].width);
  }
  for (const auto& [id, held] : held_) {
    if (held.running > 0) is_busy(held.slot, held.width);
  }
  return is_idle;
}

void Agent::tend_health() {
  if (options_.health.slots == 0 || stop_by_) return;
  if (std::optional<HealthCheck> check = health_.next(now_, idle_slots())) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      const bool overlaps = i < check->slot + check->width && check->slot < i + slots_[i].width;
      check->beside_model = check->beside_model || (overlaps && slots_[i].occupied);
    }
    actions_.check = check;
  }
  note_faults();
}

// The coordinator hears of a fault before it gets the slot's leases back, so that it does not lend
// them there again.
void Agent::note_faults() {
  bool is_changed = false;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (faults_[i] == health_.fault(i)) continue;
    faults_[i] = health_.fault(i);
    actions_.faults.emplace_back(i, faults_[i]);
    is_changed = true;
  }
  if (!is_changed) return;
  if (welcomed_) heartbeat();
  give_back_of_faulty_slots();
}

// What a faulty slot has answered is not believed unless it was sent already. Leases that are
// granted there later go back with the next heartbeat, and so no faster than one a second: a
// coordinator that does not know what a fault is would grant them again at once.
void Agent::give_back_of_faulty_slots() {
  std::vector<std::pair<LeaseId, std::string>> leases;
  for (auto& [id, held] : held_) {
    if (!is_faulty(held.slot, held.width)) continue;
    held.finished.clear();
    held.finished_since.reset();
    outbox_.withhold(id);
    std::string why;
    for (std::uint32_t i = held.slot; i < held.slot + held.width; ++i) {
      if (why.empty() && !faults_[i].empty()) why = "slot " + std::to_string(i) + ": " + faults_[i];
    }
    leases.emplace_back(id, why);
  }
  for (const auto& [id, why] : leases) give_back(id, GiveBackReason::draining, why);
}

}  // namespace gwageo
