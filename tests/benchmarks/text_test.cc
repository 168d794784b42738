#include "benchmarks/text.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(Text, StripTakesEveryPythonSpace) {
  EXPECT_EQ(strip("  a b \t\r\n"), "a b");
  EXPECT_EQ(strip("\u3000정답\u00a0\u2003"), "정답");
  EXPECT_EQ(strip("\x1c\x1f x"), "x");
  EXPECT_EQ(strip("\u200b"), "\u200b");  // a zero-width space is none
  EXPECT_EQ(strip(" \n"), "");
  EXPECT_EQ(strip(""), "");
}

TEST(Text, CountsCodePoints) {
  EXPECT_EQ(code_points("abc"), 3U);
  EXPECT_EQ(code_points("한글"), 2U);
  EXPECT_EQ(code_points("😀"), 1U);
  EXPECT_EQ(code_points("\u1112\u1161\u11ab"), 3U);  // decomposed 한
}

TEST(Text, RepairsWhatIsNoUtf8) {
  EXPECT_EQ(repaired("ab한"), "ab한");
  EXPECT_EQ(repaired("a\xFF"
                     "b"),
            "a\uFFFDb");
  EXPECT_EQ(repaired("\xED\x95"), "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace gwageo
