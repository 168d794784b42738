#include "worker/call_table.h"

#include <gtest/gtest.h>

#include <set>

namespace gwageo {
namespace {

TEST(CallTable, FindsACallByItsTokenUntilItIsOver) {
  CallTable calls;
  const std::uint64_t first = calls.add({{7}, 11, 0});
  const std::uint64_t second = calls.add({{7}, 11, 1});
  EXPECT_NE(first, 0U);
  ASSERT_NE(calls.find(second), nullptr);
  EXPECT_EQ(calls.find(second)->choice, 1U);
  EXPECT_EQ(calls.take(first)->index, 11U);
  EXPECT_EQ(calls.take(first), std::nullopt);
  EXPECT_EQ(calls.find(first), nullptr);
  EXPECT_EQ(calls.size(), 1U);
}

TEST(CallTable, ATokenOfAReusedPlaceFindsNothing) {
  CallTable calls;
  std::set<std::uint64_t> tokens;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const std::uint64_t token = calls.add({{1}, index, 0});
    EXPECT_TRUE(tokens.insert(token).second) << "no token comes twice";
    for (const std::uint64_t old : tokens) EXPECT_EQ(calls.find(old) != nullptr, old == token);
    ASSERT_TRUE(calls.take(token));
  }
}

TEST(CallTable, KnowsNothingOfTokensThatItDidNotGive) {
  CallTable calls;
  const std::uint64_t own = calls.add({{1}, 0, 0});
  EXPECT_EQ(calls.find(own + (1ULL << 32)), nullptr) << "the next use of the place";
  EXPECT_EQ(calls.find(own + 1), nullptr) << "the next place";
  for (const std::uint64_t foreign : {0ULL, 1ULL, 1ULL << 33, ~0ULL}) {
    EXPECT_EQ(calls.find(foreign), nullptr);
    EXPECT_EQ(calls.take(foreign), std::nullopt);
  }
}

TEST(CallTable, EndsAllCallsOfALease) {
  CallTable calls;
  const std::uint64_t gone = calls.add({{1}, 0, 0});
  const std::uint64_t kept = calls.add({{2}, 0, 0});
  calls.add({{1}, 1, 0});
  calls.erase_if([](const CallPlace& place) { return place.lease == LeaseId{1}; });
  EXPECT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls.find(gone), nullptr);
  EXPECT_NE(calls.find(kept), nullptr);
}

}  // namespace
}  // namespace gwageo
