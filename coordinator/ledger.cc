#include "coordinator/ledger.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo {
namespace {

// Decay goes in steps, so that the order of charges within one costs no precision.
constexpr std::int64_t steps_of_half_life = 64;
constexpr std::int64_t step_factor = 4248701965;  // 2^(-1/64) in units of 2^-32.
constexpr std::int64_t forgotten_after = 64 * steps_of_half_life;

// Of less than 2^95: that is more than any account comes to.
Wide decayed(Wide value) { return (value * step_factor) >> 32; }

// When so many steps are due. Of a time that no log comes to, too early: then it is looked at
// again.
Instant end_of_step(std::int64_t steps, Duration half_life) {
  const Wide at = static_cast<Wide>(steps) * half_life.microseconds;
  return {static_cast<std::int64_t>((at + steps_of_half_life - 1) / steps_of_half_life)};
}

}  // namespace

Ledger::Ledger(Duration half_life) : half_life_(half_life), next_decay_(end_of_step(1, half_life)) {
  GWAGEO_CHECK(half_life.microseconds >= steps_of_half_life);
}

TeamNumber Ledger::team(const std::string& name) {
  const auto [it, is_new] = names_.try_emplace(name, static_cast<TeamNumber>(nodes_.size()));
  if (is_new) {
    nodes_.emplace_back();
    members_.emplace_back();
    line_.insert(std::lower_bound(line_.begin(), line_.end(), it->second, in_line()), it->second);
  }
  return it->second;
}

// The team alone may stand wrong.
void Ledger::move_in_line(TeamNumber team) {
  const auto at = std::find(line_.begin(), line_.end(), team);
  if (at + 1 != line_.end() && sibling_before(at[1], team)) {
    std::rotate(at, at + 1, std::lower_bound(at + 2, line_.end(), team, in_line()));
  } else if (at != line_.begin() && sibling_before(team, at[-1])) {
    std::rotate(std::lower_bound(line_.begin(), at - 1, team, in_line()), at, at + 1);
  }
}

void Ledger::set(TeamNumber team, const Share& share) {
  GWAGEO_CHECK(share.weight >= 1);
  Node& node = nodes_[team];
  const bool moves = node.share.parent != share.parent;
  const std::int64_t held = node.held;
  const std::uint32_t demanding = node.demanding;
  if (moves) {
    add_to_groups(team, -held, -std::int64_t{demanding});
  }
  if (demanding > 0) siblings_of(node).demanding_weight -= node.share.weight;
  node.share = share;
  if (demanding > 0) siblings_of(node).demanding_weight += node.share.weight;
  if (moves) {
    add_to_groups(team, held, demanding);
    node.virtual_time = std::max(node.virtual_time, siblings_of(node).clock);
    measure_depths();
  }
  std::sort(line_.begin(), line_.end(), in_line());
}

void Ledger::measure_depths() {
  grouped_ = 0;
  for (Node& node : nodes_) {
    node.depth = 0;
    for (auto up = node.share.parent; up; up = nodes_[*up].share.parent) {
      GWAGEO_CHECK(++node.depth <= nodes_.size());  // A cycle.
    }
    if (node.depth > 0) ++grouped_;
  }
}

void Ledger::add_to_groups(TeamNumber team, std::int64_t held, std::int64_t demanding) {
  for (auto up = nodes_[team].share.parent; up; up = nodes_[*up].share.parent) {
    Node& group = nodes_[*up];
    const bool before = group.demanding > 0;
    group.held += held;
    group.demanding = static_cast<std::uint32_t>(group.demanding + demanding);
    const bool after = group.demanding > 0;
    if (before && !after) siblings_of(group).demanding_weight -= group.share.weight;
    if (!before && after) siblings_of(group).demanding_weight += group.share.weight;
  }
}

void Ledger::charge(Instant at, TeamNumber team, std::int64_t slot_time) {
  decay(at);
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    Node& node = nodes_[*up];
    node.virtual_time += static_cast<Wide>(slot_time) * (1 << scale_bits) / node.share.weight;
    move_in_line(*up);
  }
}

void Ledger::hold(TeamNumber team, std::int64_t gpus) {
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    Node& node = nodes_[*up];
    node.held += gpus;
    GWAGEO_CHECK(node.held >= 0);
    if (node.share.guarantee > 0) move_in_line(*up);
  }
}

Ledger::Siblings& Ledger::siblings_of(const Node& node) {
  return node.share.parent ? members_[*node.share.parent] : top_;
}

std::int64_t Ledger::part_of(TeamNumber team, std::int64_t gpus) const {
  const Node& node = nodes_[team];
  const std::int64_t of_all = node.share.parent ? part_of(*node.share.parent, gpus) : gpus;
  const Siblings& siblings = node.share.parent ? members_[*node.share.parent] : top_;
  const std::uint64_t others = node.demanding > 0 ? 0 : node.share.weight;
  std::int64_t part =
      of_all * node.share.weight / static_cast<std::int64_t>(siblings.demanding_weight + others);
  part = std::max(part, std::min<std::int64_t>(node.share.guarantee, of_all));
  return node.share.limit == 0 ? part : std::min<std::int64_t>(part, node.share.limit);
}

// Whoever comes back starts where the least served of its siblings is.
void Ledger::begin_demand(TeamNumber team) {
  Node& node = nodes_[team];
  std::optional<Wide> least;
  for (const Node& sibling : nodes_) {
    if (&sibling == &node || sibling.demanding == 0) continue;
    if (sibling.share.parent != node.share.parent) continue;
    least = std::min(least.value_or(sibling.virtual_time), sibling.virtual_time);
  }
  Wide& clock = siblings_of(node).clock;
  if (least) clock = std::max(clock, *least);
  node.virtual_time = std::max(node.virtual_time, clock);
}

void Ledger::demand(Instant at, TeamNumber team, bool demanding) {
  if (nodes_[team].demands_itself == demanding) return;
  decay(at);
  nodes_[team].demands_itself = demanding;
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    Node& node = nodes_[*up];
    Siblings& siblings = siblings_of(node);
    if (demanding) {
      if (node.demanding++ > 0) continue;
      begin_demand(*up);
      siblings.demanding_weight += node.share.weight;
    } else {
      if (--node.demanding > 0) continue;
      siblings.demanding_weight -= node.share.weight;
      if (siblings.demanding_weight == 0) {
        siblings.clock = std::max(siblings.clock, node.virtual_time);
      }
    }
    move_in_line(*up);
  }
}

std::uint64_t Ledger::weight_beside(TeamNumber a, TeamNumber b) const {
  part(a, b);
  const std::optional<TeamNumber>& group = nodes_[a].share.parent;
  return std::max<std::uint64_t>(1,
                                 group ? members_[*group].demanding_weight : top_.demanding_weight);
}

bool Ledger::may_hold_in_groups(TeamNumber team, std::int64_t gpus) const {
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    const Node& node = nodes_[*up];
    if (node.share.limit != 0 && node.held + gpus > node.share.limit) return false;
  }
  return true;
}

void Ledger::part(TeamNumber& a, TeamNumber& b) const {
  while (nodes_[a].depth > nodes_[b].depth) a = *nodes_[a].share.parent;
  while (nodes_[b].depth > nodes_[a].depth) b = *nodes_[b].share.parent;
  if (a == b) return;  // One is a group of the other.
  while (nodes_[a].share.parent != nodes_[b].share.parent) {
    a = *nodes_[a].share.parent;
    b = *nodes_[b].share.parent;
  }
}

bool Ledger::before_apart(TeamNumber a, TeamNumber b) const {
  TeamNumber x = a;
  TeamNumber y = b;
  part(x, y);
  return x == y ? a < b : sibling_before(x, y);
}

std::pair<TeamNumber, TeamNumber> Ledger::parted(TeamNumber a, TeamNumber b) const {
  part(a, b);
  return {a, b};
}

bool Ledger::is_within(TeamNumber team, TeamNumber group) const {
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    if (*up == group) return true;
  }
  return false;
}

bool Ledger::is_short(TeamNumber team) const {
  for (std::optional<TeamNumber> up = team; up; up = nodes_[*up].share.parent) {
    if (is_short(nodes_[*up])) return true;
  }
  return false;
}

std::int64_t Ledger::lead(TeamNumber a, TeamNumber b) const {
  part(a, b);
  const bool a_short = is_short(nodes_[a]);
  const bool b_short = is_short(nodes_[b]);
  if (a_short != b_short) return b_short ? lead_max : -lead_max;
  return service_lead(a, b);
}

std::int64_t Ledger::service_lead(TeamNumber a, TeamNumber b, Duration horizon) const {
  part(a, b);
  if (a == b) return 0;
  const auto will_gain = [&](const Node& node) {
    return static_cast<Wide>(horizon.microseconds) * node.held / node.share.weight;
  };
  const Wide difference = ((nodes_[a].virtual_time - nodes_[b].virtual_time) >> scale_bits) +
                          will_gain(nodes_[a]) - will_gain(nodes_[b]);
  return static_cast<std::int64_t>(std::clamp<Wide>(difference, -lead_max, lead_max));
}

void Ledger::decay(Instant at) {
  if (at < next_decay_) return;
  const auto wide = static_cast<Wide>(at.microseconds) * steps_of_half_life;
  const auto target = static_cast<std::int64_t>(wide / half_life_.microseconds);
  if (target <= decay_steps_) return;
  const std::int64_t steps = std::min(target - decay_steps_, forgotten_after);
  decay_steps_ = target;
  next_decay_ = end_of_step(target + 1, half_life_);
  for (std::int64_t i = 0; i < steps; ++i) {
    for (Node& node : nodes_) node.virtual_time = decayed(node.virtual_time);
    for (Siblings& siblings : members_) siblings.clock = decayed(siblings.clock);
    top_.clock = decayed(top_.clock);
  }
  // Those that are alike by now go by their numbers.
  std::sort(line_.begin(), line_.end(), in_line());
}

void Ledger::check() const {
  std::vector<bool> is_there(nodes_.size());
  for (const TeamNumber team : line_) is_there[team] = true;
  GWAGEO_CHECK(line_.size() == nodes_.size());
  GWAGEO_CHECK(std::find(is_there.begin(), is_there.end(), false) == is_there.end());
  for (std::size_t i = 1; i < line_.size(); ++i) {
    GWAGEO_CHECK(sibling_before(line_[i - 1], line_[i]));
  }
  const auto in_group = [](const Node& node) { return node.share.parent.has_value(); };
  GWAGEO_CHECK(std::count_if(nodes_.begin(), nodes_.end(), in_group) == grouped_);
}

}  // namespace gwageo
