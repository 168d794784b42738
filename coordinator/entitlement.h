// Entitlement: what part of the pool each team is due now, in the long run of the order in which
// the ledger serves (ledger.h): weighted max-min fairness, or water-filling, at every level of the
// tree. Water rises in all siblings at once, as fast as their weights say; a guarantee is a floor
// that is filled before, and nobody gets more than its limit or than it could use. For people: no
// decision reads it. Tiers, loads and which slots can run what are left out.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/ledger.h"

namespace gwageo {

/// A team as the pool sees it. A group's `usable` is of work of its own, without its members'.
struct Claim {
  Share share;
  std::int64_t usable = 0;  ///< GPUs that its own work could use at once, those it holds included.
};

/// In thousandths of a GPU, for each claim of the list (Share::parent is a place in it); a group's
/// are those of all below it together. Work of a group's own counts as one more member, of weight
/// 1. At most a thousandth for each sibling is lost to rounding. REQUIRES: the parents form no
/// cycle; weights >= 1; 0 <= gpus <= 2^32. Costs O(claims).
std::vector<std::int64_t> entitlements(const std::vector<Claim>& claims, std::int64_t gpus);

}  // namespace gwageo
