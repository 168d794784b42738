// LoadLedger: what teams had of the loads of one node, against their shares. Whoever had least is
// next where loads are scarce (load_turns.cc). It is the ledger's rule (ledger.h) for another good:
// start-time fair queueing at every level of the tree of teams, groups first. The good is time in
// which a load held others up, and virtual time is that time divided by weight.
//
// A load's time is known when it is over, and until then it is whatever somebody said: so a load
// that is under way counts as what it has taken, and a usual load beside. Two teams of equal shares
// have equally many loads under way, whatever they say of them. What is usual is seen from those
// that are over: the longest of the last ones.
//
// A lead of less than a usual load, and than `borne_most`, is borne, and service decides: it knows
// what is done with what is loaded.
//
// Nothing is saved up, so nobody owes anybody more than a few loads:
//   - Whoever let another begin that had more is taken to have had as much, for instance a gang
//     that finds no block to load on.
//   - While the node would bear a further load and none begins, each is taken to have its part of
//     all that the node bears. Else whoever loads seldom and fast would go before whoever loads
//     long, every time, whatever else they were served.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/ledger.h"
#include "protocol/time.h"
#include "protocol/wide.h"

namespace gwageo {

/// A value; one thread.
class LoadLedger {
 public:
  /// Load time of a team.
  static constexpr Duration borne_most = seconds(10);

  /// A load that is under way, or that the team is promised a slot for.
  struct Load {
    TeamNumber team = 0;
    Duration took;  // So far.
  };

  /// What the node bears.
  struct Bounds {
    Duration load;  // At most, of one that is under way.
    std::uint32_t loads = 1;
    bool is_full = false;
  };

  /// All that counts at one moment. Sees the ledgers that it was made of.
  class Standing {
   public:
    /// REQUIRES: the ledgers outlive it.
    Standing(Instant now, const LoadLedger& had, const Ledger& shares,
             const std::vector<Load>& under_way, const Bounds& bounds);
    /// Whether the team is so far ahead that the other loads first, where their groups part.
    bool is_ahead(TeamNumber team, TeamNumber other) const;
    /// How far it is ahead by what loads have taken: load time of the other or its group, until it
    /// has had as much.
    Wide lead(TeamNumber team, TeamNumber other) const;
    Duration usual() const { return had_->usual_.value_or(bounds_.load); }
    /// A lead that is less costs no turn.
    Duration lead_borne() const { return std::min(usual(), borne_most); }
    /// Loads of the team that are under way.
    std::int64_t loads(TeamNumber team) const { return of(team).loads; }

   private:
    friend class LoadLedger;
    struct UnderWay {
      TeamNumber team = 0;  // Or group.
      std::int64_t loads = 0;
      Wide time = 0;   // What they have taken.
      Wide ended = 0;  // What others took that have ended since the last began.
    };
    UnderWay of(TeamNumber team) const;
    Wide clock_beside(TeamNumber team) const;  // No sibling is behind it.
    Wide left_open(std::optional<TeamNumber> group) const;
    Wide began(TeamNumber team) const;  // What a load of its that began now would begin at.
    Wide under_way(TeamNumber team) const;
    Wide borne(TeamNumber by) const;  // By how much another may be ahead when it begins.
    UnderWay& sum_of(TeamNumber team);

    const LoadLedger* had_;
    const Ledger* shares_;
    Bounds bounds_;
    Instant now_;
    std::vector<UnderWay> sums_;
  };

  /// A load of the team begins. REQUIRES: `standing` is of this ledger, and of now.
  void begin(const Standing& standing, TeamNumber team);
  /// It is over, or holds nobody up any more; the node was full with it, or was not.
  void end(Instant now, TeamNumber team, Duration took, bool was_full);

 private:
  // As in Ledger: large weights keep their precision.
  static constexpr std::int64_t scale = 1 << 10;
  static Wide part(Wide time, TeamNumber team, const Ledger& shares) {
    return time * scale / shares.share(team).weight;
  }
  static std::size_t place_of(std::optional<TeamNumber> group) { return group ? *group + 1 : 0; }

  std::vector<Wide> had_;     // Virtual times, of teams and groups.
  std::vector<Wide> clocks_;  // Of the members of each group, after those that have none.
  std::vector<Load> ended_;   // Since the last began: not in `had_` yet.
  std::optional<Duration> usual_;
  Instant open_since_;  // Nothing began, and the node would have borne it.
};

}  // namespace gwageo
