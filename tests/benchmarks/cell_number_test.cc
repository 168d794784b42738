// What pandas 1.5 gave for the same cells.
#include "benchmarks/cell_number.h"

#include <gtest/gtest.h>

#include <limits>

namespace gwageo {
namespace {

TEST(CellNumber, CountsSeventeenDigitsAsPandasDoes) {
  EXPECT_EQ(cell_number("0.30000000000000004"), 0.3);
  EXPECT_EQ(cell_number("0.1234567890123456789"), 0.1234567890123456);
  EXPECT_EQ(cell_number("3.141592653589793"), 3.141592653589793);
  EXPECT_EQ(cell_number("1.7976931348623157e308"), 1.7976931348623157e308);
  EXPECT_EQ(cell_number("5e-324"), 5e-324);
  EXPECT_EQ(cell_number("1E5"), 100000.0);
  EXPECT_EQ(cell_number(" -.5 "), -0.5);
  EXPECT_EQ(cell_number("+1."), 1.0);
  EXPECT_EQ(cell_number("-Inf"), -std::numeric_limits<double>::infinity());
}

TEST(CellNumber, LeavesOtherTextsAlone) {
  for (const char* cell :
       {"", " ", "1e", ".", "1 2", "1,2", "0x10", "1_0", "1d5", "1e400", "e5", "--1"}) {
    EXPECT_FALSE(cell_number(cell).has_value()) << cell;
  }
}

TEST(CellNumber, KnowsIntegersOfAnyLength) {
  EXPECT_EQ(cell_integer(" +5 "), 5);
  EXPECT_EQ(cell_integer("007"), 7);
  EXPECT_EQ(cell_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(cell_integer("9223372036854775808").has_value());
  EXPECT_TRUE(is_integer_text("9223372036854775808"));
  for (const char* cell : {"", "-", "1.0", "1e3", "+-1"}) {
    EXPECT_FALSE(is_integer_text(cell)) << cell;
    EXPECT_FALSE(cell_integer(cell).has_value()) << cell;
  }
}

}  // namespace
}  // namespace gwageo
