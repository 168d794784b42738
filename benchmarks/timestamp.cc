#include "benchmarks/timestamp.h"

#include <cstddef>

#include "benchmarks/date.h"

namespace gwageo {
namespace {

constexpr std::size_t date_size = 10;  // "2026-01-02"
constexpr int day_seconds = 24 * 60 * 60;

// Two digits at `at`, below `limit`.
std::optional<int> two_digits(std::string_view text, std::size_t at, int limit) {
  if (at + 2 > text.size()) return std::nullopt;
  const char a = text[at];
  const char b = text[at + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return std::nullopt;
  const int value = (a - '0') * 10 + (b - '0');
  return value < limit ? std::optional(value) : std::nullopt;
}

// The seconds of "hh", "hh:mm" or "hh:mm:ss".
std::optional<int> time_of_day(std::string_view text) {
  if (text.size() != 2 && text.size() != 5 && text.size() != 8) return std::nullopt;
  int parts[3] = {0, 0, 0};
  for (std::size_t i = 0; 3 * i < text.size(); ++i) {
    if (i > 0 && text[3 * i - 1] != ':') return std::nullopt;
    const auto part = two_digits(text, 3 * i, i == 0 ? 24 : 60);
    if (!part) return std::nullopt;
    parts[i] = *part;
  }
  return (parts[0] * 60 + parts[1]) * 60 + parts[2];
}

// Takes "Z" or an offset from UTC in seconds ("+09", "+0900", "+09:00") off the end of a time;
// nothing where what looks like one is none.
std::optional<int> take_offset(std::string_view& time) {
  if (time.ends_with('Z')) {
    time.remove_suffix(1);
    return 0;
  }
  const std::size_t sign = time.find_first_of("+-");
  if (sign == time.npos) return 0;
  std::string offset(time.substr(sign + 1));
  if (offset.size() == 4) offset.insert(2, ":");
  const auto length = offset.size() <= 5 ? time_of_day(offset) : std::nullopt;
  if (!length) return std::nullopt;
  const bool is_ahead = time[sign] == '+';
  time.remove_suffix(time.size() - sign);
  return is_ahead ? -*length : *length;
}

std::string two(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

}  // namespace

std::optional<std::string> printed_timestamp(std::string_view text) {
  if (text.size() < date_size || text.size() > 25) return std::nullopt;
  auto date = parse_date(text.substr(0, date_size));
  if (!date) return std::nullopt;
  int second = 0;
  if (text.size() > date_size) {
    if (text[date_size] != ' ' && text[date_size] != 'T') return std::nullopt;
    std::string_view time = text.substr(date_size + 1);
    const auto offset = take_offset(time);
    const auto of_day = time_of_day(time);
    if (!offset || !of_day) return std::nullopt;
    second = *of_day + *offset;
  }
  if (second < 0) {
    date = day_before(*date);
    second += day_seconds;
  } else if (second >= day_seconds) {
    date = day_after(*date);
    second -= day_seconds;
  }
  return to_string(*date) + " " + two(second / 3600) + ":" + two(second / 60 % 60) + ":" +
         two(second % 60);
}

}  // namespace gwageo
