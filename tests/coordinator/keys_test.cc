// The layout of keys is on disk for good: these bytes may never change.
#include "coordinator/keys.h"

#include <gtest/gtest.h>

namespace gwageo::keys {
namespace {

using namespace std::string_literals;

const Digest digest = sha256("plan");
const std::string digest_bytes(digest.view());
constexpr std::uint64_t largest = ~0ull;

TEST(KeysTest, layouts_are_these_bytes) {
  EXPECT_EQ(journal(0x0102030405060708), "j\1\2\3\4\5\6\7\10"s);
  EXPECT_EQ(blob(digest), "b" + digest_bytes);
  EXPECT_EQ(plan_block(digest, 0x01020304), "p" + digest_bytes + "\1\2\3\4"s);
  EXPECT_EQ(plan_keys(digest, 1), "q" + digest_bytes + "\0\0\0\1"s);
  EXPECT_EQ(result_block(JobId{1}, 2, LeaseId{3}),
            "r\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2"
            "\0\0\0\0\0\0\0\3"s);
}

TEST(KeysTest, byte_order_is_number_order) {
  std::string before;
  for (const std::uint64_t number : {0ull, 1ull, 255ull, 256ull, 65535ull, 1ull << 32, ~0ull}) {
    EXPECT_LT(before, journal(number));
    before = journal(number);
  }
  EXPECT_LT(result_block(JobId{1}, largest, LeaseId{largest}), result_block(JobId{2}, 0, {}));
  EXPECT_LT(result_block(JobId{1}, 255, LeaseId{largest}), result_block(JobId{1}, 256, {}));
}

TEST(KeysTest, ranges_hold_their_own_and_nothing_else) {
  const auto holds = [](const KeyRange& range, const std::string& key) {
    return range.first <= key && key < range.second;
  };
  EXPECT_TRUE(holds(journal_from(5), journal(5)));
  EXPECT_TRUE(holds(journal_from(5), journal(largest)));
  EXPECT_FALSE(holds(journal_from(5), journal(4)));
  EXPECT_FALSE(holds(journal_from(0), plan_block(digest, 0)));
  EXPECT_TRUE(holds(plan_blocks(digest), plan_block(digest, 0)));
  EXPECT_TRUE(holds(plan_blocks(digest), plan_block(digest, last_block)));
  EXPECT_FALSE(holds(plan_blocks(digest), plan_block(sha256("other"), 0)));
  EXPECT_FALSE(holds(plan_blocks(digest), plan_keys(digest, 0)));
  EXPECT_TRUE(holds(plan_key_blocks(digest), plan_keys(digest, last_block)));
  EXPECT_TRUE(holds(result_blocks(JobId{7}), result_block(JobId{7}, largest, LeaseId{largest})));
  EXPECT_FALSE(holds(result_blocks(JobId{7}), result_block(JobId{8}, 0, {})));
  EXPECT_FALSE(holds(result_blocks(JobId{7}), journal(0)));
}

TEST(KeysTest, ranges_end_after_numbers_whose_bytes_are_all_ones) {
  Digest ones;
  ones.bytes.fill(0xff);
  EXPECT_EQ(plan_blocks(ones).second, "q");
  EXPECT_LT(plan_block(ones, last_block), plan_blocks(ones).second);
  EXPECT_EQ(result_blocks(JobId{largest}).second, "s");
  EXPECT_EQ(result_blocks(JobId{255}).second, "r\0\0\0\0\0\0\1"s);
  EXPECT_LT(result_block(JobId{255}, largest, LeaseId{largest}), result_blocks(JobId{255}).second);
  EXPECT_LE(result_blocks(JobId{255}).second, result_block(JobId{256}, 0, {}));
}

}  // namespace
}  // namespace gwageo::keys
