// Whose turn it is to load where loads are scarce: on a node that bears fewer at the same time than
// it has GPUs. Loads there hold others up (node_loads.h), for ten minutes each; whoever cancels
// what loads and asks again could do so for ever. So whoever loads as much as falls to him goes
// after those that load less. Of `most` loads, W the weights of all that wait for one there, in the
// tier or a higher one, and w a team's own, these fall to it:
//
//   part = most * w / W = whole ones + f of one
//
// Beside the whole ones it loads one more by turns: after a load it rests for as long as the
// others' parts of that one are, took * (1 / f - 1). Who rests for longer goes after who rests for
// less. Two teams with eight loads have four each; with one load they have it by turns, each for as
// long as the other had it, however many loads that are. Of two loads, where one team is due five
// times as much as the other, it has one, and the other one two thirds of the time: without that
// both teams had one each, and with it as many slots.
//
// Whoever has less than is guaranteed to it, or to a group of it, goes before all this: it would
// load a fiftieth of the time beside a team of fifty times its weight, and never hold what it is
// promised.
//
// Service decides between those that are alike in this: nothing idles for a turn that nobody takes,
// nor for a gang whose turn it would be and that has no block to load on.
#include <algorithm>
#include <optional>
#include <vector>

#include "coordinator/dispatcher.h"
#include "protocol/wide.h"

namespace gwageo {
namespace {

// What a team has of a node's loads; less goes first.
struct Turn {
  bool is_met = true;     // No guarantee of its, or of a group of its, is short.
  bool has_part = false;  // It loads all that falls to it, with the one that it has by turns.
  Instant rests_until;    // Now, where it does not rest.
  friend auto operator<=>(const Turn&, const Turn&) = default;
};

Turn turn_of(Instant now, bool is_met, Wide loads, const NodeLoads::Had& had, Wide most_own,
             Wide all) {
  Turn turn{is_met, loads * all >= most_own, now};
  const Wide part_of_one = most_own % all;
  if (part_of_one == 0 || loads < most_own / all) return turn;
  const Wide rest = Wide{had.took.microseconds} * (all - part_of_one) / part_of_one;
  turn.rests_until = std::max(now, had.until + Duration{static_cast<std::int64_t>(rest)});
  return turn;
}

}  // namespace

std::optional<LaterLoad> Dispatcher::loads_after_others(Instant now, const Ledger& ledger,
                                                        const Block& block,
                                                        const DispatchCandidate& of) const {
  const auto on_node = [&](NodeNumber node) -> std::optional<LaterLoad> {
    const Wide most = loads_.most(node);
    if (most >= placement_.gpus(node)) return std::nullopt;
    const std::vector<NodeLoads::Counted> counted = loads_.counted(node);
    // With those that it is promised slots for.
    const auto loads_of = [&](TeamNumber team) {
      std::int64_t loads = 0;
      for (const NodeLoads::Counted& load : counted) loads += load.team == team;
      yielding_.for_each([&](const OutstandingYields::Asked& asked) {
        loads += asked.yield.block.node == node && asked.yield.for_team == team;
      });
      return loads;
    };
    LaterLoad later{loads_of(of.team), false, false, now, {}};
    if (later.loads == 0 && loads_.had(node, of.team).took == Duration{}) return std::nullopt;
    const ClassSet& fitting = waiting_.fitting(placement_.groups(node));
    ClassSet without = bars_.on(node);
    without.put_all(bars_.nowhere());
    const Wide own = ledger.share(of.team).weight;
    Wide all = own;
    std::vector<TeamNumber> others;  // That wait for a load there.
    for (const TeamNumber team : waiting_.teams()) {
      bool waits = false;
      for (std::uint8_t tier = 0; team != of.team && tier <= of.tier && !waits; ++tier) {
        waits = any_class(ledger, fitting, without, {team, tier, true});
      }
      if (!waits) continue;
      others.push_back(team);
      all += ledger.share(team).weight;
    }
    const Turn turn = turn_of(now, !ledger.is_short(of.team), later.loads,
                              loads_.had(node, of.team), most * own, all);
    for (const TeamNumber team : others) {
      const Wide most_theirs = most * ledger.share(team).weight;
      const Turn theirs = turn_of(now, !ledger.is_short(team), loads_of(team),
                                  loads_.had(node, team), most_theirs, all);
      if (theirs < turn) later.before.push_back(team);
      later.for_guarantees |= theirs.is_met < turn.is_met;
    }
    if (later.before.empty()) return std::nullopt;
    later.has_part = turn.has_part;
    later.rests_until = turn.rests_until;
    return later;
  };
  std::optional<LaterLoad> later;
  placement_.for_each_part(block, [&](const Block& part) {
    if (!later) later = on_node(part.node);
  });
  return later;
}

}  // namespace gwageo
