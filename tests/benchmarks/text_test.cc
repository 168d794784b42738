#include "benchmarks/text.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(Text, RepairsWhatIsNoUtf8) {
  EXPECT_EQ(repaired("ab한"), "ab한");
  EXPECT_EQ(repaired("a\xFF"
                     "b"),
            "a\uFFFDb");
  EXPECT_EQ(repaired("\xED\x95"), "\uFFFD\uFFFD");
  EXPECT_EQ(repaired(""), "");
}

}  // namespace
}  // namespace gwageo
