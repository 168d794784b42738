// A plan is read as it is on record or not at all: the store is a disk that others may write to.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"

namespace gwageo {
namespace {

PlanEntry numbered_entry(std::uint64_t number) {
  PlanEntry made;
  made.task = number % 2 == 0 ? 0 : 1;
  made.item = std::to_string(number);
  made.item_digest = sha256(made.item);
  made.requests = {"ask " + made.item, "and again?"};
  return made;
}

/// A plan of two tasks in a store of its own.
class StoredPlan {
 public:
  explicit StoredPlan(std::uint64_t entries) {
    PlanWriter writer(*store, manifest, {"even", "odd"});
    std::vector<Digest> leaves;
    for (std::uint64_t i = 0; i < entries; ++i) {
      EXPECT_TRUE(writer.add(numbered_entry(i)));
      leaves.push_back(plan_leaf(i % 2 == 0 ? "even" : "odd", numbered_entry(i)));
    }
    header = writer.finish().value();
    on_record = {manifest, merkle_root(leaves)};
  }

  std::string row(std::uint32_t number) const {
    return store->read(keys::plan_block(manifest, number)).value().value();
  }
  void put(std::uint32_t number, const std::string& bytes) {
    EXPECT_TRUE(store->write({{{keys::plan_block(manifest, number), bytes}}, {}}, Sync::no));
  }
  /// Empty when it was read.
  std::string refusal(std::uint64_t index) const {
    const auto block = PlanReader(*store).block_of(on_record, index);
    if (block) return "";
    EXPECT_EQ(block.error().kind, ErrorKind::corrupt);
    return block.error().message;
  }
  void expect_all_refused(const std::string& why) const {
    for (std::uint64_t index = 0; index < header.items; index += 100) {
      EXPECT_NE(refusal(index).find(why), std::string::npos) << index << ": " << refusal(index);
    }
  }
  std::unique_ptr<Store> store = new_memory_store();
  Digest manifest = sha256("manifest");
  PlanHeader header;
  PlanOnRecord on_record;
};

TEST(PlanReader, FindsTheRootOfAllEntriesFromThoseOfTheBlocks) {
  for (const std::uint64_t entries : {1, 2, 127, 128, 129, 255, 256, 257, 640, 1000}) {
    const StoredPlan plan(entries);
    EXPECT_EQ(plan.header.root, plan.on_record.root) << entries;
    PlanReader reader(*plan.store);
    for (std::uint64_t index = 0; index < entries; ++index) {
      const auto block = reader.block_of(plan.on_record, index);
      ASSERT_TRUE(block) << block.error().message;
      EXPECT_EQ((*block)->entry(index % entries_of_block).value(), numbered_entry(index));
    }
    EXPECT_FALSE(reader.block_of(plan.on_record, entries));
  }
}

TEST(PlanReader, GivesNoBlockThatWasAlteredAndEveryOther) {
  StoredPlan plan(300);
  const std::string whole = plan.row(1);
  std::string altered = whole;
  altered[altered.find('?')] = '!';
  plan.put(1, altered);
  EXPECT_EQ(plan.refusal(127), "");
  EXPECT_NE(plan.refusal(128).find("block 1: in the store it has the root "), std::string::npos);
  EXPECT_NE(plan.refusal(255).find(" as on record: it was altered"), std::string::npos);
  EXPECT_EQ(plan.refusal(256), "");
  plan.put(1, plan.row(0));
  EXPECT_NE(plan.refusal(128).find("it was altered"), std::string::npos);
  plan.put(1, plan.row(2));  // Of fewer entries.
  EXPECT_NE(plan.refusal(128).find("block 1 is missing or damaged"), std::string::npos);
  plan.put(1, whole);
  EXPECT_EQ(plan.refusal(128), "");
}

TEST(PlanReader, BelievesWhoeverMendsThePlanAtOnce) {
  StoredPlan plan(300);
  PlanReader reader(*plan.store);
  const std::string whole = plan.row(1);
  const std::string header = plan.row(keys::last_block);
  plan.put(1, plan.row(0));
  EXPECT_FALSE(reader.block_of(plan.on_record, 128));
  plan.put(1, whole);
  EXPECT_TRUE(reader.block_of(plan.on_record, 128));
  EXPECT_FALSE(reader.block_of({plan.manifest, sha256("another root")}, 128));
  EXPECT_TRUE(reader.block_of(plan.on_record, 128));
}

TEST(PlanReader, GivesNothingUnderAHeaderThatWasAltered) {
  StoredPlan plan(300);
  const std::string whole = plan.row(keys::last_block);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string altered = whole;
    altered[at] ^= 1;
    plan.put(keys::last_block, altered);
    const std::size_t of_root = at - 1;
    const std::size_t of_requests = at - 41;
    // Neither is taken from here: it is what the blocks come to, and the suite's on record.
    const bool is_unused = of_root < 32 || of_requests < 8;
    // Of other items than there are the last block is short or long.
    const bool is_read = plan.refusal(0).empty() && plan.refusal(299).empty();
    EXPECT_EQ(is_read, is_unused) << at;
  }
}

TEST(PlanReader, ReadsAHeaderWithoutRootsOfBlocks) {
  StoredPlan plan(300);
  plan.put(keys::last_block, encode(plan.header, HeaderLayout::without_roots));
  for (const std::uint64_t index : {0, 127, 128, 299}) EXPECT_EQ(plan.refusal(index), "");
  std::string altered = plan.row(2);
  altered[altered.find('?')] = '!';
  plan.put(2, altered);
  plan.expect_all_refused("it was altered");
}

/// What rows beside a plan say of its items, which no root is over.
TEST(PlanReader, LooksUpByThePlanItselfWhereTheRowsForThatAreDamaged) {
  StoredPlan plan(300);
  PlanReader reader(*plan.store);
  const std::vector<ItemKey> right = reader.item_keys(plan.on_record).value();
  ASSERT_EQ(right.size(), 300U);
  const std::string key = keys::plan_keys(plan.manifest, 1);
  const std::string last = keys::plan_keys(plan.manifest, keys::last_block);
  const std::string row = plan.store->read(key).value().value();
  for (const std::string& damaged : {row.substr(1), row + row, std::string()}) {
    EXPECT_TRUE(plan.store->write({{{key, damaged}}, {}}, Sync::no));
    const std::vector<ItemKey> found = reader.item_keys(plan.on_record).value();
    ASSERT_EQ(found.size(), right.size());
    for (std::size_t i = 0; i < right.size(); ++i) {
      EXPECT_EQ(found[i].requests, right[i].requests);
      EXPECT_EQ(found[i].item, right[i].item);
    }
  }
  EXPECT_TRUE(plan.store->write({{}, {last}}, Sync::no));
  EXPECT_TRUE(reader.duplicates(plan.on_record).value().empty());
}

}  // namespace
}  // namespace gwageo
