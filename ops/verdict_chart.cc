#include "ops/verdict_chart.h"

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

ChartPoint point_of(const Json& verdict, DayNumber day) {
  ChartPoint point;
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

void keep_the_highest(VerdictChart& chart) {
  if (chart.tracks.size() <= tracks_max) return;
  const auto last_ratio = [](const ChartTrack& track) {
    return track.points.back().ratio.value_or(-1);
  };
  std::stable_sort(
      chart.tracks.begin(), chart.tracks.end(),
      [&](const ChartTrack& a, const ChartTrack& b) { return last_ratio(a) > last_ratio(b); });
  chart.tracks_left_out = chart.tracks.size() - tracks_max;
  chart.tracks.resize(tracks_max);
  std::sort(chart.tracks.begin(), chart.tracks.end(),
            [](const ChartTrack& a, const ChartTrack& b) { return a.candidate < b.candidate; });
}

void find_bounds(VerdictChart& chart) {
  std::vector<double> values;
  for (const SharePoint& share : chart.shares) values.push_back(share.share);
  for (const ChartTrack& track : chart.tracks) {
    for (const ChartPoint& point : track.points) {
      if (point.ratio && std::isfinite(*point.ratio)) values.push_back(*point.ratio);
    }
  }
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  chart.least = *least;
  chart.most = *most;
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

VerdictChart chart_of(const Json::Array& verdicts) {
  VerdictChart chart;
  std::map<std::string, std::vector<ChartPoint>> tracks;
  std::map<DayNumber, DayEvents> events;
  for (const Json& verdict : verdicts) {
    const std::optional<DayNumber> day = day_number(shown(verdict, "as_of"));
    if (!day) continue;
    const bool is_first = tracks.empty();
    chart.first = is_first ? *day : std::min(chart.first, *day);
    chart.last = is_first ? *day : std::max(chart.last, *day);
    const std::string candidate = shown(verdict, "candidate");
    std::vector<ChartPoint>& points = tracks[candidate];
    events[*day].add(candidate, verdict, points.empty() ? "" : points.back().verdict);
    if (!points.empty() && points.back().day == *day) points.pop_back();
    points.push_back(point_of(verdict, *day));
    const Json* const share = verdict.find("share");
    if (share == nullptr || !share->is_number()) continue;
    std::vector<SharePoint>& shares = chart.shares;
    if (shares.empty() || shares.back().share != share->as_double()) {
      shares.push_back({*day, share->as_double()});
    }
  }
  for (auto& [candidate, points] : tracks) {
    chart.tracks.push_back({candidate, std::move(points)});
  }
  for (auto& [day, moved] : events) chart.events.push_back({day, moved.take()});
  if (chart.events.size() > events_max) {
    chart.events_left_out = chart.events.size() - events_max;
    chart.events.erase(chart.events.begin(),
                       chart.events.end() - static_cast<std::ptrdiff_t>(events_max));
  }
  keep_the_highest(chart);
  find_bounds(chart);
  return chart;
}

void extend(VerdictChart& chart, DayNumber last) { chart.last = std::max(chart.last, last); }

std::optional<double> ratio_on(const ChartTrack& track, DayNumber day) {
  std::optional<double> ratio;
  for (const ChartPoint& point : track.points) {
    if (point.day > day) break;
    ratio = point.ratio;
  }
  return ratio;
}

double share_on(const VerdictChart& chart, DayNumber day) {
  double share = chart.shares.empty() ? 0 : chart.shares.front().share;
  for (const SharePoint& point : chart.shares) {
    if (point.day <= day) share = point.share;
  }
  return share;
}

}  // namespace gwageo
