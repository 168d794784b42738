// Every row that the store has of a plan is checked, and none too many is overlooked.
#include "coordinator/plan_check.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"

namespace gwageo {
namespace {

class PlanCheck : public ::testing::Test {
 protected:
  PlanCheck() {
    PlanWriter writer(*store_, plan_.manifest, {"t", "u"});
    for (std::uint64_t i = 0; i < 300; ++i) {
      PlanEntry entry;
      entry.task = i < 200 ? 0 : 1;
      entry.item = std::to_string(i);
      entry.item_digest = sha256(entry.item);
      entry.requests = {"ask " + std::to_string(i % 250)};
      EXPECT_TRUE(writer.add(entry));
    }
    written_ = writer.finish().value();
    plan_.plan_root = written_.root;
    plan_.items = plan_.requests = 300;
  }
  std::string wrong() const {
    const Status status = check_plan(*store_, plan_, of_);
    return status ? "" : status.error().message;
  }
  void put(const std::string& key, const std::string& value) {
    EXPECT_TRUE(store_->write({{{key, value}}, {}}, Sync::no));
  }

  PlanHeader written_;
  std::unique_ptr<Store> store_ = new_memory_store();
  PlanOf of_ = PlanOf::whole_suite;
  SuiteAdded plan_{"s", 1, {}, {}, 0, 0, sha256("manifest"), 0, 0};
};

TEST_F(PlanCheck, LooksAtEveryRow) {
  EXPECT_EQ(wrong(), "");
  std::vector<std::pair<std::string, std::string>> rows;
  for (const keys::KeyRange& range :
       {keys::plan_blocks(plan_.manifest), keys::plan_key_blocks(plan_.manifest)}) {
    EXPECT_TRUE(store_->scan(range.first, range.second, [&](std::string_view key, auto value) {
      rows.emplace_back(key, value);
      return true;
    }));
  }
  ASSERT_EQ(rows.size(), 8U) << "three blocks, a header, three blocks of keys, the duplicates";
  for (const auto& [key, value] : rows) {
    std::string altered = value;
    altered.back() = static_cast<char>(altered.back() ^ 1);
    put(key, altered);
    EXPECT_NE(wrong(), "") << key[0];
    ASSERT_TRUE(store_->write({{}, {key}}, Sync::no));
    EXPECT_NE(wrong(), "") << key[0];
    put(key, value);
    EXPECT_EQ(wrong(), "");
  }
}

TEST_F(PlanCheck, TellsOfARowTooMany) {
  put(keys::plan_keys(plan_.manifest, 3), std::string(64, 'k'));
  EXPECT_NE(wrong().find("rows of it that are none of its"), std::string::npos) << wrong();
}

TEST_F(PlanCheck, TellsOfOtherCountsThanOnRecord) {
  plan_.requests = 301;
  EXPECT_NE(wrong().find("other items or requests"), std::string::npos) << wrong();
}

TEST_F(PlanCheck, TellsOfTasksThatHaveNoItems) {
  const std::string key = keys::plan_block(plan_.manifest, keys::last_block);
  PlanHeader other = written_;
  other.tasks.push_back("of nothing");
  put(key, encode(other, HeaderLayout::with_roots));
  EXPECT_NE(wrong().find("tasks of which it has no items"), std::string::npos) << wrong();
  of_ = PlanOf::sample;
  EXPECT_EQ(wrong(), "");
}

TEST_F(PlanCheck, TakesTheHeaderOfBeforeAndNoOther) {
  const std::string key = keys::plan_block(plan_.manifest, keys::last_block);
  put(key, encode(written_, HeaderLayout::without_roots));
  EXPECT_EQ(wrong(), "");
  PlanHeader other = written_;
  other.root = sha256("another");  // Which no reader takes from there.
  for (const HeaderLayout layout : {HeaderLayout::without_roots, HeaderLayout::with_roots}) {
    put(key, encode(other, layout));
    EXPECT_NE(wrong().find("its header is not what follows"), std::string::npos) << wrong();
  }
}

}  // namespace
}  // namespace gwageo
