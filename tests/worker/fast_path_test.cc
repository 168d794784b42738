#include "worker/fast_path.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gwageo {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

using Use = FastPath::Use;

Response number(double log_probability, bool greedy = false) {
  Response response;
  response.log_probability = log_probability;
  response.greedy = greedy;
  response.tokens = 1;
  return response;
}

FastPath trusted() {
  FastPath path(1);
  for (std::uint32_t i = 0; i < FastPath::compared_first; ++i) {
    EXPECT_EQ(path.next(), Use::both);
    path.compared({number(-1)}, {number(-1)});
  }
  return path;
}

TEST(FastPath, IsClosedUnlessOpened) {
  const FastPath path;
  EXPECT_FALSE(path.is_open());
  EXPECT_FALSE(path.tries("T"));
  EXPECT_EQ(path.closed_because(), "");
}

TEST(FastPath, IsUsedAfterTheFirstQuestionsAgreed) {
  FastPath path = trusted();
  int both = 0;
  constexpr int questions = 32000;
  for (int i = 0; i < questions; ++i) both += path.next() == Use::both ? 1 : 0;
  const int expected = questions / static_cast<int>(FastPath::compared_again);
  EXPECT_GT(both, expected * 8 / 10);
  EXPECT_LT(both, expected * 12 / 10);
}

TEST(FastPath, WhichOnesAreComparedAgainIsASecret) {
  FastPath one = trusted();
  FastPath two(2);
  for (std::uint32_t i = 0; i < FastPath::compared_first; ++i) {
    two.next();
    two.compared({number(-1)}, {number(-1)});
  }
  int differ = 0;
  for (int i = 0; i < 1000; ++i) differ += one.next() != two.next() ? 1 : 0;
  EXPECT_GT(differ, 0);
}

TEST(FastPath, OneDisagreementClosesItForGood) {
  FastPath path = trusted();
  path.compared({number(-1), number(-2)}, {number(-1), number(-2.5)});
  EXPECT_FALSE(path.is_open());
  EXPECT_FALSE(path.tries("T"));
  EXPECT_HAS(path.closed_because(), "the fast way gave log-probability -2, and the slow one -2.5");
  path.close("another reason");
  EXPECT_HAS(path.closed_because(), "-2.5");
}

TEST(FastPath, RoundingsAndWhatWasLeftToTheSlowPathAgree) {
  FastPath path = trusted();
  path.compared({number(-1.004), std::nullopt}, {number(-1), number(-9)});
  path.compared({number(-9999)}, {number(-9950)});
  EXPECT_TRUE(path.is_open());
  EXPECT_FALSE(disagreement(number(-1.02), number(-1)).empty());
  EXPECT_FALSE(disagreement(number(std::nan("")), number(-1)).empty());
  Response two = number(-1);
  two.tokens = 2;
  EXPECT_HAS(disagreement(number(-1), two), "1 tokens, and the slow one 2");
}

TEST(FastPath, IsNotTrustedForWhatCouldNotBeCompared) {
  FastPath path(1);
  Response failed;
  failed.outcome = Outcome::engine_failed;
  for (std::uint32_t i = 0; i < 2 * FastPath::compared_first; ++i) {
    EXPECT_EQ(path.next(), Use::both);
    path.compared({std::nullopt}, {number(-1)});
    path.compared({number(-1)}, {failed});
    path.compared({failed}, {failed});
  }
  EXPECT_TRUE(path.is_open());
  path.compared({failed}, {number(-1)});
  EXPECT_HAS(path.closed_because(), "had no answer");
}

// Two tokens that tie change places now and then; a path that is mostly wrong about it is no tie.
TEST(FastPath, ATieIsNoDisagreementAndManyAre) {
  FastPath path = trusted();
  path.compared({number(-1, true)}, {number(-1, false)});
  EXPECT_TRUE(path.is_open());
  path.compared({number(-1, true)}, {number(-1, false)});
  EXPECT_HAS(path.closed_because(), "in 2 of 2 requests");
  FastPath other = trusted();
  for (int i = 0; i < 200; ++i) other.compared({number(-1, true)}, {number(-1, i % 100 != 0)});
  EXPECT_TRUE(other.is_open());
}

TEST(FastPath, TasksThatDoNotSuitAreLeftAlone) {
  FastPath path(1);
  for (std::uint32_t i = 0; i + 1 < FastPath::unsuited_max; ++i) path.note("T", false);
  EXPECT_TRUE(path.tries("T"));
  path.note("T", true);
  for (std::uint32_t i = 0; i < FastPath::unsuited_max; ++i) {
    EXPECT_TRUE(path.tries("T"));
    path.note("T", false);
  }
  EXPECT_FALSE(path.tries("T"));
  EXPECT_TRUE(path.tries("U"));
}

}  // namespace
}  // namespace gwageo
