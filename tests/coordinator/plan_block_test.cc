// A block of a plan as the store holds it: what is read of it lies in its bytes, and what is
// damaged is refused when it is used.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/plan_store.h"
#include "protocol/bytes.h"

namespace gwageo {
namespace {

PlanEntry plan_entry(std::uint32_t number) {
  PlanEntry made;
  made.item = std::to_string(number);
  made.item_digest = sha256(made.item);
  made.requests = {"ask " + made.item, "and again"};
  return made;
}

PlanEntry of_task(std::uint32_t task) {
  PlanEntry made = plan_entry(3);
  made.task = task;
  return made;
}

std::string block_of(const std::vector<std::string>& entries) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(entries.size()));
  for (const std::string& bytes : entries) out.text(bytes);
  return out.take();
}

TEST(PlanBlock, GivesEachEntryWholeAndAsAView) {
  std::vector<std::string> entries;
  for (std::uint32_t i = 0; i < entries_of_block; ++i) entries.push_back(encode(plan_entry(i)));
  // Moved, so that nothing may point to where it was read.
  PlanBlock block = PlanBlock::read(block_of(entries), "block", 1).value();
  const PlanBlock moved = std::move(block);
  ASSERT_EQ(moved.size(), entries_of_block);
  for (std::uint32_t i = 0; i < entries_of_block; ++i) {
    EXPECT_EQ(moved.entry(i).value(), plan_entry(i));
    EXPECT_EQ(moved.view(i).value().item, std::to_string(i));
  }
  PlanBlock small = PlanBlock::read(block_of({encode(PlanEntry())}), "block", 1).value();
  EXPECT_EQ(PlanBlock(std::move(small)).entry(0).value(), PlanEntry());
}

TEST(PlanBlock, RefusesWhatIsNoWholeList) {
  const std::string whole = block_of({encode(plan_entry(1)), encode(plan_entry(2))});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(PlanBlock::read(whole.substr(0, size), "block", 1)) << size;
  }
  EXPECT_FALSE(PlanBlock::read(whole + "x", "block", 1));
  EXPECT_FALSE(PlanBlock::read(std::string(4, '\xff'), "block", 1))
      << "a count that nothing stands behind";
}

TEST(PlanBlock, RefusesADamagedEntryWhenItIsUsed) {
  const PlanBlock block =
      PlanBlock::read(block_of({encode(plan_entry(1)), "damaged", encode(of_task(1))}), "block 7",
                      1)
          .value();
  EXPECT_TRUE(block.entry(0));
  EXPECT_EQ(block.entry(1).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(block.view(1).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(block.view(1).error().message,
            "block 7, entry 1 is missing or damaged: restore from a backup");
  EXPECT_EQ(block.view(2).error().kind, ErrorKind::corrupt) << "the plan has one task";
}

}  // namespace
}  // namespace gwageo
