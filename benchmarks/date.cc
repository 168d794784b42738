#include "benchmarks/date.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "protocol/check.h"

namespace gwageo {
namespace {

bool is_leap(std::int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

std::int32_t days_in_month(std::int32_t year, std::int32_t month) {
  static constexpr std::array<std::int32_t, 12> days{31, 28, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  GWAGEO_CHECK(month >= 1 && month <= 12);
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// The number that digits stand for; -1 where something is no digit.
std::int32_t value_of_digits(std::string_view digits) {
  std::int32_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// Days from some day long ago: years begin in March, so that a leap day ends one (Hinnant,
/// chrono-compatible low-level date algorithms: days_from_civil).
std::int64_t days_of_era(const Date& date) {
  const std::int64_t year = date.month > 2 ? date.year : date.year - 1;
  const std::int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
  return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date.day;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const Date date{value_of_digits(text.substr(0, 4)), value_of_digits(text.substr(5, 2)),
                  value_of_digits(text.substr(8, 2))};
  if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1) return std::nullopt;
  if (date.day > days_in_month(date.year, date.month)) return std::nullopt;
  return date;
}

std::string to_string(const Date& date) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", date.year, date.month, date.day);
  return buffer;
}

Date months_before(const Date& date, std::int32_t months) {
  const std::int64_t index = std::int64_t{date.year} * 12 + (date.month - 1) - months;
  const std::int64_t year = index >= 0 ? index / 12 : -((11 - index) / 12);
  Date out;
  out.year = static_cast<std::int32_t>(year);
  out.month = static_cast<std::int32_t>(index - year * 12) + 1;
  out.day = std::min(date.day, days_in_month(out.year, out.month));
  return out;
}

std::string months_text(std::int32_t months) {
  return std::to_string(months) + (months == 1 ? " month" : " months");
}

Date day_after(const Date& date) {
  if (date.day < days_in_month(date.year, date.month)) return {date.year, date.month, date.day + 1};
  if (date.month < 12) return {date.year, date.month + 1, 1};
  return {date.year + 1, 1, 1};
}

Date day_before(const Date& date) {
  if (date.day > 1) return {date.year, date.month, date.day - 1};
  if (date.month == 1) return {date.year - 1, 12, 31};
  return {date.year, date.month - 1, days_in_month(date.year, date.month - 1)};
}

std::int64_t days_between(const Date& first, const Date& last) {
  return days_of_era(last) - days_of_era(first);
}

}  // namespace gwageo
