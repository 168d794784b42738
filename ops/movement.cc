#include "ops/movement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "benchmarks/date.h"
#include "ops/output.h"

namespace gwageo {
namespace {

std::optional<double> number_of(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  return value.as_double();
}

MovementPoint point_of(const Json& verdict, DayNumber day) {
  MovementPoint point;
  point.day = day;
  point.verdict = shown(verdict, "verdict");
  if (const Json* const ratio = verdict.find("ratio")) point.ratio = number_of(*ratio);
  const Json::Array& ends = list(verdict, "ci");
  if (ends.size() == 2) {
    point.low = number_of(ends[0]);
    point.high = number_of(ends[1]);
  }
  return point;
}

/// What moved on one day.
class DayEvents {
 public:
  void add(const std::string& candidate, const Json& verdict, const std::string& before) {
    for (const Json& move : list(verdict, "moves")) {
      if (shown(move, "kind") == "first") {
        firsts_ += (firsts_.empty() ? "" : ", ") + candidate;
      } else if (known_.insert(shown(move, "text")).second) {
        texts_.push_back(shown(move, "text"));
      }
    }
    const std::string now = shown(verdict, "verdict");
    if (!before.empty() && before != now) {
      turns_ += (turns_.empty() ? "" : ", ") + candidate + " " + before + " -> " + now;
    }
  }
  std::vector<std::string> take() {
    if (!firsts_.empty()) texts_.push_back("first verdict on " + firsts_);
    if (!turns_.empty()) texts_.push_back(turns_);
    return std::move(texts_);
  }

 private:
  std::set<std::string> known_;
  std::vector<std::string> texts_;
  std::string firsts_;
  std::string turns_;
};

void keep_the_highest(Movement& movement) {
  if (movement.tracks.size() <= tracks_max) return;
  const auto last_ratio = [](const MovementTrack& track) {
    return track.points.back().ratio.value_or(-1);
  };
  std::stable_sort(movement.tracks.begin(), movement.tracks.end(),
                   [&](const MovementTrack& a, const MovementTrack& b) {
                     return last_ratio(a) > last_ratio(b);
                   });
  movement.tracks_left_out = movement.tracks.size() - tracks_max;
  movement.tracks.resize(tracks_max);
  std::sort(
      movement.tracks.begin(), movement.tracks.end(),
      [](const MovementTrack& a, const MovementTrack& b) { return a.candidate < b.candidate; });
}

void find_bounds(Movement& movement) {
  std::vector<double> values;
  for (const SharePoint& share : movement.shares) values.push_back(share.share);
  for (const MovementTrack& track : movement.tracks) {
    for (const MovementPoint& point : track.points) {
      if (point.ratio && std::isfinite(*point.ratio)) values.push_back(*point.ratio);
    }
  }
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  movement.least = *least;
  movement.most = *most;
}

}  // namespace

std::optional<DayNumber> day_number(const std::string& date) {
  const std::optional<Date> read = parse_date(date);
  if (!read) return std::nullopt;
  return days_between(Date{}, *read);
}

std::string date_of(DayNumber number) {
  using namespace std::chrono;
  const year_month_day date{sys_days(days(number))};
  return to_string(Date{static_cast<int>(date.year()),
                        static_cast<std::int32_t>(static_cast<unsigned>(date.month())),
                        static_cast<std::int32_t>(static_cast<unsigned>(date.day()))});
}

Movement movement_of(const Json::Array& verdicts) {
  Movement movement;
  std::map<std::string, std::vector<MovementPoint>> tracks;
  std::map<DayNumber, DayEvents> events;
  for (const Json& verdict : verdicts) {
    const std::optional<DayNumber> day = day_number(shown(verdict, "as_of"));
    if (!day) continue;
    const bool is_first = tracks.empty();
    movement.first = is_first ? *day : std::min(movement.first, *day);
    movement.last = is_first ? *day : std::max(movement.last, *day);
    const std::string candidate = shown(verdict, "candidate");
    std::vector<MovementPoint>& points = tracks[candidate];
    events[*day].add(candidate, verdict, points.empty() ? "" : points.back().verdict);
    if (!points.empty() && points.back().day == *day) points.pop_back();
    points.push_back(point_of(verdict, *day));
    const Json* const share = verdict.find("share");
    if (share == nullptr || !share->is_number()) continue;
    std::vector<SharePoint>& shares = movement.shares;
    if (shares.empty() || shares.back().share != share->as_double()) {
      shares.push_back({*day, share->as_double()});
    }
  }
  for (auto& [candidate, points] : tracks) {
    movement.tracks.push_back({candidate, std::move(points)});
  }
  for (auto& [day, moved] : events) movement.events.push_back({day, moved.take()});
  if (movement.events.size() > events_max) {
    movement.events_left_out = movement.events.size() - events_max;
    movement.events.erase(movement.events.begin(),
                          movement.events.end() - static_cast<std::ptrdiff_t>(events_max));
  }
  keep_the_highest(movement);
  find_bounds(movement);
  return movement;
}

void extend(Movement& movement, DayNumber last) { movement.last = std::max(movement.last, last); }

std::optional<double> ratio_on(const MovementTrack& track, DayNumber day) {
  std::optional<double> ratio;
  for (const MovementPoint& point : track.points) {
    if (point.day > day) break;
    ratio = point.ratio;
  }
  return ratio;
}

double share_on(const Movement& movement, DayNumber day) {
  double share = movement.shares.empty() ? 0 : movement.shares.front().share;
  for (const SharePoint& point : movement.shares) {
    if (point.day <= day) share = point.share;
  }
  return share;
}

}  // namespace gwageo
