// What Arrow's reader of JSON lines takes for a point in time, and Python prints for it.
#include "benchmarks/timestamp.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

std::string printed(std::string_view text) { return printed_timestamp(text).value_or("a text"); }

TEST(Timestamp, IsADayOrASecond) {
  EXPECT_EQ(printed("2026-01-02"), "2026-01-02 00:00:00");
  EXPECT_EQ(printed("2026-01-02 03"), "2026-01-02 03:00:00");
  EXPECT_EQ(printed("2026-01-02T03:04"), "2026-01-02 03:04:00");
  EXPECT_EQ(printed("2024-02-29 23:59:59"), "2024-02-29 23:59:59");
  EXPECT_EQ(printed("2026-01-02T03:04:05Z"), "2026-01-02 03:04:05");
}

TEST(Timestamp, IsInUniversalTime) {
  EXPECT_EQ(printed("2026-01-01T03:04:05+09:00"), "2025-12-31 18:04:05");
  EXPECT_EQ(printed("2026-01-01T03:04:05-0330"), "2026-01-01 06:34:05");
  EXPECT_EQ(printed("2025-12-31T23:00+00"), "2025-12-31 23:00:00");
  EXPECT_EQ(printed("2024-03-01 00:00+0001"), "2024-02-29 23:59:00");
  EXPECT_EQ(printed("2024-02-28T23:59:59-00:01"), "2024-02-29 00:00:59");
  EXPECT_EQ(printed("2025-12-31T23:00-01"), "2026-01-01 00:00:00");
}

TEST(Timestamp, LeavesOtherTextsAlone) {
  for (const char* text :
       {"", "2026", "2026-1-2", "2026-02-29", "2026-13-01", "2026/01/02", "2026-01-02 ",
        "2026-01-02x03:04", "2026-01-02T24:00", "2026-01-02T03:04:05.5", "2026-01-02T3:04",
        "2026-01-02T03:04:05+9", "2026년 1월 2일", "2026-01-02T03:04:05+09:00:00", "2026-01-02Z"}) {
    EXPECT_EQ(printed(text), "a text") << text;
  }
}

}  // namespace
}  // namespace gwageo
