// NodeLoads: which models are being loaded on which node, for whom, and what a load is expected to
// take there. Loads of one node share its network and its disks, so only so many go on at once. But
// that holds others up for a bounded time only: what loads for hours keeps nobody else from
// loading.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "coordinator/load_ledger.h"
#include "coordinator/placement.h"
#include "coordinator/waiting_work.h"
#include "protocol/time.h"

namespace gwageo {

/// A value; one thread.
class NodeLoads {
 public:
  /// `most` loads go on at once on a node for which nothing else is said, beside those that have
  /// gone on for longer than `counts`. REQUIRES: at least 1.
  NodeLoads(std::uint32_t most, Duration counts) : most_(most), counts_(counts) {}

  /// REQUIRES: `most` is at least 1.
  void limit(NodeNumber node, std::uint32_t most) { limits_[node] = most; }
  std::uint32_t most(NodeNumber node) const;

  /// For the next load of the class on the node, in place of what holds for the class anywhere.
  void expect(NodeNumber node, ClassNumber number, Duration load) { known_[{node, number}] = load; }
  /// None: as anywhere.
  std::optional<Duration> expected(NodeNumber node, ClassNumber number) const;

  void begin(Instant now, const Block& block, TeamNumber team);
  /// The same of a node where loads go by turns, beside slots that were promised to these teams.
  void begin_turn(Instant now, const Block& block, TeamNumber team, const Ledger& shares,
                  const std::vector<TeamNumber>& promised);
  /// It is over, or was broken off. Whether it was under way.
  bool end(Instant now, const Block& block);
  /// The node is gone with all that was loading and what was learned of it.
  void lose(NodeNumber node);

  /// Time has passed: the nodes that were full, and are no longer.
  std::vector<NodeNumber> pass(Instant now);

  /// Whether no further load may begin on the node.
  bool is_full(NodeNumber node) const;
  /// The same if what loads on the block, which is of one node, did not.
  bool is_full_without(const Block& block) const;
  bool is_loading(const Block& block) const;
  /// At the latest when a load ends to count, so that a full node is full no longer. None where it
  /// is not.
  std::optional<Instant> room_at(NodeNumber node) const;

  /// A load that holds others up.
  struct Counted {
    std::uint32_t first = 0;  ///< GPU
    TeamNumber team = 0;
    Instant since;
  };
  /// Those of the node, by place.
  std::vector<Counted> counted(NodeNumber node) const;
  /// Who had how much of the node's loads, and has. REQUIRES: loads are scarce there.
  LoadLedger::Standing standing(Instant now, NodeNumber node, const Ledger& shares,
                                const std::vector<TeamNumber>& promised) const;
  /// Shares are others now: turns begin anew.
  void shares_changed() { turns_.clear(); }

 private:
  using Place = std::pair<NodeNumber, std::uint32_t>;  // With the first GPU.
  struct Load {
    Instant since;
    TeamNumber team = 0;
  };

  void uncount(Instant now, const Load& load, const Place& place);

  std::uint32_t most_;
  Duration counts_;
  std::map<NodeNumber, std::uint32_t> limits_;
  std::map<std::pair<NodeNumber, ClassNumber>, Duration> known_;
  std::map<Place, Load> under_way_;
  std::set<std::pair<Instant, Place>> counted_;    // Of these, those that hold others up.
  std::map<NodeNumber, std::uint32_t> counts_of_;  // So many of them. None is 0.
  std::map<NodeNumber, LoadLedger> turns_;
};

}  // namespace gwageo
