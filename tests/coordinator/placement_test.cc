#include "coordinator/placement.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr int tries = 16;
const auto anywhere = [](const Block&) { return true; };

std::optional<Block> fit(const Placement& placement, std::uint32_t width) {
  return placement.best_fit(width, 0, anywhere, tries);
}

TEST(PlacementTest, takes_the_block_that_breaks_up_least) {
  Placement placement;
  placement.join(8, 1);
  placement.join(8, 1);
  placement.occupy({0, 0, 1});
  EXPECT_EQ(fit(placement, 1), (Block{0, 1, 1}));  // Beside what is in use already.
  EXPECT_EQ(fit(placement, 2), (Block{0, 2, 2}));
  EXPECT_EQ(fit(placement, 4), (Block{0, 4, 4}));
  EXPECT_EQ(fit(placement, 8), (Block{1, 0, 8}));
  placement.check();
}

TEST(PlacementTest, blocks_are_aligned) {
  Placement placement;
  placement.join(8, 1);
  placement.occupy({0, 2, 2});
  placement.occupy({0, 5, 1});
  // Six idle GPUs, and no four of them are a block.
  EXPECT_FALSE(fit(placement, 4).has_value());
  EXPECT_TRUE(fit(placement, 2).has_value());
  placement.vacate({0, 2, 2});
  EXPECT_EQ(fit(placement, 4), (Block{0, 0, 4}));
}

TEST(PlacementTest, nodes_need_not_be_powers_of_two) {
  Placement placement;
  placement.join(6, 1);
  placement.join(1, 1);
  EXPECT_EQ(fit(placement, 1), (Block{1, 0, 1}));
  EXPECT_EQ(fit(placement, 2), (Block{0, 4, 2}));
  EXPECT_EQ(fit(placement, 4), (Block{0, 0, 4}));
  EXPECT_FALSE(fit(placement, 8).has_value());
  EXPECT_TRUE(placement.could_fit(4, 0));
  EXPECT_FALSE(placement.could_fit(8, 0));
  placement.check();
}

TEST(PlacementTest, a_node_may_meet_other_requirements_later) {
  Placement placement;
  placement.join(4, 0b01);
  placement.join(4, 0b01);
  placement.occupy({1, 0, 2});
  placement.regroup(1, 0b11);
  placement.check();
  EXPECT_EQ(placement.best_fit(2, 1, anywhere, tries), (Block{1, 2, 2}));
  EXPECT_TRUE(placement.in_use({1, 0, 4}));
  EXPECT_FALSE(placement.in_use({1, 2, 2}));
  placement.open(1, false);
  placement.regroup(1, 0b10);
  placement.open(1, true);
  EXPECT_FALSE(placement.best_fit(4, 1, anywhere, tries).has_value());
  placement.vacate({1, 0, 2});
  EXPECT_EQ(placement.best_fit(4, 1, anywhere, tries), (Block{1, 0, 4}));
  placement.check();
}

TEST(PlacementTest, looks_only_at_nodes_that_meet_the_requirement) {
  Placement placement;
  placement.join(4, 0b01);
  placement.join(4, 0b10);
  EXPECT_EQ(placement.best_fit(1, 1, anywhere, tries), (Block{1, 0, 1}));
  EXPECT_FALSE(placement.best_fit(1, 2, anywhere, tries).has_value());
  EXPECT_EQ(placement.idle_groups(), 0b11U);
  placement.occupy({0, 0, 4});
  EXPECT_EQ(placement.idle_groups(), 0b10U);
}

TEST(PlacementTest, a_closed_node_takes_nothing_and_keeps_what_it_runs) {
  Placement placement;
  placement.join(2, 1);
  placement.occupy({0, 0, 1});
  placement.open(0, false);
  EXPECT_FALSE(fit(placement, 1).has_value());
  EXPECT_EQ(placement.open_gpus(), 0U);
  placement.vacate({0, 0, 1});
  placement.check();
  placement.open(0, true);
  EXPECT_EQ(placement.idle_gpus(), 2U);
  EXPECT_EQ(fit(placement, 2), (Block{0, 0, 2}));
  placement.check();
}

TEST(PlacementTest, a_search_ends_after_its_tries) {
  Placement placement;
  for (int i = 0; i < 100; ++i) placement.join(1, 1);
  int asked = 0;
  const auto never = [&](const Block&) {
    ++asked;
    return false;
  };
  EXPECT_FALSE(placement.best_fit(1, 0, never, tries).has_value());
  EXPECT_EQ(asked, tries);
}

}  // namespace
}  // namespace gwageo
