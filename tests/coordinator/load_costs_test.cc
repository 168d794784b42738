#include "coordinator/load_costs.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gwageo {
namespace {

constexpr ClassNumber loaded_model = 7;
constexpr NodeNumber here = 1;
constexpr NodeNumber there = 2;

using Basis = ExpectedLoad::Basis;

LoadPrior prior_of(Duration first, Duration again, const std::string& kind = "process") {
  LoadPrior prior;
  prior.kind = kind;
  prior.first = first;
  prior.again = again;
  return prior;
}

/// Two classes of unknown size.
LoadCosts small_costs() {
  LoadCosts costs;
  costs.add(loaded_model, prior_of(seconds(1), milliseconds(500)));
  costs.add(loaded_model + 1, prior_of(seconds(1), milliseconds(500)));
  return costs;
}

TEST(LoadCosts, ArePriorsUntilSomebodyLoads) {
  LoadCosts costs;
  costs.add(loaded_model, prior_of(seconds(200), seconds(80)));
  EXPECT_EQ(costs.expect(loaded_model).load, seconds(200));
  EXPECT_EQ(costs.expect(loaded_model).basis, Basis::prior);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(200));
  costs.lies_there(here, loaded_model, true);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(80));
  EXPECT_EQ(costs.expect(there, loaded_model), seconds(200));
}

// Of three models it knows its storage, whatever the figures were that it began with.
TEST(LoadCosts, AreCorrectedByWhatOthersOfTheirEngineTook) {
  LoadCosts costs;
  for (ClassNumber i = 0; i < 5; ++i) {
    costs.add(i, prior_of(seconds(100 * (i + 1)), seconds(50), i == 4 ? "builtin" : "process"));
  }
  EXPECT_EQ(costs.loaded(here, 0, seconds(300)), (std::vector<ClassNumber>{0, 1, 2, 3}));
  EXPECT_EQ(costs.expect(1).load, seconds(600));
  EXPECT_EQ(costs.expect(1).basis, Basis::others);
  EXPECT_EQ(costs.expect(1).seen, 1u);
  EXPECT_EQ(costs.expect(here, 1), seconds(600));
  EXPECT_EQ(costs.expect(4).load, seconds(500));
  EXPECT_EQ(costs.expect(4).basis, Basis::prior);
  EXPECT_EQ(costs.expect(prior_of(seconds(10), seconds(5))).load, seconds(30));
  // A class counts once.
  EXPECT_EQ(costs.loaded(there, 0, seconds(5)), (std::vector<ClassNumber>{0}));
  EXPECT_EQ(costs.expect(1).load, seconds(600));
  EXPECT_EQ(costs.loaded(there, 1, seconds(1400)), (std::vector<ClassNumber>{1, 2, 3}));
  EXPECT_EQ(costs.expect(1).load, seconds(1400));
  EXPECT_EQ(costs.expect(1).basis, Basis::learned);
  EXPECT_EQ(costs.expect(2).load, seconds(1200));  // (3 * 3 + 7) / 4 times as long.
  EXPECT_EQ(costs.expect(2).seen, 2u);
}

TEST(LoadCosts, AreCorrectedWithinBoundsAndByWhereTheWeightsLay) {
  LoadCosts costs;
  for (ClassNumber i = 0; i < 3; ++i) costs.add(i, prior_of(seconds(100), seconds(50)));
  costs.add(3, prior_of(seconds(100), seconds(50), "another"));
  costs.add(4, prior_of(seconds(100), seconds(50), "another"));
  costs.lies_there(here, 0, true);
  costs.loaded(here, 0, seconds(100));  // For 50 s.
  EXPECT_EQ(costs.expect(1).load, seconds(200));
  costs.lies_there(there, 1, true);
  costs.fetched(there, 1);
  costs.loaded(there, 1, seconds(100));  // For 100 s.
  EXPECT_EQ(costs.expect(2).load, seconds(175));
  costs.lies_there(there, 1, false);
  EXPECT_EQ(costs.said_of({0, 1}),
            (std::vector<std::pair<NodeNumber, ClassNumber>>{{here, 0}, {there, 1}}));
  costs.loaded(here, 3, seconds(1000000));
  EXPECT_EQ(costs.expect(4).load, seconds(1600));
  for (ClassNumber i = 5; i < 60; ++i) {
    costs.add(i, prior_of(seconds(100), seconds(50), "another"));
    costs.loaded(here, i, Duration{1});
  }
  EXPECT_EQ(costs.expect(4).load, milliseconds(6200));
}

TEST(LoadCosts, TellANodesFirstLoadFromLaterOnes) {
  LoadCosts costs = small_costs();
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
  LoadCosts costs = small_costs();
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
  LoadCosts costs = small_costs();
  costs.loaded(here, loaded_model, seconds(100));
  costs.loaded(here, loaded_model, seconds(20));
  costs.lose(here);
  EXPECT_EQ(costs.expect(here, loaded_model), seconds(100));
}

TEST(LoadCosts, OfSeveralTheLastCountMost) {
  LoadCosts costs = small_costs();
  costs.loaded(here, loaded_model, seconds(100));
  costs.loaded(there, loaded_model, seconds(20));
  EXPECT_EQ(costs.expect(loaded_model).load, seconds(80));
  costs.loaded(there, loaded_model + 1, seconds(5));
  EXPECT_EQ(costs.expect(loaded_model).load, seconds(80));
}

}  // namespace
}  // namespace gwageo
