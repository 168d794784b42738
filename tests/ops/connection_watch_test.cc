#include "ops/connection_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gwageo {
namespace {

using Watched = ConnectionState;

class ConnectionWatchTest : public ::testing::Test {
 protected:
  /// Looks at that second; keeps what there was to say, or the error.
  void look(std::int64_t second, Watched state, std::uint64_t connections = 0,
            std::uint64_t failures = 0) {
    const auto news = watch_.look({state, connections, failures}, seconds(second));
    if (!news) {
      ended_ = news.error();
    } else if (*news) {
      said_.push_back((*news)->text);
    }
  }
  bool said(std::size_t at, const std::string& part) const {
    return at < said_.size() && said_[at].find(part) != std::string::npos;
  }

  ConnectionWatch watch_{"alice", "tcp://here", std::nullopt, Duration{}};
  std::vector<std::string> said_;
  std::optional<Error> ended_;
};

TEST_F(ConnectionWatchTest, AFirstConnectionNeedsNoWords) {
  look(0, Watched::connecting);
  look(1, Watched::connected, 1);
  look(2, Watched::connected, 1);
  EXPECT_TRUE(watch_.is_connected());
  EXPECT_TRUE(said_.empty());
}

TEST_F(ConnectionWatchTest, AWaitIsSpokenOfEverLessOften) {
  for (int second = 0; second <= 3600; ++second) look(second, Watched::connecting);
  EXPECT_TRUE(said(0, "no coordinator answers yet"));
  EXPECT_GE(said_.size(), 8U);
  EXPECT_LE(said_.size(), 20U);
  EXPECT_FALSE(ended_) << "nobody there is no reason to end";
}

TEST_F(ConnectionWatchTest, ALossAndAReturnAreSaid) {
  look(0, Watched::connected, 1);
  look(100, Watched::connecting, 1);
  ASSERT_TRUE(said(0, "is lost"));
  look(104, Watched::connecting, 1);
  EXPECT_TRUE(said(1, "has not answered for 4 s"));
  look(110, Watched::connected, 2);
  EXPECT_TRUE(said(2, "answers again, after 10 s"));
  look(111, Watched::connected, 2);
  EXPECT_EQ(said_.size(), 3U);
}

TEST_F(ConnectionWatchTest, ALossBetweenTwoLooksIsSaidToo) {
  look(0, Watched::connected, 1);
  look(1, Watched::connected, 2);
  EXPECT_TRUE(said(0, "was lost and is there again"));
}

TEST_F(ConnectionWatchTest, AKeyThatIsNotKnownEndsItAfterAWhile) {
  look(0, Watched::key_refused);
  look(3, Watched::key_refused);
  EXPECT_FALSE(ended_) << "a coordinator that has just begun may learn it yet";
  look(4, Watched::key_refused);
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->kind, ErrorKind::not_allowed);
  EXPECT_NE(ended_->message.find("does not know the key of alice"), std::string::npos);
}

TEST_F(ConnectionWatchTest, AKeyThatBecomesKnownDoesNot) {
  look(0, Watched::key_refused);
  look(2, Watched::connected, 1);
  look(50, Watched::connecting, 1);
  look(51, Watched::key_refused, 1);
  look(53, Watched::key_refused, 1);
  EXPECT_FALSE(ended_) << "each wait has its own while";
}

TEST_F(ConnectionWatchTest, AnotherCoordinatorInThePlaceOfOursEndsIt) {
  look(0, Watched::connected, 1);
  std::uint64_t failures = 0;
  for (int second = 100; second <= 115 && !ended_; ++second) {
    look(second, Watched::handshake_failed, 1, failures++);
  }
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->kind, ErrorKind::not_allowed);
  EXPECT_NE(ended_->message.find("it is for another coordinator"), std::string::npos);
}

TEST_F(ConnectionWatchTest, AFailedHandshakeNowAndThenDoesNot) {
  std::uint64_t failures = 0;
  for (int second = 0; second <= 600; second += 30) {
    look(second, Watched::handshake_failed, 0, ++failures);
  }
  EXPECT_FALSE(ended_);
}

TEST_F(ConnectionWatchTest, TheTimeForTheFirstConnectionIsForThatAlone) {
  watch_ = ConnectionWatch("alice", "tcp://here", seconds(5), Duration{});
  look(4, Watched::connected, 1);
  look(100, Watched::connecting, 1);
  look(200, Watched::connecting, 1);
  EXPECT_FALSE(ended_);
  watch_ = ConnectionWatch("alice", "tcp://here", seconds(5), Duration{});
  look(6, Watched::connecting);
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->kind, ErrorKind::unavailable);
  EXPECT_NE(ended_->message.find("within 5 s"), std::string::npos);
}

TEST_F(ConnectionWatchTest, WhoeverSaidNoByThatTimeIsNotAway) {
  watch_ = ConnectionWatch("alice", "tcp://here", seconds(8), Duration{});
  std::uint64_t failures = 0;
  for (int second = 0; second <= 9 && !ended_; ++second) {
    look(second, Watched::handshake_failed, 0, failures++);
  }
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->kind, ErrorKind::not_allowed);
  EXPECT_NE(ended_->message.find("it is for another coordinator"), std::string::npos);
  ended_.reset();
  watch_ = ConnectionWatch("alice", "tcp://here", seconds(2), Duration{});
  look(1, Watched::key_refused);
  look(3, Watched::key_refused);
  ASSERT_TRUE(ended_);
  EXPECT_EQ(ended_->kind, ErrorKind::not_allowed);
}

}  // namespace
}  // namespace gwageo
