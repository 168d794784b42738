// SlotTime: how long slots were busy, and for whom, from the log times of the facts alone.
//
// A slot is busy while it has a lease. Its time since it was last looked at is charged whenever one
// of its leases hands in, fails a try or ends, to the team of that lease:
//
//   lease of a granted      a hands in      b granted, on the same slot     b ends      a ends
//   |----- charged to a -----|----------------- charged to b ------------------|- to a -|
//
// So nothing is charged twice or forgotten: what all teams were charged is the time that slots were
// busy, but for what has passed since each busy slot was last looked at. A slot of which nothing
// comes is looked at, too: whoever has it for hours must not look as if it cost what was expected.
// Where the coordinator dies, what has passed since then is nobody's, `looks_at_most` of each slot,
// and neither is the time until its next life: there was nobody to hand anything in to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "protocol/ids.h"
#include "protocol/time.h"

namespace gwageo {

/// A value; one thread. Every call costs a look or two into maps of the busy slots.
class SlotTime {
 public:
  using Slot = std::pair<WorkerId, std::uint32_t>;
  struct Busy {
    Instant since;             ///< Everything before is charged.
    Instant quiet_since;       ///< When something came of it last, or it became busy.
    std::uint32_t leases = 0;  ///< Not 0.
    Instant looks;             ///< When it is to be looked at, whatever comes.
    friend bool operator==(const Busy&, const Busy&) = default;
  };

  /// How long a slot may be busy for longer than was expected before it is looked at.
  static constexpr Duration bears = seconds(1);
  /// How long one of which nothing comes is not looked at.
  static constexpr Duration looks_at_most = seconds(300);

  /// The slot has one more lease. A slot that was idle is to be looked at `bears` after what is
  /// expected of it.
  void begin(const Slot& slot, Instant at, Duration expected);
  /// Something came of the slot: the time until `at` that nobody was charged yet; the caller
  /// charges somebody now. REQUIRES: the slot is busy, and `at` is not before its `since`.
  Duration take(const Slot& slot, Instant at);
  /// The same while nothing comes.
  Duration take_late(const Slot& slot, Instant at);
  /// The slot has one lease less; what is not taken by now is lost. REQUIRES: it is busy.
  void end(const Slot& slot);

  /// A slot that is to be looked at by then, the one that waits for longest first; or none.
  std::optional<Slot> due(Instant at) const;
  /// It was looked at, and is again then. REQUIRES: the slot is busy.
  void look_at(const Slot& slot, Instant next);

  const std::map<Slot, Busy>& busy() const { return busy_; }
  friend bool operator==(const SlotTime&, const SlotTime&) = default;

 private:
  std::map<Slot, Busy> busy_;
  std::set<std::pair<Instant, Slot>> looks_;  ///< Of each busy slot.
};

}  // namespace gwageo
