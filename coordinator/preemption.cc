#include "coordinator/preemption.h"

#include <algorithm>

#include "coordinator/planted_bug.h"

namespace gwageo {
namespace {

// How many of `gpus` the guarantee of the team (or group) lacks while nobody has them.
std::int64_t fills(const Ledger& ledger, TeamNumber team, std::int64_t gpus, const Taking& taking,
                   const Promised& promised) {
  const std::int64_t guarantee = ledger.share(team).guarantee;
  if (guarantee == 0) return 0;
  std::int64_t held = ledger.held(team);
  if (taking.holder && ledger.is_within(*taking.holder, team)) held -= taking.gives;
  for (const auto& [other, change] : promised) {
    if (ledger.is_within(other, team)) held += change;
  }
  return std::clamp<std::int64_t>(guarantee - held, 0, gpus);
}

}  // namespace

Grounds grounds_to_take(const Ledger& ledger, const Taking& taking, const Promised& promised) {
  if (taking.preemptor_tier != taking.victim_tier) {
    return taking.preemptor_tier < taking.victim_tier ? Grounds::tier : Grounds::none;
  }
  const auto [from, to] = ledger.parted(taking.victim, taking.preemptor);
  if (from == to) return Grounds::none;  // Within a team nobody is owed anything.
  const std::int64_t emptied = fills(ledger, from, taking.gives, taking, promised);
  const std::int64_t filled = fills(ledger, to, taking.takes, taking, promised);
  if (filled > 0 && planted(PlantedBug::taking_without_potential)) return Grounds::guarantee;
  if (filled > 0 && emptied == 0) return Grounds::guarantee;
  if (filled < emptied) return Grounds::none;
  const bool is_ahead = ledger.service_lead(from, to) > taking.borne &&
                        ledger.service_lead(from, to, taking.horizon) > taking.borne;
  return is_ahead ? Grounds::service : Grounds::none;
}

Potential potential(const Ledger& ledger, std::int64_t tiers) {
  Potential phi;
  phi.tiers = tiers;
  for (TeamNumber team = 0; team < ledger.size(); ++team) {
    std::size_t depth = 0;
    for (auto up = ledger.share(team).parent; up; up = ledger.share(*up).parent) ++depth;
    if (phi.levels.size() <= depth) phi.levels.resize(depth + 1);
    const std::int64_t held = ledger.held(team);
    if (ledger.demanding(team)) {
      phi.levels[depth].guarantees +=
          std::max<std::int64_t>(0, ledger.share(team).guarantee - held);
    }
    phi.levels[depth].service += static_cast<Wide>(held) * ledger.served(team);
  }
  return phi;
}

}  // namespace gwageo
