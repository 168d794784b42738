#include "ops/table.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(TextTable, KnowsHowWideTextIs) {
  EXPECT_EQ(display_width("model"), 5U);
  EXPECT_EQ(display_width("과거"), 4U);
  EXPECT_EQ(display_width("과거 suite"), 10U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width(""), 0U);
}

TEST(TextTable, AlignsColumnsAndMovesNumbersToTheRight) {
  TextTable table({"task", "n"});
  table.add({"조사", "5"});
  table.add({"number", "250"});
  EXPECT_EQ(table.text(), "task    n\n조사      5\nnumber  250\n");
}

}  // namespace
}  // namespace gwageo
