#include "benchmarks/date.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

std::string before(std::string_view date, std::int32_t months) {
  return to_string(months_before(parse_date(date).value(), months));
}

TEST(Date, ReadsOnlyDaysThatExist) {
  EXPECT_EQ(parse_date("2026-11-22"), (Date{2026, 11, 22}));
  EXPECT_EQ(parse_date("2024-02-29"), (Date{2024, 2, 29}));
  EXPECT_EQ(parse_date("2000-02-29"), (Date{2000, 2, 29}));
  for (const char* bad : {"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
                          "2026-01-00", "0000-01-01", "2026-1-01", "26-01-01", "2026-01-01 ",
                          "2026/01/01", "2026-0a-01", "-026-01-01", "", "20260101"}) {
    EXPECT_FALSE(parse_date(bad).has_value()) << bad;
  }
}

TEST(Date, WritesFourDigitYears) { EXPECT_EQ(to_string(Date{987, 6, 5}), "0987-06-05"); }

TEST(Date, CountsMonthsInWords) {
  EXPECT_EQ(months_text(1), "1 month");
  EXPECT_EQ(months_text(6), "6 months");
}

TEST(Date, MonthsBeforeClampsToTheMonthsEnd) {
  EXPECT_EQ(before("2026-11-22", 6), "2026-05-22");
  EXPECT_EQ(before("2026-08-31", 6), "2026-02-28");
  EXPECT_EQ(before("2024-08-31", 6), "2024-02-29");
  EXPECT_EQ(before("2026-03-31", 1), "2026-02-28");
  EXPECT_EQ(before("2026-01-31", 1), "2025-12-31");
  EXPECT_EQ(before("2026-01-15", 13), "2024-12-15");
  EXPECT_EQ(before("2026-12-31", 120), "2016-12-31");
  EXPECT_EQ(before("2026-05-31", 0), "2026-05-31");
}

TEST(Date, Orders) { EXPECT_LT((Date{2025, 12, 31}), (Date{2026, 1, 1})); }

TEST(Date, DaysFollowOneAnotherOverMonthsYearsAndLeapDays) {
  for (const auto& [day, next] : {std::pair{"2026-02-27", "2026-02-28"},
                                  {"2026-02-28", "2026-03-01"},
                                  {"2028-02-28", "2028-02-29"},
                                  {"2028-02-29", "2028-03-01"},
                                  {"2026-12-31", "2027-01-01"}}) {
    EXPECT_EQ(to_string(day_after(*parse_date(day))), next);
    EXPECT_EQ(to_string(day_before(*parse_date(next))), day);
    EXPECT_EQ(days_between(*parse_date(day), *parse_date(next)), 1);
  }
  EXPECT_EQ(days_between({2026, 1, 1}, {2027, 1, 1}), 365);
  EXPECT_EQ(days_between({2029, 1, 1}, {2028, 1, 1}), -366);
  EXPECT_EQ(days_between(Date{}, {2026, 11, 22}), 20779);
}

}  // namespace
}  // namespace gwageo
