#include "benchmarks/discrimination.h"

#include <gtest/gtest.h>

#include "tests/benchmarks/pairings.h"

namespace gwageo {
namespace {

using pairings::pairing;
using pairings::pairs;
using pairings::stratum;

TEST(Discrimination, IsMcNemarsTest) {
  // (a - b)^2 / (a + b) against 3.841: 20 and 8 differ (5.14), 19 and 9 do not (3.57).
  EXPECT_EQ(discriminations(pairs(50, 20, 8, 10)).at(0).separated, 1U);
  EXPECT_EQ(discriminations(pairs(50, 8, 20, 10)).at(0).separated, 1U);
  EXPECT_EQ(discriminations(pairs(50, 19, 9, 10)).at(0).separated, 0U);
  EXPECT_EQ(discriminations(pairs(50, 0, 0, 10)).at(0).separated, 0U);
}

TEST(Discrimination, CountsPairsAndShowsTheRange) {
  std::vector<Stratum> strata;
  strata.push_back(stratum({{{1, 1, 0}, 60}, {{0, 0, 1}, 10}, {{1, 0, 0}, 2}, {{0, 0, 0}, 28}}));
  const Discrimination found = discriminations(pairing(std::move(strata))).at(0);
  EXPECT_EQ(found.pairs, 3U);
  EXPECT_EQ(found.separated, 2U);
  EXPECT_DOUBLE_EQ(found.least, 0.10);
  EXPECT_DOUBLE_EQ(found.most, 0.62);
}

TEST(Discrimination, ClustersAreSingleUnits) {
  // As items they differ; as the two clusters that they come in they do not.
  Stratum s = stratum({{{1, 0}, 20}, {{1, 1}, 10}});
  EXPECT_TRUE(s.clusters.empty());
  s.clusters = {std::vector<std::uint32_t>(20, 0), std::vector<std::uint32_t>(10, 1)};
  std::vector<Stratum> strata;
  strata.push_back(std::move(s));
  EXPECT_EQ(discriminations(pairing(std::move(strata))).at(0).separated, 0U);
}

}  // namespace
}  // namespace gwageo
