// How the ratios of a target's candidates went over its days, as the charts draw it. Made of the
// entries that `target history` and `target replay` answer. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/json.h"

namespace gwageo {

/// Days since 1970-01-01.
using DayNumber = std::int64_t;
/// Nothing for what is no date.
std::optional<DayNumber> day_number(const std::string& date);
std::string date_of(DayNumber day);

/// From this day on, until the next point of the same candidate.
struct ChartPoint {
  DayNumber day = 0;
  std::optional<double> ratio;  ///< None: pending.
  std::optional<double> low;
  std::optional<double> high;
  std::string verdict;
};

struct ChartTrack {
  std::string candidate;
  std::vector<ChartPoint> points;  ///< By day; of one day the last.
};

struct SharePoint {
  DayNumber day = 0;
  double share = 0;
};

/// A day on which something moved, and what: once each, whomever it moved; then whose verdict
/// turned.
struct ChartEvent {
  DayNumber day = 0;
  std::vector<std::string> texts;
};

/// A value.
struct VerdictChart {
  DayNumber first = 0;
  DayNumber last = 0;
  std::vector<ChartTrack> tracks;  ///< By candidate.
  std::vector<SharePoint> shares;  ///< Where it changed.
  std::vector<ChartEvent> events;  ///< By day; the newest.
  std::size_t tracks_left_out = 0;
  std::size_t events_left_out = 0;
  double least = 0;  ///< Of all ratios and shares.
  double most = 1;
};

/// No more candidates are told apart in a chart: those whose ratios are the highest in the end.
inline constexpr std::size_t tracks_max = 12;
inline constexpr std::size_t events_max = 20;

/// Entries without a date are passed over. Without any there are no tracks.
VerdictChart chart_of(const Json::Array& verdicts);
/// Until `last`, if that is later: what was in force on the last day that is known stayed so.
void extend(VerdictChart& chart, DayNumber last);

/// The ratio in force on a day: of the last point by then.
std::optional<double> ratio_on(const ChartTrack& track, DayNumber day);
double share_on(const VerdictChart& chart, DayNumber day);

}  // namespace gwageo
