#include "ops/simulate/recorder.h"

#include <algorithm>

#include "protocol/check.h"

namespace gwageo::simulate {

void Timeline::grow(Instant until) {
  while (until.microseconds > width_.microseconds * static_cast<std::int64_t>(bins_max)) {
    for (std::vector<std::int64_t>& bins : bins_) {
      for (std::size_t i = 0; i < bins_max / 2; ++i) bins[i] = bins[2 * i] + bins[2 * i + 1];
      std::fill(bins.begin() + bins_max / 2, bins.end(), 0);
    }
    width_ = width_ * 2;
  }
}

void Timeline::add(std::size_t series, Instant from, Instant to, std::int64_t gpus) {
  grow(to);
  std::vector<std::int64_t>& bins = bins_[series];
  while (from < to) {
    const std::int64_t bin = from.microseconds / width_.microseconds;
    const Instant end = std::min(to, Instant{(bin + 1) * width_.microseconds});
    bins[static_cast<std::size_t>(bin)] += (end - from).microseconds * gpus;
    from = end;
  }
}

Recorder::Recorder(const Fleet& fleet, const Workload& workload)
    : teams_(workload.teams.size()),
      began_(workload.teams.size()),
      backlogged_(workload.teams.size()),
      pairs_(workload.teams.size() * (workload.teams.size() - 1) / 2),
      timeline_(workload.teams.size() + 1) {
  std::int64_t weights = 0;
  for (const Team& team : workload.teams) weights += team.weight;
  for (std::size_t i = 0; i < teams_.size(); ++i) {
    teams_[i].weight = workload.teams[i].weight;
    teams_[i].entitled = std::max<std::int64_t>(
        1, fleet.gpus() * teams_[i].weight / std::max<std::int64_t>(weights, 1));
  }
  // As fine as it can be without being what the simulation is slow at.
  samples_max_ = std::clamp<std::uint64_t>(40000000 / (pairs_.size() + 1), 64, 8192);
}

void Recorder::settle(TeamIndex team) {
  TeamNote& note = teams_[team];
  if (note.since == now_) return;
  note.service += (now_ - note.since).microseconds * (note.loading + note.serving);
  if (note.serving > 0) timeline_.add(team, note.since, now_, note.serving);
  if (note.loading > 0) timeline_.add(teams_.size(), note.since, now_, note.loading);
  note.since = now_;
}

void Recorder::advance(Instant now) {
  GWAGEO_CHECK(now >= now_);
  now_ = now;
  if (now_ >= next_sample_) sample();
}

void Recorder::loads(TeamIndex team, std::int64_t gpus) {
  settle(team);
  teams_[team].loading += gpus;
  GWAGEO_CHECK(teams_[team].loading >= 0);
}

void Recorder::serves(TeamIndex team, std::int64_t gpus) {
  settle(team);
  teams_[team].serving += gpus;
  GWAGEO_CHECK(teams_[team].serving >= 0);
}

void Recorder::queues(TeamIndex team, std::int64_t amount) {
  TeamNote& note = teams_[team];
  note.queued += amount;
  GWAGEO_CHECK(note.queued >= 0);
  const bool demands = note.queued >= note.entitled * queue_unit;
  if (demands == note.demands) return;
  compare_with_others(team);  // What ends here is looked at once more before it ends.
  note.demands = demands;
  compare_with_others(team);
}

void Recorder::is_worth(TeamIndex team, std::int64_t gpus) {
  TeamNote& note = teams_[team];
  const bool has_enough = gpus >= note.entitled;
  if (has_enough == note.has_enough) return;
  if (!has_enough && with_enough_ == teams_.size()) all_have_enough(false);
  note.has_enough = has_enough;
  has_enough ? ++with_enough_ : --with_enough_;
  if (has_enough && with_enough_ == teams_.size()) all_have_enough(true);
}

void Recorder::all_have_enough(bool now_all) {
  for (TeamIndex i = 0; i < teams_.size(); ++i) settle(i);
  if (!now_all) compare_all();
  for (TeamIndex i = 0; i < teams_.size(); ++i) {
    if (now_all) began_[i] = per_weight(i);
    for (TeamIndex j = i + 1; now_all && j < teams_.size(); ++j) {
      pair(i, j).all_low = pair(i, j).all_high = per_weight(i) - per_weight(j);
    }
    if (!now_all) backlogged_[i] += per_weight(i) - began_[i];
  }
  if (now_all) all_since_ = now_;
  if (!now_all) backlogged_time_ += (now_ - all_since_).microseconds;
}

// Where the pair stands in `pairs_`, row by row. REQUIRES: i != j.
Recorder::Pair& Recorder::pair(TeamIndex i, TeamIndex j) {
  const std::size_t low = std::min(i, j);
  return pairs_[low * (2 * teams_.size() - low - 1) / 2 + std::max(i, j) - low - 1];
}

// REQUIRES: both are settled.
void Recorder::compare(TeamIndex i, TeamIndex j) {
  Pair& now = pair(i, j);
  const std::int64_t gap = per_weight(std::min(i, j)) - per_weight(std::max(i, j));
  if (with_enough_ == teams_.size()) {
    now.all_low = std::min(now.all_low, gap);
    now.all_high = std::max(now.all_high, gap);
    backlogged_lag_ = std::max(backlogged_lag_, now.all_high - now.all_low);
  }
  if (!teams_[i].demands || !teams_[j].demands) {
    now.open = false;
    return;
  }
  if (!now.open) {
    now.low = now.high = gap;
    now.open = true;
  }
  now.low = std::min(now.low, gap);
  now.high = std::max(now.high, gap);
  lag_ = std::max(lag_, now.high - now.low);
}

// REQUIRES: all are settled.
void Recorder::compare_all() {
  const bool all = with_enough_ == teams_.size();
  for (TeamIndex i = 0; i < teams_.size(); ++i) {
    if (!all && !teams_[i].demands) continue;
    for (TeamIndex j = i + 1; j < teams_.size(); ++j) compare(i, j);
  }
}

void Recorder::compare_with_others(TeamIndex team) {
  for (TeamIndex i = 0; i < teams_.size(); ++i) settle(i);
  for (TeamIndex i = 0; i < teams_.size(); ++i) {
    if (i != team) compare(team, i);
  }
}

// Samples grow rarer as the run grows longer, so their number stays bounded.
void Recorder::sample() {
  if (++samples_ % samples_max_ == 0) step_ = step_ * 2;
  next_sample_ = now_ + step_;
  for (TeamIndex i = 0; i < teams_.size(); ++i) settle(i);
  compare_all();
}

void Recorder::finish() {
  for (TeamIndex i = 0; i < teams_.size(); ++i) settle(i);
  if (with_enough_ == teams_.size()) all_have_enough(false);
}

}  // namespace gwageo::simulate
