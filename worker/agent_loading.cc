// What the agent has loaded on its slots, and what it loads and unloads next.
#include <algorithm>
#include <utility>

#include "protocol/check.h"
#include "worker/agent.h"

namespace gwageo {
namespace {

bool overlap(std::uint32_t a, std::uint32_t a_width, std::uint32_t b, std::uint32_t b_width) {
  return a < b + b_width && b < a + a_width;
}

}  // namespace

// Nothing runs on the block, and no older lease waits for any of it. Two leases of one block, or of
// blocks that overlap, are here at once only when one is over and the word of it is on its way.
bool Agent::may_load(LeaseId id, const Held& held) const {
  return std::none_of(held_.begin(), held_.end(), [&](const auto& entry) {
    const auto& [other_id, other] = entry;
    if (!overlap(other.slot, other.width, held.slot, held.width)) return false;
    return other.running > 0 || (other_id < id && !other.unstarted.empty());
  });
}

// Whether the block's slots are free but for its first, which a load frees itself. What is loaded
// on the others is unloaded, once it is there.
bool Agent::clear_block(const Held& held) {
  bool is_clear = true;
  for (std::uint32_t number = 0; number < slots_.size(); ++number) {
    Slot& slot = slots_[number];
    if (number == held.slot || !slot.occupied) continue;
    if (!overlap(number, slot.width, held.slot, held.width)) continue;
    is_clear = false;
    if (slot.loading != Digest{} || slot.unloading) continue;
    unload(number);
  }
  return is_clear;
}

void Agent::unload(std::uint32_t number) {
  slots_[number].loaded = {};
  slots_[number].unloading = true;
  actions_.orders.emplace_back(UnloadModel{number});
}

// A load without a lease is for nobody, and keeps the slot from whoever comes next.
void Agent::tend_load(std::uint32_t number) {
  Slot& slot = slots_[number];
  const bool is_awaited = std::any_of(held_.begin(), held_.end(), [&](const auto& entry) {
    return entry.second.slot == number && entry.second.class_key == slot.loading;
  });
  if (is_awaited || slot.broken_off) return;
  slot.broken_off = true;
  actions_.orders.emplace_back(BreakOffLoad{number, slot.loading});
}

// Starts what the slot's model can serve. When nothing of that model is left, the next model is
// loaded: the one that the oldest lease waits for.
void Agent::tend(std::uint32_t number) {
  Slot& slot = slots_[number];
  if (slot.loading != Digest{}) return tend_load(number);
  if (slot.unloading) return;
  if (slot.occupied && is_faulty(number, slot.width)) return unload(number);
  const Held* next = nullptr;
  LeaseId id_of_next;
  for (auto& [id, held] : held_) {
    if (held.slot != number) continue;
    const bool is_loaded =
        held.class_key == slot.loaded && held.width == slot.width && !is_held(number, slot.width);
    if (!held.unstarted.empty() && is_loaded) start_items(id, held);
    if (held.unstarted.empty() || next != nullptr) continue;
    next = &held;
    id_of_next = id;
  }
  if (next == nullptr || !may_load(id_of_next, *next)) return;
  if (is_faulty(number, next->width) || is_held(number, next->width)) return;
  if (next->class_key == slot.away && now_ < slot.away_until) return;
  if (!clear_block(*next)) return;
  const bool alone = slot.width != next->width;
  slot.before = std::exchange(slot.loaded, Digest{});
  slot.loading = next->class_key;
  slot.width = next->width;
  slot.occupied = true;
  // Calls of leases that are over would have ended in the engine that now goes away.
  calls_.erase_if([&](const CallPlace& call) { return !held_.contains(call.lease); });
  actions_.orders.emplace_back(LoadModel{number, next->class_key, next->model, next->width, alone});
}

void Agent::on(const ModelLoaded& e) {
  GWAGEO_CHECK(e.slot < slots_.size());
  Slot& slot = slots_[e.slot];
  if (slot.loading != e.class_key) return;  // Another model was asked for since.
  slot.loading = {};
  const bool ok = e.error.empty();
  const bool was_broken_off = std::exchange(slot.broken_off, false);
  slot.occupied = ok || e.kept;
  if (ok) slot.loaded = e.class_key;
  if (e.kept) slot.loaded = slot.before;
  if (was_broken_off && !ok) return heartbeat();  // Which says nothing of the model.
  slot.away = e.unreachable ? e.class_key : Digest{};
  slot.away_until = e.unreachable ? now_ + server_pause : Instant{};
  if (e.unreachable && !e.kept) health_.incident(now_, e.slot, slot.width);
  send(Loaded{options_.worker, e.slot, e.class_key, ok, e.took, e.error});
  std::vector<LeaseId> waiting;
  for (const auto& [id, held] : held_) {
    if (!ok && held.slot == e.slot && held.class_key == e.class_key) waiting.push_back(id);
  }
  const auto reason = e.unreachable ? GiveBackReason::unreachable : GiveBackReason::load_failed;
  for (const LeaseId id : waiting) give_back(id, reason, e.error);
  if (e.kept) heartbeat();  // With what is still there, which is of use at once.
}

void Agent::on(const ModelUnloaded& e) {
  GWAGEO_CHECK(e.slot < slots_.size());
  slots_[e.slot].unloading = false;
  slots_[e.slot].occupied = false;
}

}  // namespace gwageo
