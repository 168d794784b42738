#include "coordinator/slot_time.h"

#include <utility>

#include "protocol/check.h"

namespace gwageo {

void SlotTime::begin(const Slot& slot, Instant at, Duration expected) {
  Busy& busy = busy_[slot];
  if (busy.leases++ > 0) return;
  busy.since = at;
  busy.quiet_since = at;
  busy.looks = at + expected + bears;
  looks_.emplace(busy.looks, slot);
}

Duration SlotTime::take(const Slot& slot, Instant at) {
  const Duration time = take_late(slot, at);
  busy_.at(slot).quiet_since = at;
  return time;
}

Duration SlotTime::take_late(const Slot& slot, Instant at) {
  const auto busy = busy_.find(slot);
  GWAGEO_CHECK(busy != busy_.end());
  GWAGEO_CHECK(at >= busy->second.since);
  return at - std::exchange(busy->second.since, at);
}

void SlotTime::end(const Slot& slot) {
  const auto busy = busy_.find(slot);
  GWAGEO_CHECK(busy != busy_.end());
  if (--busy->second.leases > 0) return;
  looks_.erase({busy->second.looks, slot});
  busy_.erase(busy);
}

std::optional<SlotTime::Slot> SlotTime::due(Instant at) const {
  if (looks_.empty() || at < looks_.begin()->first) return std::nullopt;
  return looks_.begin()->second;
}

void SlotTime::look_at(const Slot& slot, Instant next) {
  const auto busy = busy_.find(slot);
  GWAGEO_CHECK(busy != busy_.end());
  looks_.erase({busy->second.looks, slot});
  busy->second.looks = next;
  looks_.emplace(next, slot);
}

}  // namespace gwageo
