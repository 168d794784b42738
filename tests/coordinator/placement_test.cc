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

TEST(PlacementTest, puts_nothing_on_a_full_node) {
  Placement placement;
  placement.join(8, 1);
  placement.join(8, 1);
  placement.occupy({0, 0, 4});
  placement.set_full(0, true);
  EXPECT_EQ(fit(placement, 1), (Block{1, 0, 1}));
  EXPECT_TRUE(placement.fits_on_full(4, 0));
  EXPECT_FALSE(placement.fits_on_full(8, 0));
  placement.vacate({0, 0, 4});
  EXPECT_TRUE(placement.fits_on_full(8, 0));
  placement.open(0, false);
  EXPECT_FALSE(placement.fits_on_full(1, 0));
  placement.open(0, true);
  placement.check();
  placement.set_full(0, false);
  EXPECT_FALSE(placement.fits_on_full(1, 0));
  EXPECT_EQ(fit(placement, 8), (Block{0, 0, 8}));
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

TEST(PlacementTest, a_wide_block_is_whole_nodes_of_one_domain) {
  Placement placement;
  placement.join(8, 1);                      // 0: alone
  EXPECT_EQ(placement.join(4, 8, 1), 1U);    // 1 to 4
  EXPECT_FALSE(placement.lies({0, 0, 16}));  // Its neighbour is of another domain.
  EXPECT_TRUE(placement.lies({1, 0, 16}));
  EXPECT_FALSE(placement.lies({2, 0, 16}));  // Not aligned.
  EXPECT_FALSE(placement.lies({1, 8, 16}));
  EXPECT_TRUE(placement.lies({1, 0, 32}));
  EXPECT_FALSE(placement.lies({1, 0, 64}));
  EXPECT_EQ(placement.around(4, 3, 16), (Block{3, 0, 16}));
  EXPECT_FALSE(placement.around(0, 0, 16).has_value());

  EXPECT_EQ(fit(placement, 16), (Block{1, 0, 16}));
  placement.occupy({2, 3, 1});
  EXPECT_EQ(fit(placement, 16), (Block{3, 0, 16}));
  EXPECT_FALSE(fit(placement, 32).has_value());
  placement.occupy({3, 0, 16});
  placement.check();
  EXPECT_TRUE(placement.in_use({4, 5, 1}));
  EXPECT_FALSE(fit(placement, 16).has_value());
  EXPECT_TRUE(placement.could_fit(32, 0));
  placement.vacate({3, 0, 16});
  placement.vacate({2, 3, 1});
  EXPECT_EQ(fit(placement, 32), (Block{1, 0, 32}));
  placement.check();
}

TEST(PlacementTest, a_domain_is_broken_up_last) {
  Placement placement;
  placement.join(2, 8, 1);
  placement.join(8, 1);
  EXPECT_EQ(fit(placement, 8), (Block{2, 0, 8}));
  placement.occupy({2, 0, 8});
  EXPECT_EQ(fit(placement, 1), (Block{0, 0, 1}));
  placement.occupy({0, 0, 1});
  EXPECT_EQ(fit(placement, 8), (Block{1, 0, 8}));
  placement.check();
}

TEST(PlacementTest, a_closed_node_breaks_its_domain) {
  Placement placement;
  placement.join(4, 4, 1);
  placement.open(1, false);
  EXPECT_EQ(placement.open_gpus(), 12U);
  EXPECT_FALSE(placement.is_open(Block{0, 0, 8}));
  EXPECT_FALSE(placement.could_fit(16, 0));
  EXPECT_TRUE(placement.could_fit(8, 0));
  EXPECT_EQ(fit(placement, 8), (Block{2, 0, 8}));
  placement.open(3, false);
  EXPECT_FALSE(placement.could_fit(8, 0));
  EXPECT_EQ(placement.idle_gpus(), 8U);
  placement.check();
  placement.regroup(2, 0b10);  // The whole domain.
  EXPECT_EQ(placement.groups(0), 0b10U);
  EXPECT_FALSE(placement.is_open(3));
  placement.open(1, true);
  placement.open(3, true);
  EXPECT_EQ(placement.best_fit(16, 1, anywhere, tries), (Block{0, 0, 16}));
  placement.check();
}

}  // namespace
}  // namespace gwageo
