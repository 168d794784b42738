// Ledger: what every team was served, against its share. Who has had least is next. Integers only;
// no clock: time comes with each call.
//
// Teams form a tree: a team's parent is a group, whose share its members divide. Service is slot
// time: GPUs times the time they were held, loads and waste included. Among siblings, virtual time
// is service divided by weight, and the least is next: start-time fair queueing (Goyal et al. 1996)
// at every level of the tree. A team that comes back from idling starts at its siblings' virtual
// clock: what it left unused was lent, not saved, so that nobody can hoard the pool's future.
// Service decays with a half-life, so that what was borrowed long ago is forgiven.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/time.h"
#include "protocol/wide.h"

namespace gwageo {

/// A team's place in the ledger: 0, 1, ... in the order in which they were named.
using TeamNumber = std::uint32_t;

/// What a team is entitled to, beside its siblings.
struct Share {
  std::optional<TeamNumber> parent;  ///< None: beside all the groups at the top.
  std::uint32_t weight = 1;          ///< At least 1.
  std::uint32_t guarantee = 0;       ///< GPUs in use at once that it gets before others get more.
  std::uint32_t limit = 0;           ///< GPUs in use at once that it never exceeds; 0: none.
  friend bool operator==(const Share&, const Share&) = default;
};

/// A value; one thread.
class Ledger {
 public:
  static constexpr Duration default_half_life = seconds(24 * 3600);

  explicit Ledger(Duration half_life = default_half_life);

  /// The team of this name; a new one has the share {}.
  TeamNumber team(const std::string& name);
  std::size_t size() const { return nodes_.size(); }
  /// Every team that was ever named.
  const std::map<std::string, TeamNumber>& names() const { return names_; }
  /// From now on. What was served before keeps its place in the order: a larger weight is no
  /// credit. REQUIRES: the parents form no cycle, and weight >= 1.
  void set(TeamNumber team, const Share& share);

  /// The team was served this much slot time (microseconds times GPUs); less than 0 takes back what
  /// was charged before. Counts for its groups too.
  void charge(Instant at, TeamNumber team, std::int64_t slot_time);
  /// The team takes `gpus` more into use, or gives them back (less than 0).
  void hold(TeamNumber team, std::int64_t gpus);
  /// The team has work that could run (true) or none any more. Changes nothing when told again.
  void demand(Instant at, TeamNumber team, bool demanding);

  bool demanding(TeamNumber team) const { return nodes_[team].demanding > 0; }
  std::int64_t held(TeamNumber team) const { return nodes_[team].held; }
  const Share& share(TeamNumber team) const { return nodes_[team].share; }
  /// Whether neither the team nor a group of it would exceed its limit with `gpus` more in use.
  bool may_hold(TeamNumber team, std::int64_t gpus) const {
    const Node& node = nodes_[team];
    if (node.share.parent) return may_hold_in_groups(team, gpus);
    return node.share.limit == 0 || node.held + gpus <= node.share.limit;
  }
  /// The strict order in which demanding teams are served: whose guarantee is short, then whoever
  /// was served least, then the smaller number; decided where their groups part.
  bool before(TeamNumber a, TeamNumber b) const {
    if (nodes_[a].share.parent == nodes_[b].share.parent) return sibling_before(a, b);
    return before_apart(a, b);
  }
  /// Of these teams, each of which is named once, the first in that order that passes; none where
  /// none does. `passes` is asked of other teams, too.
  template <class Passes>
  std::optional<TeamNumber> first(const std::vector<TeamNumber>& teams,
                                  const Passes& passes) const {
    // Of a line of which every tenth is one of them, ten or so are asked.
    if (grouped_ == 0 && teams.size() * teams.size() >= line_.size()) {
      const auto found = std::find_if(line_.begin(), line_.end(), passes);
      return found == line_.end() ? std::nullopt : std::optional(*found);
    }
    std::optional<TeamNumber> first;
    for (const TeamNumber team : teams) {
      if ((!first || before(team, *first)) && passes(team)) first = team;
    }
    return first;
  }
  /// How far `a` is ahead of `b`: `service_lead`, but where one's guarantee alone is short.
  std::int64_t lead(TeamNumber a, TeamNumber b) const;
  /// The difference of virtual times where their groups part, in slot microseconds for a weight of
  /// 1, as it will be after `horizon` if both go on holding what they hold; guarantees apart. At
  /// most `lead_max`, which is the lead over a short guarantee.
  std::int64_t service_lead(TeamNumber a, TeamNumber b, Duration horizon = {}) const;
  static constexpr std::int64_t lead_max = std::int64_t{1} << 52;
  /// What the team was served for its weight: slot microseconds for a weight of 1.
  std::int64_t served(TeamNumber team) const {
    return static_cast<std::int64_t>(nodes_[team].virtual_time >> scale_bits);
  }
  /// The groups of `a` and `b` (or they themselves) that are siblings; the same twice where one is
  /// a group of the other.
  std::pair<TeamNumber, TeamNumber> parted(TeamNumber a, TeamNumber b) const;
  /// Whether the guarantee of the team, or of a group of it, is not met.
  bool is_short(TeamNumber team) const;
  /// Whether the team is `group`, or one of its members, or of theirs.
  bool is_within(TeamNumber team, TeamNumber group) const;
  /// Of so many GPUs, what falls to the team by the weights and guarantees of all that demand now,
  /// itself among them, and of their groups; no more than limits allow. Rounded down: what somebody
  /// leaves unused is nobody's part.
  std::int64_t part_of(TeamNumber team, std::int64_t gpus) const;
  /// The weights of all that demand beside `a` and `b`, theirs with them, where their groups part.
  std::uint64_t weight_beside(TeamNumber a, TeamNumber b) const;

  void check() const;  ///< The line is computed again and compared.
  friend bool operator==(const Ledger&, const Ledger&) = default;

 private:
  // Virtual times carry ten more bits than slot time, so that large weights keep their precision.
  // A team of the weight 1 that uses 70,000 GPUs for days would not fit in 64 bits with them.
  static constexpr int scale_bits = 10;

  struct Node {
    Share share;
    std::uint32_t depth = 0;
    std::uint32_t demanding = 0;  // Itself and its members that demand.
    bool demands_itself = false;
    std::int64_t held = 0;
    Wide virtual_time = 0;
    friend bool operator==(const Node&, const Node&) = default;
  };

  static bool is_short(const Node& node) {
    return node.demanding > 0 && node.held < node.share.guarantee;
  }
  bool sibling_before(TeamNumber a, TeamNumber b) const {
    const bool a_short = is_short(nodes_[a]);
    if (a_short != is_short(nodes_[b])) return a_short;
    const Wide ahead = nodes_[a].virtual_time - nodes_[b].virtual_time;
    return ahead != 0 ? ahead < 0 : a < b;
  }
  bool before_apart(TeamNumber a, TeamNumber b) const;
  bool may_hold_in_groups(TeamNumber team, std::int64_t gpus) const;
  void part(TeamNumber& a, TeamNumber& b) const;
  void decay(Instant at);
  void move_in_line(TeamNumber team);
  auto in_line() const {
    return [this](TeamNumber a, TeamNumber b) { return sibling_before(a, b); };
  }
  void measure_depths();
  void begin_demand(TeamNumber team);
  void add_to_groups(TeamNumber team, std::int64_t held, std::int64_t demanding);
  // Of the members of a group, or of all that have none.
  struct Siblings {
    Wide clock = 0;  // The virtual time at which one starts that comes back.
    std::uint64_t demanding_weight = 0;
    friend bool operator==(const Siblings&, const Siblings&) = default;
  };
  Siblings& siblings_of(const Node& node);

  Duration half_life_;
  std::int64_t decay_steps_ = 0;  // Steps of half_life / 64 that were applied.
  Instant next_decay_;            // When the next one is due.
  std::map<std::string, TeamNumber> names_;
  std::vector<Node> nodes_;
  std::vector<Siblings> members_;  // Of each team, as a group.
  Siblings top_;
  // All teams in the order of `sibling_before`, as if none were in a group. Where none is, they are
  // served in it; else groups decide, and what has work and members is in no line with them.
  std::vector<TeamNumber> line_;
  std::uint32_t grouped_ = 0;  // Teams that are in a group.
};

}  // namespace gwageo
