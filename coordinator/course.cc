#include "coordinator/course.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "protocol/wide.h"

namespace gwageo {
namespace {

// As good as never, and sums must not overflow.
constexpr std::int64_t course_time_max = std::int64_t{1} << 60;
// Classes of a team looked at for one load.
constexpr int tries_of_team = 8;

}  // namespace

/// One course while it is computed.
class CourseRun {
 public:
  CourseRun(std::vector<Course::Class>& classes, const Course::Bounds& bounds, Course& course)
      : classes_(classes), bounds_(bounds), parts_(course.parts_) {
    states_.resize(classes.size());
    parts_.resize(classes.size());
    free_gpus_ = bounds.gpus;
    free_lanes_ = bounds.lanes - static_cast<std::int64_t>(bounds.taken.size());
    for (const Duration taken : bounds.taken) lanes_.insert(taken.microseconds);
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const Course::Class& of = classes[i];
      State& state = states_[i];
      state.left = of.work;
      state.slots = of.slots;
      state.loading = static_cast<std::int64_t>(of.loading.size());
      for (const Duration left : of.loading) {
        loads_.emplace(left.microseconds, i);
        teams_[of.team].had += left.microseconds;
      }
      teams_[of.team].weight = of.weight;
      teams_[of.team].gpus = of.team_gpus;
      take_gpus(i, state.slots + state.loading);
      if (state.slots > 0) parts_[i].push_back({0, state.slots});
      enter(i);
    }
  }

  void run() {
    int loads = 0;
    while (loads < Course::loads_most) {
      while (free_lanes_ > 0 && free_gpus_ > 0 && loads < Course::loads_most && begin_next()) {
        ++loads;
      }
      if (!pass()) return;
    }
  }

 private:
  struct State {
    std::int64_t left = 0;  // Of its work, when its slots changed last,
    std::int64_t since = 0;
    std::int64_t slots = 0;
    std::int64_t loading = 0;
    std::int64_t ends = course_time_max;
  };
  // Of a team's classes: rank, whether it has a slot, less work or an earlier end after more.
  using Key = std::tuple<Rank, bool, std::int64_t, std::size_t>;
  struct Team {
    std::set<Key> classes;
    std::int64_t had = 0;  // Load time.
    std::int64_t weight = 1;
    std::int64_t gpus = 0;  // At most; 0: all.
    std::int64_t holds = 0;
  };

  void take_gpus(std::size_t i, std::int64_t slots) {
    free_gpus_ -= slots * classes_[i].gpus;
    teams_[classes_[i].team].holds += slots * classes_[i].gpus;
  }
  bool has_slot(const State& state) const { return state.slots + state.loading > 0; }
  Key key_of(std::size_t i) const {
    const State& state = states_[i];
    const std::int64_t most = has_slot(state) ? state.ends : state.left;
    return {classes_[i].rank, has_slot(state), -most, i};
  }
  std::int64_t left_of(const State& state) const {
    const Wide served = Wide{now_ - state.since} * state.slots;
    return static_cast<std::int64_t>(std::max<Wide>(0, state.left - served));
  }
  void enter(std::size_t i) {
    State& state = states_[i];
    state.ends = course_time_max;
    if (state.slots > 0) {
      state.ends =
          std::min(course_time_max, state.since + (state.left + state.slots - 1) / state.slots);
      ends_.emplace(state.ends, i);
    }
    if (state.left > 0) teams_[classes_[i].team].classes.insert(key_of(i));
  }
  void leave(std::size_t i) {
    State& state = states_[i];
    teams_[classes_[i].team].classes.erase(key_of(i));
    ends_.erase({state.ends, i});
    state.left = left_of(state);
    state.since = now_;
  }
  bool pays(std::size_t i) const {
    const Course::Class& of = classes_[i];
    const State& state = states_[i];
    const std::int64_t slots = state.slots + state.loading;
    if (slots >= of.slots_most || free_gpus_ < of.gpus) return false;
    const Wide price = Wide{bounds_.theta} * of.load.microseconds * slots;
    return Wide{left_of(state)} * 1000 >= price;
  }
  bool may_hold(const Team& team, std::size_t i) const {
    return team.gpus == 0 || team.holds + classes_[i].gpus <= team.gpus;
  }
  std::optional<std::size_t> first_of(const Team& team) const {
    int tries = tries_of_team;
    for (const Key& key : team.classes) {
      const std::size_t i = std::get<std::size_t>(key);
      if (pays(i) && may_hold(team, i)) return i;
      if (--tries == 0) break;
    }
    return std::nullopt;
  }

  bool begin_next() {
    std::optional<std::size_t> best;
    std::pair<std::uint8_t, Wide> least;
    for (const auto& [number, team] : teams_) {
      if (team.classes.empty()) continue;
      const std::optional<std::size_t> first = first_of(team);
      if (!first) continue;
      const std::pair<std::uint8_t, Wide> had{classes_[*first].rank.tier,
                                              Wide{team.had} * 1024 / team.weight};
      if (best && had >= least) continue;
      best = first;
      least = had;
    }
    if (!best) return false;
    const Course::Class& of = classes_[*best];
    leave(*best);
    ++states_[*best].loading;
    enter(*best);
    const std::int64_t load = std::max<std::int64_t>(1, of.load.microseconds);
    const std::int64_t counts = std::min(load, bounds_.load_counts.microseconds);
    teams_[of.team].had += counts;
    loads_.emplace(now_ + load, *best);
    lanes_.insert(now_ + counts);
    --free_lanes_;
    take_gpus(*best, 1);
    return true;
  }

  /// To whatever happens next.
  bool pass() {
    std::int64_t next = course_time_max;
    if (!loads_.empty()) next = std::min(next, loads_.begin()->first);
    if (!lanes_.empty()) next = std::min(next, *lanes_.begin());
    if (!ends_.empty()) next = std::min(next, ends_.begin()->first);
    if (next == course_time_max) return false;
    now_ = next;
    while (!lanes_.empty() && *lanes_.begin() <= now_) {
      lanes_.erase(lanes_.begin());
      ++free_lanes_;
    }
    while (!loads_.empty() && loads_.begin()->first <= now_) {
      const std::size_t i = loads_.begin()->second;
      loads_.erase(loads_.begin());
      leave(i);
      --states_[i].loading;
      if (states_[i].left == 0) {
        take_gpus(i, -1);  // Too late.
      } else {
        parts_[i].push_back({now_, ++states_[i].slots});
      }
      enter(i);
    }
    while (!ends_.empty() && ends_.begin()->first <= now_) {
      const std::size_t i = ends_.begin()->second;
      leave(i);
      State& state = states_[i];
      state.left = 0;
      take_gpus(i, -state.slots);
      state.slots = 0;
    }
    return true;
  }

  const std::vector<Course::Class>& classes_;
  const Course::Bounds& bounds_;
  std::vector<std::vector<Course::Part>>& parts_;
  std::vector<State> states_;
  std::map<TeamNumber, Team> teams_;
  std::multiset<std::pair<std::int64_t, std::size_t>> loads_;
  std::multiset<std::int64_t> lanes_;
  std::set<std::pair<std::int64_t, std::size_t>> ends_;
  std::int64_t now_ = 0;
  std::int64_t free_gpus_ = 0;
  std::int64_t free_lanes_ = 0;
};

Course::Course(std::vector<Class> classes, const Bounds& bounds) {
  CourseRun(classes, bounds, *this).run();
}

std::optional<Duration> Course::served(std::size_t number, std::int64_t work) const {
  const std::vector<Part>& parts = parts_[number];
  Wide left = work;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [from, slots] = parts[i];
    const Wide here = i + 1 < parts.size() ? Wide{parts[i + 1].first - from} * slots : left;
    if (left > here) {
      left -= here;
      continue;
    }
    return Duration{from + static_cast<std::int64_t>((left + slots - 1) / slots)};
  }
  return std::nullopt;
}

}  // namespace gwageo
