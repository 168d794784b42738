#include "coordinator/slot_time.h"

#include <utility>

#include "protocol/check.h"

namespace gwageo {

void SlotTime::begin(const Slot& slot, Instant at) {
  Busy& busy = busy_[slot];
  if (busy.leases++ == 0) busy.since = at;
}

Duration SlotTime::take(const Slot& slot, Instant at) {
  const auto busy = busy_.find(slot);
  GWAGEO_CHECK(busy != busy_.end());
  GWAGEO_CHECK(at >= busy->second.since);
  return at - std::exchange(busy->second.since, at);
}

void SlotTime::end(const Slot& slot) {
  const auto busy = busy_.find(slot);
  GWAGEO_CHECK(busy != busy_.end());
  if (--busy->second.leases == 0) busy_.erase(busy);
}

}  // namespace gwageo
