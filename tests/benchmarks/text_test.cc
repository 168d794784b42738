#include "benchmarks/text.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "benchmarks/unprintable.h"

namespace gwageo {
namespace {

// Of Python 3.11: their number, and sum(code * 31 ** place) of them modulo 2 ** 64.
TEST(Text, WhatIsNotPrintableIsPythons) {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  for (char32_t code = 0; code < 0x110000; ++code) {
    if (is_python_printable(code)) continue;
    ++count;
    sum = sum * 31 + code;
  }
  EXPECT_EQ(count, 969596u);
  EXPECT_EQ(sum, 9020625645448500946u);
}

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
