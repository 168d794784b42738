// What of a worker's results is on the way at a time, and what is sent again.
#include "worker/results_outbox.h"

#include <gtest/gtest.h>

#include "protocol/limits.h"

namespace gwageo {
namespace {

constexpr std::size_t usual = results_bytes_usual;
constexpr std::size_t room = results_on_the_way_bytes / usual;  // In messages.

struct Outbox : ::testing::Test {
  void put(std::uint64_t lease, std::uint32_t chunk, std::size_t bytes = usual) {
    Results results;
    results.lease = LeaseId{lease};
    results.chunk = chunk;
    outbox.put({std::make_shared<const Message>(std::move(results)), {}, bytes});
  }
  // "LEASE/CHUNK ..." in the order in which they are sent.
  static std::string text(const ResultsOutbox::Sends& sends) {
    std::string text;
    for (const auto& message : sends) {
      const auto& results = std::get<Results>(*message);
      text += (text.empty() ? "" : " ") + std::to_string(results.lease.value) + "/" +
              std::to_string(results.chunk);
    }
    return text;
  }
  std::string next() { return text(outbox.next(now)); }
  bool take(std::uint64_t lease, std::uint32_t chunk) {
    return outbox.take(LeaseId{lease}, chunk).has_value();
  }

  ResultsOutbox outbox;
  Instant now;
};

TEST_F(Outbox, NoMoreIsOnTheWayThanThereIsRoomFor) {
  static_assert(room == 2);
  for (std::uint32_t chunk = 0; chunk < 5; ++chunk) put(7, chunk);
  EXPECT_EQ(next(), "7/0 7/1");
  EXPECT_EQ(next(), "");
  EXPECT_TRUE(take(7, 1));
  EXPECT_EQ(next(), "7/2");
  EXPECT_TRUE(take(7, 0));
  EXPECT_TRUE(take(7, 2));
  EXPECT_EQ(next(), "7/3 7/4");
  EXPECT_TRUE(take(7, 3));
  EXPECT_TRUE(take(7, 4));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(Outbox, TheOldestGoesFirstWhateverItsLease) {
  put(9, 0);
  put(8, 0);
  put(9, 1);
  EXPECT_EQ(next(), "9/0 8/0");
  EXPECT_TRUE(take(9, 0));
  EXPECT_EQ(next(), "9/1");
}

TEST_F(Outbox, WhatIsLargerThanTheRoomGoesAlone) {
  put(1, 0);
  put(1, 1, limits::item_bytes_max);
  put(1, 2);
  EXPECT_EQ(next(), "1/0");
  EXPECT_TRUE(take(1, 0));
  EXPECT_EQ(next(), "1/1");
  EXPECT_EQ(next(), "");
  EXPECT_TRUE(take(1, 1));
  EXPECT_EQ(next(), "1/2");
}

TEST_F(Outbox, WhatGetsNoAnswerIsSentAgainMoreAndMoreSeldom) {
  put(1, 0);
  std::string sent_at;
  for (int second = 0; second <= 120; ++second, now = now + seconds(1)) {
    if (!next().empty()) sent_at += std::to_string(second) + " ";
  }
  EXPECT_EQ(sent_at, "0 5 15 35 75 115 ");
  EXPECT_TRUE(take(1, 0));
  EXPECT_FALSE(take(1, 0));
}

TEST_F(Outbox, ALeaseThatIsAboutToBeOverIsSentWhole) {
  for (std::uint32_t chunk = 0; chunk < 4; ++chunk) put(1, chunk);
  put(2, 0);
  EXPECT_EQ(next(), "1/0 1/1");
  EXPECT_EQ(text(outbox.all_of(LeaseId{1}, now)), "1/2 1/3");
  EXPECT_EQ(next(), "");  // Four are on the way.
  for (std::uint32_t chunk = 0; chunk < 3; ++chunk) EXPECT_TRUE(take(1, chunk));
  EXPECT_EQ(next(), "2/0");
}

TEST_F(Outbox, WhatIsWithheldWasNeverSent) {
  for (std::uint32_t chunk = 0; chunk < 4; ++chunk) put(1, chunk);
  put(2, 0);
  EXPECT_EQ(next(), "1/0 1/1");
  outbox.sent_in_vain();
  outbox.withhold(LeaseId{1});  // The first two may be on record.
  EXPECT_EQ(next(), "1/0 1/1");
  EXPECT_TRUE(take(1, 0));
  EXPECT_EQ(next(), "2/0");
  EXPECT_TRUE(take(1, 1));
  EXPECT_FALSE(take(1, 2));
  EXPECT_TRUE(take(2, 0));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(Outbox, AnotherCoordinatorGetsEverythingInTheOldOrder) {
  put(2, 0);
  put(1, 0);
  put(3, 0);
  EXPECT_EQ(next(), "2/0 1/0");
  outbox.sent_in_vain();
  EXPECT_EQ(next(), "2/0 1/0");
  EXPECT_TRUE(take(1, 0));
  EXPECT_EQ(next(), "3/0");
  EXPECT_EQ(outbox.leases(), (std::set<LeaseId>{LeaseId{2}, LeaseId{3}}));
}

}  // namespace
}  // namespace gwageo
