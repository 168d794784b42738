#include "protocol/bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gwageo {
namespace {

using namespace std::string_literals;

std::string bytes_of_everything() {
  ByteWriter out;
  out.u8(1);
  out.u32(0x01020304);
  out.u64(0x0102030405060708);
  out.i64(-2);
  out.f64(-0.0);
  out.digest(sha256("x"));
  out.text("\0text"s);
  out.text("");
  return out.take();
}

TEST(BytesTest, numbers_are_little_endian) {
  ByteWriter out;
  out.u8(255);
  out.u32(0x01020304);
  out.i64(-2);
  out.text("ab");
  out.f64(1.0);
  EXPECT_EQ(out.bytes(),
            "\xff\4\3\2\1\xfe\xff\xff\xff\xff\xff\xff\xff\2\0\0\0ab"
            "\0\0\0\0\0\0\xf0\x3f"s);
}

TEST(BytesTest, what_was_written_is_read) {
  const std::string bytes = bytes_of_everything();
  ByteReader in(bytes);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u32(), 0x01020304u);
  EXPECT_EQ(in.u64(), 0x0102030405060708u);
  EXPECT_EQ(in.i64(), -2);
  EXPECT_TRUE(std::signbit(in.f64()));
  EXPECT_EQ(in.digest(), sha256("x"));
  EXPECT_EQ(in.text(), "\0text"s);
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.text(), "");
  EXPECT_TRUE(in.done());
}

TEST(BytesTest, extreme_numbers_come_back) {
  ByteWriter out;
  const double doubles[] = {std::numeric_limits<double>::infinity(), 5e-324,
                            std::numeric_limits<double>::max()};
  for (const double value : doubles) out.f64(value);
  out.i64(std::numeric_limits<std::int64_t>::min());
  out.u64(~0ull);
  ByteReader in(out.bytes());
  for (const double value : doubles) EXPECT_EQ(in.f64(), value);
  EXPECT_EQ(in.i64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(in.u64(), ~0ull);
  EXPECT_TRUE(in.done());
}

TEST(BytesTest, cut_anywhere_it_fails_and_stays_failed) {
  const std::string whole = bytes_of_everything();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    ByteReader in(cut);
    in.u8(), in.u32(), in.u64(), in.i64(), in.f64(), in.digest(), in.text(), in.text();
    EXPECT_FALSE(in.ok()) << size;
    EXPECT_FALSE(in.done());
    EXPECT_EQ(in.u8(), 0);
    EXPECT_EQ(in.text(), "");
    EXPECT_EQ(in.digest(), Digest{});
  }
}

TEST(BytesTest, a_claimed_length_takes_nothing) {
  ByteReader in("\xff\xff\xff\xff");
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.ok());
}

TEST(BytesTest, bytes_that_are_left_are_not_done) {
  ByteReader in("ab");
  in.u8();
  EXPECT_TRUE(in.ok());
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.left(), 1u);
}

}  // namespace
}  // namespace gwageo
