// Preemption: when GPUs that would serve one team may serve another instead. One rule for a run
// that ends, for one that could go on, and for one that is asked to yield: what was taken by it
// cannot be taken back by it, so nobody preempts in a circle.
//
// Phi, the potential, is compared from left to right:
//
//   tiers                  sum over running blocks of their GPUs times their tier's number
//   for each depth of the tree of teams, from the top:
//     guarantees           sum over demanding teams of that depth of the GPUs that their guarantee
//                          is short by
//     service              sum over teams of that depth of the GPUs that they hold times what they
//                          were served for their weight (Ledger::served)
//
// A taking is legal only if Phi is less after it than before, as long as nothing else changes. It
// moves GPUs between two teams whose groups part at some depth, and nothing above that depth.
//
//   tier        A higher tier takes from a lower one: `tiers` falls by the GPUs at least.
//   guarantee   Where they part, the GPUs fill some of the preemptor's guarantee, and without them
//               the victim has its own: `guarantees` falls by a GPU at least.
//   service     They fill as much of the preemptor's guarantee as they leave empty of the victim's,
//               or more (mostly nothing), and the victim is ahead of the preemptor by more than is
//               borne: `guarantees` does not rise, and `service` falls by more than the GPUs times
//               that.
//
// So guarantees that the pool cannot meet together are no claims against one another, and who has
// no more than its guarantee gives none of it to others' shares. The grounds agree with the order
// in which free GPUs are given away (Ledger::before, of what is held without them): what was taken
// is not given back.
//
// Takings therefore end. While nobody is served and nothing arrives, Phi falls with each, `tiers`
// and `guarantees` are whole and not below 0, and `service` has as many values as there are ways to
// share the GPUs out. Being served raises `service` alone, by what was served times the GPUs held;
// so a taking in exchange for service comes only after as much service as pays for it, and one by
// guarantee or tier only as often as demand changes or service was exchanged.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/ledger.h"
#include "protocol/time.h"
#include "protocol/wide.h"

namespace gwageo {

/// GPUs that would serve `victim` and are to serve `preemptor` instead.
struct Taking {
  TeamNumber victim = 0;
  TeamNumber preemptor = 0;
  std::uint8_t victim_tier = 0;  ///< Rank::tier
  std::uint8_t preemptor_tier = 0;
  std::int64_t gives = 1;            ///< GPUs
  std::int64_t takes = 1;            ///< Of these, and of idle ones beside them.
  std::optional<TeamNumber> holder;  ///< Who has them in use, in the ledger; none: nobody.
  std::int64_t borne = 0;            ///< Of Ledger::service_lead, at least 0.
  Duration horizon;                  ///< The lead must be too large then, too.
};

/// GPUs that a team will have in use more than the ledger says, or less.
using Promised = std::vector<std::pair<TeamNumber, std::int64_t>>;

/// Why something may be taken.
enum class Grounds { none, tier, guarantee, service };

/// The first that makes the taking legal. `promised` counts as if it were so already.
Grounds grounds_to_take(const Ledger& ledger, const Taking& taking, const Promised& promised = {});

/// Phi, for checks: a taking is legal only if this falls.
struct Potential {
  struct Level {
    std::int64_t guarantees = 0;
    Wide service = 0;
    friend auto operator<=>(const Level&, const Level&) = default;
  };
  std::int64_t tiers = 0;
  std::vector<Level> levels;  ///< By depth.
  friend auto operator<=>(const Potential&, const Potential&) = default;
};

/// `tiers` is the first part of it, which the ledger does not know.
Potential potential(const Ledger& ledger, std::int64_t tiers);

}  // namespace gwageo
