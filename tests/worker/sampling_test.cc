#include "worker/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

namespace gwageo {
namespace {

TEST(Philox, GivesThePublishedNumbers) {
  // Known answers of the authors' own library, Random123.
  using Four = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

std::map<std::uint32_t, int> counts(const std::vector<float>& logits, double temperature,
                                    double top_p) {
  std::map<std::uint32_t, int> count;
  for (std::uint64_t i = 0; i < 20'000; ++i) ++count[draw(logits, {temperature, top_p, 11, i})];
  return count;
}

TEST(Draw, FollowsTheProbabilities) {
  const std::vector<float> logits = {std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  auto plain = counts(logits, 1, 1);
  EXPECT_NEAR(plain[0], 4'000, 250);
  EXPECT_NEAR(plain[1], 10'000, 250);
  EXPECT_NEAR(plain[2], 6'000, 250);
  // Half the temperature squares the probabilities: 4 : 25 : 9.
  auto cold = counts(logits, 0.5, 1);
  EXPECT_NEAR(cold[1], 20'000 * 25 / 38, 250);
  EXPECT_NEAR(cold[0], 20'000 * 4 / 38, 250);
}

TEST(Draw, KeepsTheSmallestSetThatReachesTopP) {
  const std::vector<float> logits = {std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  EXPECT_EQ(counts(logits, 1, 0.4).size(), 1u);
  auto two = counts(logits, 1, 0.7);
  EXPECT_EQ(two.size(), 2u);
  EXPECT_NEAR(two[1], 20'000 * 5 / 8, 250);
  EXPECT_EQ(counts(logits, 1, 0.9).size(), 3u);
  // The lower of equals is kept first.
  EXPECT_EQ(counts({0, 0, 0, 0}, 1, 0.25).begin()->first, 0u);
}

TEST(Draw, DependsOnSeedAndIndexAlone) {
  const std::vector<float> logits(64, 1.0f);
  const Draw how{1, 1, 42, 7};
  EXPECT_EQ(draw(logits, how), draw(logits, how));
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    same += draw(logits, {1, 1, 42, i}) == draw(logits, {1, 1, 43, i}) ? 1 : 0;
  }
  EXPECT_LT(same, 60) << "two seeds agree only by chance";
  EXPECT_EQ(draw(std::vector<float>{5}, how), 0u);
  EXPECT_EQ(draw(std::vector<float>{-3e38f, 3e38f}, {1e-300, 1, 1, 1}), 1u);
}

}  // namespace
}  // namespace gwageo
