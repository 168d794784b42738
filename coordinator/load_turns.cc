// Whose turn it is to load where loads are scarce: on a node that bears fewer at the same time than
// it has GPUs. Loads there hold others up (node_loads.h), for ten minutes each; whoever cancels
// what loads and asks again could do so for ever. So of the teams that wait for a load there, in
// the tier or a higher one, whoever had least of the node's loads for his share goes first, groups
// before their teams (load_ledger.h). Two teams with eight loads have four each; with one load they
// have it by turns, each for as long as the other had it, however many loads that are.
//
// Whoever has less than is guaranteed to it, or to a group of it, goes before all this: it would
// load a fiftieth of the time beside a team of fifty times its weight, and never hold what it is
// promised.
//
// Service decides between those that are alike in this. Nothing idles for a turn that nobody takes,
// nor for a gang whose turn it would be and that has no block to load on: it is somebody else's,
// and is not kept.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/dispatcher.h"
#include "protocol/wide.h"

namespace gwageo {

bool Dispatcher::has_turns(NodeNumber node) const {
  return loads_.most(node) < placement_.gpus(node);
}

std::vector<TeamNumber> Dispatcher::promised_on(NodeNumber node) const {
  std::vector<TeamNumber> teams;
  yielding_.for_each([&](const OutstandingYields::Asked& asked) {
    if (asked.yield.block.node == node) teams.push_back(asked.yield.for_team);
  });
  return teams;
}

// Most teams had more, or as much: only of the others it is asked whether they wait.
template <class Visit>
void Dispatcher::for_each_that_loads_first(const Ledger& ledger, NodeNumber node,
                                           const LoadLedger::Standing& standing,
                                           const Candidate& of, const Visit& visit) const {
  const ClassSet& fitting = waiting_.fitting(placement_.groups(node));
  const ClassSet without = bars_.on(node);
  const auto waits = [&](TeamNumber team) {
    for (std::uint8_t tier = waiting_.best_rank(team).tier; tier <= of.tier; ++tier) {
      if (any_class(ledger, fitting, without, {team, tier, true})) return true;
    }
    return false;
  };
  const bool is_short = ledger.is_short(of.team);
  for (const TeamNumber team : waiting_.teams()) {
    if (team == of.team) continue;
    const bool differs = ledger.is_short(team) != is_short;
    if (differs ? is_short : !standing.is_ahead(of.team, team)) continue;
    if (waits(team) && visit(team)) return;
  }
}

bool Dispatcher::lets_others_load(Instant now, const Ledger& ledger, const Block& block,
                                  const Candidate& of) const {
  bool lets = false;
  placement_.for_each_part(block, [&](const Block& part) {
    if (lets || !has_turns(part.node)) return;
    const auto standing = loads_.standing(now, part.node, ledger, promised_on(part.node));
    if (!standing) return;
    for_each_that_loads_first(ledger, part.node, *standing, of,
                              [&](TeamNumber) { return lets = true; });
  });
  return lets;
}

std::optional<LaterLoad> Dispatcher::loads_after_others(Instant now, const Ledger& ledger,
                                                        NodeNumber node,
                                                        const Candidate& of) const {
  if (!has_turns(node)) return std::nullopt;
  const auto standing = loads_.standing(now, node, ledger, promised_on(node));
  if (!standing) return std::nullopt;
  LaterLoad later{standing->loads(of.team), false, true, now, {}};
  std::vector<TeamNumber> parted;  // Those before it, or their groups.
  Wide rests = 0;
  for_each_that_loads_first(ledger, node, *standing, of, [&](TeamNumber team) {
    later.before.push_back(team);
    later.for_guarantees |= ledger.is_short(team) && !ledger.is_short(of.team);
    const Wide lead = standing->lead(of.team, team);
    const TeamNumber other = ledger.parted(of.team, team).second;
    if (lead <= 0 || std::find(parted.begin(), parted.end(), other) != parted.end()) return false;
    parted.push_back(other);
    rests += lead;
    return false;
  });
  if (later.before.empty()) return std::nullopt;
  later.has_part = rests == 0;
  later.rests_until = now + Duration{static_cast<std::int64_t>(rests / loads_.most(node))};
  return later;
}

}  // namespace gwageo
