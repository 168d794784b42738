// SlotTime: how long slots were busy, and for whom, from the log times of the facts alone.
//
// A slot is busy while it has a lease. Its time since it was last looked at is charged whenever one
// of its leases hands in, fails a try or ends, to the team of that lease:
//
//   lease of a granted      a hands in      b granted, on the same slot     b ends      a ends
//   |----- charged to a -----|----------------- charged to b ------------------|- to a -|
//
// So nothing is charged twice or forgotten: what all teams were charged is the time that slots were
// busy, but for what has passed since each busy slot was last looked at.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// A value; one thread. Every call costs one look into a map of the busy slots.
class SlotTime {
 public:
  using Slot = std::pair<WorkerId, std::uint32_t>;
  struct Busy {
    Instant since;             ///< Everything before is charged.
    std::uint32_t leases = 0;  ///< Not 0.
    friend bool operator==(const Busy&, const Busy&) = default;
  };

  /// The slot has one more lease.
  void begin(const Slot& slot, Instant at);
  /// The time until `at` that nobody was charged yet; the caller charges somebody now. REQUIRES:
  /// the slot is busy, and `at` is not before its `since`.
  Duration take(const Slot& slot, Instant at);
  /// The slot has one lease less; what is not taken by now is lost. REQUIRES: it is busy.
  void end(const Slot& slot);

  const std::map<Slot, Busy>& busy() const { return busy_; }
  friend bool operator==(const SlotTime&, const SlotTime&) = default;

 private:
  std::map<Slot, Busy> busy_;
};

}  // namespace gwageo
