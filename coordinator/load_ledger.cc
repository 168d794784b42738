#include "coordinator/load_ledger.h"

namespace gwageo {

LoadLedger::Standing::Standing(Instant now, const LoadLedger& had, const Ledger& shares,
                               const std::vector<Load>& under_way, const Bounds& bounds)
    : had_(&had), shares_(&shares), bounds_(bounds), now_(now) {
  const auto add = [&](TeamNumber team, const UnderWay& more) {
    for (std::optional<TeamNumber> up = team; up; up = shares.share(*up).parent) {
      UnderWay& sum = sum_of(*up);
      sum.loads += more.loads;
      sum.time += more.time;
      sum.ended += more.ended;
    }
  };
  for (const Load& load : under_way) add(load.team, {load.team, 1, load.took.microseconds, 0});
  for (const Load& load : had.ended_) add(load.team, {load.team, 0, 0, load.took.microseconds});
}

LoadLedger::Standing::UnderWay& LoadLedger::Standing::sum_of(TeamNumber team) {
  const auto sum = std::find_if(sums_.begin(), sums_.end(),
                                [&](const UnderWay& other) { return other.team == team; });
  if (sum != sums_.end()) return *sum;
  sums_.push_back({team, 0, 0, 0});
  return sums_.back();
}

LoadLedger::Standing::UnderWay LoadLedger::Standing::of(TeamNumber team) const {
  const auto sum = std::find_if(sums_.begin(), sums_.end(),
                                [&](const UnderWay& other) { return other.team == team; });
  return sum == sums_.end() ? UnderWay{team, 0, 0, 0} : *sum;
}

// Load time that the members of the group could have had since nothing began.
Wide LoadLedger::Standing::left_open(std::optional<TeamNumber> group) const {
  if (bounds_.is_full) return 0;
  if (!group) return Wide{(now_ - had_->open_since_).microseconds} * bounds_.loads;
  const Share& share = shares_->share(*group);
  return left_open(share.parent) * share.weight / shares_->weight_beside(*group, *group);
}

Wide LoadLedger::Standing::clock_beside(TeamNumber team) const {
  const std::optional<TeamNumber>& group = shares_->share(team).parent;
  const std::size_t place = place_of(group);
  const Wide before = place < had_->clocks_.size() ? had_->clocks_[place] : 0;
  return before + left_open(group) * scale / shares_->weight_beside(team, team);
}

Wide LoadLedger::Standing::began(TeamNumber team) const {
  const Wide had = team < had_->had_.size() ? had_->had_[team] : 0;
  const UnderWay sum = of(team);
  return std::max(had + part(sum.time + sum.ended, team, *shares_), clock_beside(team));
}

Wide LoadLedger::Standing::under_way(TeamNumber team) const {
  return part(Wide{usual().microseconds} * of(team).loads, team, *shares_);
}

Wide LoadLedger::Standing::borne(TeamNumber by) const {
  return under_way(by) + part(lead_borne().microseconds, by, *shares_);
}

bool LoadLedger::Standing::is_ahead(TeamNumber team, TeamNumber other) const {
  const auto [a, b] = shares_->parted(team, other);
  return a != b && began(a) + under_way(a) >= began(b) + borne(b);
}

Wide LoadLedger::Standing::lead(TeamNumber team, TeamNumber other) const {
  const auto [a, b] = shares_->parted(team, other);
  return a == b ? 0 : (began(a) - began(b)) * shares_->share(b).weight / scale;
}

void LoadLedger::begin(const Standing& standing, TeamNumber team) {
  const Ledger& shares = *standing.shares_;
  const auto teams = static_cast<TeamNumber>(shares.size());
  std::vector<Wide> began(teams);  // Each, with what has ended and is under way.
  for (TeamNumber i = 0; i < teams; ++i) began[i] = standing.began(i);
  // A sibling that could have begun this load, and did not, has had as much without it.
  for (std::optional<TeamNumber> up = team; up; up = shares.share(*up).parent) {
    for (TeamNumber i = 0; i < teams; ++i) {
      if (i == *up || shares.share(i).parent != shares.share(*up).parent) continue;
      began[i] = std::max(began[i], began[*up] - standing.borne(i));
    }
  }
  std::vector<std::optional<Wide>> least(teams + 1);
  had_.resize(teams, 0);
  for (TeamNumber i = 0; i < teams; ++i) {
    std::optional<Wide>& of_group = least[place_of(shares.share(i).parent)];
    of_group = std::min(of_group.value_or(began[i]), began[i]);
    had_[i] = began[i] - part(standing.of(i).time, i, shares);
  }
  clocks_.resize(teams + 1, 0);
  for (std::size_t i = 0; i < least.size(); ++i) clocks_[i] = least[i].value_or(clocks_[i]);
  ended_.clear();
  open_since_ = standing.now_;
}

void LoadLedger::end(Instant now, TeamNumber team, Duration took, bool was_full) {
  ended_.push_back({team, took});
  const Duration before = usual_.value_or(took);
  usual_ = std::max(took, Duration{before.microseconds - before.microseconds / 8});
  if (was_full) open_since_ = now;
}

}  // namespace gwageo
