// How many requests a server is asked at a time: against servers of known kinds, in virtual time.
#include "worker/concurrency_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace gwageo {
namespace {

/// A server that works on so many requests at a time, each a tenth of a second; more wait their
/// turn, and beyond `room` of both it refuses at once.
struct Server {
  std::uint32_t units = 1;
  std::uint32_t room = 100000;
  std::uint32_t crowd = 100000;  ///< With more than so many in it everything takes as much longer.
};

struct Ran {
  double rate = 0;  ///< Answers a second, in the last half.
  std::uint32_t limit = 0;
  std::uint32_t highest = 0;
  std::uint64_t refused = 0;
  std::uint64_t answered = 0;
};

/// There is always more to ask. `seconds` long.
Ran run(ConcurrencyLimit limit, const Server& server, std::int64_t for_seconds,
        std::uint32_t offered = 100000) {
  constexpr std::int64_t tick = 1000;
  std::multiset<std::int64_t> ends;  // Of the requests that are worked on.
  std::uint32_t queued = 0;
  Ran ran;
  std::uint64_t late = 0;
  for (std::int64_t now = 0; now < for_seconds * 1'000'000; now += tick) {
    while (!ends.empty() && *ends.begin() <= now) {
      ends.erase(ends.begin());
      ++ran.answered;
      if (now >= for_seconds * 500'000) ++late;
      limit.answered(Duration{now}, offered > ends.size() + queued + 1);
    }
    const std::uint32_t wanted = std::min(limit.limit(), offered);
    while (ends.size() + queued < wanted) {
      if (ends.size() + queued >= server.room) {
        ++ran.refused;
        limit.overloaded(Duration{now});
        break;
      }
      ++queued;
    }
    for (; queued > 0 && ends.size() < server.units; --queued) {
      const auto inside = static_cast<std::int64_t>(ends.size() + queued);
      const std::int64_t slower = std::max<std::int64_t>(1, inside / server.crowd);
      ends.insert(now + 100'000 * slower);
    }
    ran.highest = std::max(ran.highest, limit.limit());
  }
  ran.rate = static_cast<double>(late) / (static_cast<double>(for_seconds) / 2);
  ran.limit = limit.limit();
  return ran;
}

TEST(ConcurrencyLimit, IsFixedWhereItBeginsAtTheMost) {
  const Ran ran = run({32, 32}, {16}, 60);
  EXPECT_EQ(ran.limit, 32U);
  EXPECT_EQ(ran.highest, 32U);
}

TEST(ConcurrencyLimit, GrowsAsLongAsTheServerHasMoreToGive) {
  const Ran ran = run({4, 512}, {64}, 60);
  EXPECT_GE(ran.rate, 640 * 0.95);
  EXPECT_LE(ran.highest, 64 * 2U);  // What waits inside the server gains nothing.
}

TEST(ConcurrencyLimit, StopsAtTheMost) {
  const Ran ran = run({4, 32}, {64}, 60);
  EXPECT_EQ(ran.limit, 32U);
  EXPECT_GE(ran.rate, 320 * 0.95);
}

TEST(ConcurrencyLimit, LeavesAServerThatRefusesInPeace) {
  const Ran ran = run({4, 512}, {40, 40}, 600);
  EXPECT_GE(ran.rate, 400 * 0.7);
  EXPECT_LE(ran.refused * 100, ran.answered);  // Below one in a hundred.
  EXPECT_LE(ran.limit, 40U);
}

TEST(ConcurrencyLimit, TakesBackWhatMakesEverythingSlower) {
  const Ran ran = run({8, 512}, {512, 100000, 32}, 120);
  EXPECT_LE(ran.limit, 96U);
  EXPECT_GE(ran.rate, 320 * 0.9);
}

TEST(ConcurrencyLimit, LearnsNothingFromAServerThatIsNotAskedEnough) {
  EXPECT_EQ(run({8, 512}, {64}, 60, 4).limit, 8U);
}

TEST(ConcurrencyLimit, FailuresOfOneSecondCountOnce) {
  ConcurrencyLimit limit(64, 64);
  for (int i = 0; i < 64; ++i) limit.overloaded(milliseconds(i));
  EXPECT_EQ(limit.limit(), 32U);
  limit.overloaded(seconds(2));
  EXPECT_EQ(limit.limit(), 16U);
  for (int i = 1; i < 10; ++i) limit.overloaded(seconds(2 + 2 * i));
  EXPECT_EQ(limit.limit(), 1U);
}

}  // namespace
}  // namespace gwageo
