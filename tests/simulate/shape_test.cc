// Which GPUs slots can be made of: nodes of a domain together, and kinds.
#include "ops/simulate/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/simulate/traces.h"
#include "tests/simulate/hand_made.h"

namespace gwageo::simulate {
namespace {

using testing::at;
using ::testing::ElementsAre;
using testing::HandMade;
using ::testing::HasSubstr;

TEST(Shape, SlotsSpanEqualNodesOfOneDomain) {
  const Fleet fleet = *read_fleet(
      "gpus,count,kind,domain\n8,2,H100,0\n8,1,A100,0\n6,2,H100,1\n8,3,H100,2\n8,1,H100,0\n", "f");
  // Sorted by domain: H100 H100 A100 H100, then six GPUs twice, then three of eight.
  EXPECT_THAT(spans_of(fleet, 16),
              ElementsAre(Span{0, 2}, Span{2, 1}, Span{3, 1}, Span{4, 1}, Span{5, 1}, Span{6, 3}));
  EXPECT_EQ(spans_of(fleet, 8).size(), fleet.nodes.size());
  EXPECT_TRUE(lies(fleet, {0, 0, 16}));
  EXPECT_FALSE(lies(fleet, {1, 0, 16}));
  EXPECT_FALSE(lies(fleet, {4, 0, 8}));
  EXPECT_TRUE(lies(fleet, {6, 0, 16}));
  EXPECT_EQ(nodes_of(fleet, {6, 0, 16}), 2U);
}

TEST(Shape, NodesWithoutADomainAreAlone) {
  const Fleet fleet = *read_fleet("gpus,count\n8,4\n", "f");
  EXPECT_EQ(spans_of(fleet, 64).size(), 4U);
}

TEST(Shape, KindsThatWillDo) {
  HandMade hand(1, 1);
  hand.fleet = *read_fleet("gpus,count,kind\n4,1,T4\n2,1,P100\n", "f");
  hand.add_class(1, 10);
  hand.add_class(1, 10);
  hand.work.workload.classes[1].kinds = {"P100", "V100"};
  const Shapes shapes(hand.fleet, hand.work.workload);
  EXPECT_EQ(shapes.all().size(), 2U);
  EXPECT_EQ(shapes.room(shapes.of(0)), 6U);
  EXPECT_EQ(shapes.room(shapes.of(1)), 2U);
}

// Every policy: a slot over four nodes, and one over two, on a domain of four.
TEST(Shape, EveryPolicyRunsSlotsThatSpanNodes) {
  for (const PolicyKind& kind : policy_kinds()) {
    HandMade hand(5, 2);
    hand.fleet = *read_fleet("gpus,count,domain\n2,4,0\n2,1,1\n", "f");
    const ClassIndex four = hand.add_class(8, 10);
    const ClassIndex two = hand.add_class(4, 10);
    const ClassIndex one = hand.add_class(2, 10);
    hand.add_job(0, four, {20, 20});
    hand.add_job(0, two, {20, 20, 20});
    hand.add_job(0, one, {20, 20, 20});
    const Outcome outcome = hand.run(std::string(kind.name));
    EXPECT_EQ(outcome.unfinished, 0U) << kind.name;
    EXPECT_EQ(outcome.gpu_time.useful, seconds(2 * 20 * 8 + 3 * 20 * 4 + 3 * 20 * 2)) << kind.name;
  }
}

TEST(Shape, EveryPolicyOutlivesANodeOfAWideSlot) {
  for (const PolicyKind& kind : policy_kinds()) {
    HandMade hand(4, 2);
    const ClassIndex wide = hand.add_class(4, 10);
    hand.add_job(0, wide, {20, 20, 20, 20, 20, 20});
    hand.work.truth.failures = {{at(25), 1, seconds(100)}, {at(60), 2, seconds(10)}};
    const Outcome outcome = hand.run(std::string(kind.name));
    EXPECT_EQ(outcome.unfinished, 0U) << kind.name;
    EXPECT_GT(outcome.gpu_time.wasted, Duration{}) << kind.name;
  }
}

TEST(Shape, EveryPolicyKeepsToTheKindsOfAClass) {
  for (const PolicyKind& kind : policy_kinds()) {
    HandMade hand(1, 1);
    hand.fleet = *read_fleet("gpus,count,kind\n2,1,T4\n2,1,P100\n1,1,G2\n", "f");
    const ClassIndex any = hand.add_class(1, 10);
    const ClassIndex some = hand.add_class(2, 10);
    hand.work.workload.classes[some].kinds = {"P100", "G2"};
    hand.add_job(0, any, {20, 20, 20, 20, 20});
    hand.add_job(0, some, {20, 20, 20});
    EXPECT_EQ(hand.run(std::string(kind.name)).unfinished, 0U) << kind.name;
  }
}

TEST(Shape, TheSlowestNodeOfASlotSetsItsPace) {
  HandMade hand(2, 2);
  hand.add_job(0, hand.add_class(4, 10), {20});
  hand.work.truth.node_pace = {1000, 3000};
  EXPECT_EQ(hand.run("reload").makespan, seconds(90));
}

TEST(Shape, RefusesWhatTheFleetHasNoRoomFor) {
  HandMade hand(2, 4);
  hand.add_job(0, hand.add_class(16, 10), {20});
  hand.work.workload.classes[0].kinds = {"gpu"};
  const auto why = [&] {
    return check_simulation(hand.fleet, hand.work.workload, hand.work.truth).error().message;
  };
  EXPECT_THAT(why(), HasSubstr("class m0 needs 16 GPUs of kind gpu of one node or domain, and the "
                               "widest slot that the fleet has room for has 8"));
  hand.work.workload.classes[0].kinds = {"H100", "H200"};
  EXPECT_THAT(why(), HasSubstr("has 8"));  // Nobody said what these GPUs are.
  hand.fleet = *read_fleet("gpus,kind\n16,T4\n", "f");
  EXPECT_THAT(why(), HasSubstr("needs GPUs of kind H100 or H200, and the fleet has none"));
}

TEST(Shape, ATraceMayAskForKinds) {
  const char* const pods =
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
      "deletion_time,scheduled_time\n"
      "a,1,1,2,1000,V100M16|V100M32,LS,Running,0,100,0\nb,1,1,1,1000,,LS,Running,0,100,0\n";
  const TraceWork work = *read_jobs(pods, "o", TraceKind::openb_pods, {}, 1);
  EXPECT_THAT(work.work.workload.classes[0].kinds, ElementsAre("V100M16", "V100M32"));
  EXPECT_TRUE(work.work.workload.classes[1].kinds.empty());
}

}  // namespace
}  // namespace gwageo::simulate
