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
#include <vector>

#include "coordinator/dispatcher.h"
#include "protocol/wide.h"

namespace gwageo {

/// The turns of one node, as they are now.
class LoadTurns {
 public:
  LoadTurns(const Dispatcher& dispatcher, Instant now, const Ledger& ledger, NodeNumber node)
      : dispatcher_(dispatcher), ledger_(ledger), node_(node) {
    if (has_turns(dispatcher, node)) {
      standing_ = dispatcher.loads_.standing(now, node, ledger, promised(dispatcher, node));
    }
  }
  static bool has_turns(const Dispatcher& dispatcher, NodeNumber node) {
    return dispatcher.loads_.most(node) < dispatcher.placement_.gpus(node);
  }
  /// To whom, for each slot that is to yield there.
  static std::vector<TeamNumber> promised(const Dispatcher& dispatcher, NodeNumber node) {
    std::vector<TeamNumber> teams;
    dispatcher.yielding_.for_each([&](const OutstandingYields::Asked& asked) {
      if (asked.yield.block.node == node) teams.push_back(asked.yield.for_team);
    });
    return teams;
  }

  const LoadLedger::Standing& standing() const { return *standing_; }

  /// Calls `visit` with who waits for a load there and goes before, until it is true. Most teams
  /// had more, or as much: of the others alone it is asked whether they wait.
  template <class Visit>
  void for_each_before(const DispatchCandidate& of, const Visit& visit) const {
    if (!standing_) return;
    const ClassSet& fitting = dispatcher_.waiting_.fitting(dispatcher_.placement_.groups(node_));
    const ClassSet without = dispatcher_.bars_.on(node_);
    const bool is_short = ledger_.is_short(of.team);
    for (const TeamNumber team : dispatcher_.waiting_.teams()) {
      if (team == of.team) continue;
      const bool differs = ledger_.is_short(team) != is_short;
      if (differs ? is_short : !standing_->is_ahead(of.team, team)) continue;
      std::uint8_t tier = dispatcher_.waiting_.best_rank(team).tier;
      for (bool waits = false; tier <= of.tier && !waits; ++tier) {
        waits = dispatcher_.any_class(ledger_, fitting, without, {team, tier, true});
        if (waits && visit(team)) return;
      }
    }
  }

 private:
  const Dispatcher& dispatcher_;
  const Ledger& ledger_;
  NodeNumber node_;
  std::optional<LoadLedger::Standing> standing_;  // None where all may load.
};

void Dispatcher::begin_load(Instant now, const Ledger& ledger, const Block& block,
                            TeamNumber team) {
  placement_.for_each_part(block, [&](const Block& part) {
    if (LoadTurns::has_turns(*this, part.node)) {
      loads_.begin_turn(now, part, team, ledger, LoadTurns::promised(*this, part.node));
    } else {
      loads_.begin(now, part, team);
    }
    placement_.set_full(part.node, loads_.is_full(part.node));
  });
}

// Whether others go before on some node of the block.
bool Dispatcher::lets_others_load(Instant now, const Ledger& ledger, const Block& block,
                                  const Candidate& of) const {
  bool lets = false;
  placement_.for_each_part(block, [&](const Block& part) {
    if (lets) return;
    LoadTurns(*this, now, ledger, part.node).for_each_before(of, [&](TeamNumber) {
      return lets = true;
    });
  });
  return lets;
}

std::optional<LaterLoad> Dispatcher::loads_after_others(Instant now, const Ledger& ledger,
                                                        NodeNumber node,
                                                        const Candidate& of) const {
  const LoadTurns turns(*this, now, ledger, node);
  LaterLoad later{0, false, true, now, {}};
  std::vector<TeamNumber> parted;  // Those before it, or their groups.
  Wide rests = 0;
  turns.for_each_before(of, [&](TeamNumber team) {
    later.before.push_back(team);
    later.for_guarantees |= ledger.is_short(team) && !ledger.is_short(of.team);
    const Wide lead = turns.standing().lead(of.team, team);
    const TeamNumber other = ledger.parted(of.team, team).second;
    const bool is_known = std::find(parted.begin(), parted.end(), other) != parted.end();
    if (lead < turns.standing().lead_borne().microseconds || is_known) return false;
    parted.push_back(other);
    rests += lead;
    return false;
  });
  if (later.before.empty()) return std::nullopt;
  later.loads = turns.standing().loads(of.team);
  later.has_part = rests == 0;
  later.rests_until = now + Duration{static_cast<std::int64_t>(rests / loads_.most(node))};
  return later;
}

}  // namespace gwageo
