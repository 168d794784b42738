#include "coordinator/load_costs.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr ClassNumber model = 7;
constexpr NodeNumber here = 1;
constexpr NodeNumber there = 2;

TEST(LoadCosts, ArePriorsUntilSomebodyLoads) {
  LoadCosts costs;
  EXPECT_EQ(costs.expect(model), LoadCosts::prior);
  EXPECT_EQ(costs.expect(here, model), LoadCosts::prior);
}

TEST(LoadCosts, TellANodesFirstLoadFromLaterOnes) {
  LoadCosts costs;
  costs.loaded(here, model, seconds(100));
  EXPECT_EQ(costs.expect(there, model), seconds(100));
  costs.loaded(here, model, seconds(20));
  EXPECT_EQ(costs.expect(here, model), seconds(20));
  EXPECT_EQ(costs.expect(there, model), seconds(100));  // It has the weights to fetch.
  costs.loaded(there, model, seconds(100));
  EXPECT_EQ(costs.expect(there, model), seconds(20));  // As elsewhere, once they are there.
  costs.loaded(there, model, seconds(40));
  EXPECT_EQ(costs.expect(there, model), seconds(40));
  EXPECT_EQ(costs.expect(here, model), seconds(20));
}

TEST(LoadCosts, KnowWhereTheWeightsLie) {
  LoadCosts costs;
  costs.lies_there(here, model, true);
  EXPECT_LT(costs.expect(here, model), costs.expect(there, model));
  costs.loaded(there, model, seconds(100));
  EXPECT_EQ(costs.expect(here, model), seconds(50));  // Nobody knows yet what a second load takes.
  costs.loaded(there, model, seconds(20));
  EXPECT_EQ(costs.expect(here, model), seconds(20));
  costs.lies_there(here, model, false);
  EXPECT_EQ(costs.expect(here, model), seconds(100));
  costs.lies_there(here, model, true);
  costs.lies_there(here + 2, model, true);
  costs.lose(here);
  EXPECT_EQ(costs.expect(here, model), seconds(100));
  EXPECT_EQ(costs.expect(here + 2, model), seconds(20));
}

TEST(LoadCosts, GoWithTheNode) {
  LoadCosts costs;
  costs.loaded(here, model, seconds(100));
  costs.loaded(here, model, seconds(20));
  costs.lose(here);
  EXPECT_EQ(costs.expect(here, model), seconds(100));
}

TEST(LoadCosts, OfSeveralTheLastCountMost) {
  LoadCosts costs;
  costs.loaded(here, model, seconds(100));
  costs.loaded(there, model, seconds(20));
  EXPECT_EQ(costs.expect(model), seconds(80));
  costs.loaded(there, model + 1, seconds(5));
  EXPECT_EQ(costs.expect(model), seconds(80));
}

}  // namespace
}  // namespace gwageo
