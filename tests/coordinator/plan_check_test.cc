// Every row that the store has of a plan is checked, and none too many is overlooked.
#include "coordinator/plan_check.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "coordinator/keys.h"
#include "coordinator/plan_store.h"
#include "coordinator/suite_files.h"

namespace gwageo {
namespace {

class PlanCheck : public ::testing::Test {
 protected:
  PlanCheck() {
    put_suite();
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
  /// Two tasks, t and u; of their files the plan needs no more.
  void put_suite() {
    std::string suite = "suite: s\nversion: 1\naxes: {a: {weight: 1}}\ntasks:\n";
    for (const std::string name : {"t", "u"}) {
      suite += "  - task: " + name + "\n    axis: a\n    output_type: generate_until\n" +
               "    dataset_kwargs: {data_files: d.jsonl}\n" +
               "    doc_to_text: \"{{question}}\"\n    doc_to_target: \"{{answer}}\"\n" +
               "    generation_kwargs: {until: [\"\\n\"], max_gen_toks: 4}\n" +
               "    metric_list: [{metric: exact_match, aggregation: mean, " +
               "higher_is_better: true}]\n";
    }
    const Manifest manifest{"s.yaml",
                            {{"s.yaml", suite.size(), {sha256(suite)}}, {"d.jsonl", 0, {}}}};
    put(keys::blob(sha256(suite)), suite);
    const std::string list = to_json(manifest).dump();
    plan_.manifest = sha256(list);
    put(keys::blob(plan_.manifest), list);
  }
  std::string wrong() const {
    const Status status = check_plan(*store_, plan_);
    return status ? "" : status.error().message;
  }
  void put(const std::string& key, const std::string& value) {
    EXPECT_TRUE(store_->write({{{key, value}}, {}}, Sync::no));
  }

  PlanHeader written_;
  std::unique_ptr<Store> store_ = new_memory_store();
  SuiteAdded plan_{"s", 1, {}, {}, 0, 0, {}, 0, 0};
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

TEST_F(PlanCheck, TellsOfTasksThatTheSuiteHasNot) {
  const std::string key = keys::plan_block(plan_.manifest, keys::last_block);
  PlanHeader other = written_;
  other.tasks.push_back("of nothing");
  put(key, encode(other, HeaderLayout::with_roots));
  EXPECT_NE(wrong().find("other names of tasks than its suite"), std::string::npos) << wrong();
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
