#include "coordinator/load_costs.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr ClassNumber loaded_model = 7;
constexpr NodeNumber here = 1;
constexpr NodeNumber there = 2;

TEST(LoadCosts, ArePriorsUntilSomebodyLoads) {
  LoadCosts costs;
  EXPECT_EQ(costs.expect(loaded_model), LoadCosts::prior);
  EXPECT_EQ(costs.expect(here, loaded_model), LoadCosts::prior);
}

TEST(LoadCosts, TellANodesFirstLoadFromLaterOnes) {
  LoadCosts costs;
  costs.loaded(here, loaded_model, seconds(100));
  EXPECT_EQ(costs.expect(there, loaded_model), seconds(100));
  costs.loaded(here, loaded_model, seconds(20));
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(20));
  EXPECT_EQ(costs.expect(there, loaded_model), seconds(100));  // It has the weights to fetch.
  costs.loaded(there, loaded_model, seconds(100));
  EXPECT_EQ(costs.expect(there, loaded_model), seconds(20));  // As elsewhere, once they are there.
  costs.loaded(there, loaded_model, seconds(40));
  EXPECT_EQ(costs.expect(there, loaded_model), seconds(40));
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(20));
}

TEST(LoadCosts, KnowWhereTheWeightsLie) {
  LoadCosts costs;
  costs.lies_there(here, loaded_model, true);
  EXPECT_LT(costs.expect(here, loaded_model), costs.expect(there, loaded_model));
  costs.loaded(there, loaded_model, seconds(100));
  EXPECT_EQ(costs.expect(here, loaded_model),
            seconds(50));  // Nobody knows yet what a second load takes.
  costs.loaded(there, loaded_model, seconds(20));
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(20));
  costs.lies_there(here, loaded_model, false);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(100));
  costs.lies_there(here, loaded_model, true);
  costs.lies_there(here + 2, loaded_model, true);
  costs.lose(here);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(100));
  EXPECT_EQ(costs.expect(here + 2, loaded_model), seconds(20));
}

TEST(LoadCosts, GoWithTheNode) {
  LoadCosts costs;
  costs.loaded(here, loaded_model, seconds(100));
  costs.loaded(here, loaded_model, seconds(20));
  costs.lose(here);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(100));
}

TEST(LoadCosts, OfSeveralTheLastCountMost) {
  LoadCosts costs;
  costs.loaded(here, loaded_model, seconds(100));
  costs.loaded(there, loaded_model, seconds(20));
  EXPECT_EQ(costs.expect(loaded_model), seconds(80));
  costs.loaded(there, loaded_model + 1, seconds(5));
  EXPECT_EQ(costs.expect(loaded_model), seconds(80));
}

}  // namespace
}  // namespace gwageo
