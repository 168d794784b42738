// Calendar dates, without time or zone. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gwageo {

/// A day of the proleptic Gregorian calendar. Always one that exists.
struct Date {
  std::int32_t year = 1970;
  std::int32_t month = 1;  ///< 1..12
  std::int32_t day = 1;    ///< 1..31
  friend auto operator<=>(const Date&, const Date&) = default;
};

/// The date written YYYY-MM-DD if it exists ("2026-02-29" does not), else nothing.
std::optional<Date> parse_date(std::string_view text);
std::string to_string(const Date& date);
/// The same day `months` earlier, the day clamped to that month's end (2026-08-31 less 6 months is
/// 2026-02-28).
Date months_before(const Date& date, std::int32_t months);
/// "1 month", "6 months".
std::string months_text(std::int32_t months);
Date day_after(const Date& date);
Date day_before(const Date& date);
/// From `first` to `last`; negative where that is earlier.
std::int64_t days_between(const Date& first, const Date& last);

}  // namespace gwageo
