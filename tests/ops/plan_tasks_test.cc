// Of which task an entry of a plan is, its root says by the task's name; its number counts the
// names of the plan's header, and is under no root. Whoever swaps both leaves every root as it is.
#include "coordinator/plan_tasks.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "coordinator/evaluation.h"
#include "coordinator/keys.h"
#include "coordinator/plan_check.h"
#include "coordinator/plan_store.h"
#include "ops/examinations.h"
#include "ops/recovered_rows.h"
#include "ops/verification.h"
#include "protocol/bytes.h"

namespace gwageo::testing {
namespace {

std::unique_ptr<Store> all_rows_of(const Store& from) {
  std::unique_ptr<Store> store = new_memory_store();
  WriteBatch batch;
  EXPECT_TRUE(from.scan("", "z", [&](std::string_view key, std::string_view value) {
    batch.puts.emplace_back(key, value);
    return true;
  }));
  EXPECT_TRUE(store->write(batch, Sync::no));
  return store;
}

class PlanTasks : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = Examinations::create(400, "2026-09-01");
    ASSERT_TRUE(created) << created.error().message;
    made_ = *std::move(created);
    made_->add_model("m", ModelRole::candidate, {2026, 1, 10});
    job_ = made_->answer("m", 0.5).value();
    for (const Fact& fact : made_->facts()) {
      if (const auto* const f = std::get_if<SuiteAdded>(&fact)) suite_ = *f;
    }
  }
  std::string header_key() const { return keys::plan_block(suite_.manifest, keys::last_block); }

  /// The plan with the names of its first and its last task swapped, and their numbers.
  void swap_tasks(Store& store) const {
    WriteBatch batch;
    PlanHeader header = decode_plan_header(store.read(header_key()).value().value()).value();
    std::swap(header.tasks.front(), header.tasks.back());
    const auto last = static_cast<std::uint32_t>(header.tasks.size() - 1);
    batch.puts.emplace_back(header_key(), encode(header, HeaderLayout::with_roots));
    for (std::uint32_t number = 0; number * entries_of_block < suite_.items; ++number) {
      const std::string key = keys::plan_block(suite_.manifest, number);
      const std::string bytes = store.read(key).value().value();
      ByteReader in(bytes);
      ByteWriter out;
      const std::uint32_t count = in.u32();
      out.u32(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        PlanEntry entry = decode_plan_entry(in.text()).value();
        const bool is_end = entry.task == 0 || entry.task == last;
        if (is_end) entry.task = last - entry.task;
        out.text(encode(entry));
      }
      batch.puts.emplace_back(key, out.take());
    }
    ASSERT_TRUE(store.write(batch, Sync::no));
  }
  void erase_plan(Store& store) const {
    WriteBatch batch;
    for (const keys::KeyRange& range :
         {keys::plan_blocks(suite_.manifest), keys::plan_key_blocks(suite_.manifest)}) {
      EXPECT_TRUE(store.scan(range.first, range.second, [&](std::string_view key, auto) {
        batch.erasures.emplace_back(key);
        return true;
      }));
    }
    ASSERT_TRUE(store.write(batch, Sync::no));
  }
  Result<Evaluation> evaluated(const Store& store) const {
    return evaluate(on_record(made_->state(), *made_->state().job(job_)), store);
  }

  std::unique_ptr<Examinations> made_;
  JobId job_;
  SuiteAdded suite_;
};

TEST_F(PlanTasks, InAnotherOrderAreNoScore) {
  ASSERT_TRUE(evaluated(made_->store()));
  const std::unique_ptr<Store> store = all_rows_of(made_->store());
  swap_tasks(*store);
  PlanReader reader(*store);
  ASSERT_TRUE(reader.block_of({suite_.manifest, suite_.plan_root}, 0)) << "every root is right";
  const Result<Evaluation> wrong = evaluated(*store);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::corrupt);
  EXPECT_NE(wrong.error().message.find("are of other tasks of the suite than on record"),
            std::string::npos)
      << wrong.error().message;
  const Status checked = check_plan(*store, suite_);
  ASSERT_FALSE(checked);
  EXPECT_NE(
      checked.error().message.find("other names of tasks than its suite, or in another order"),
      std::string::npos)
      << checked.error().message;
}

TEST_F(PlanTasks, AreMendedByARecoveryWhoeverBringsThem) {
  const std::unique_ptr<Store> swapped = all_rows_of(made_->store());
  swap_tasks(*swapped);
  const std::unique_ptr<Store> without = all_rows_of(made_->store());
  erase_plan(*without);
  ASSERT_FALSE(check_plan(*without, suite_));
  for (Store* const store : {without.get(), swapped.get()}) {
    const auto recovered = recover_rows(*swapped, *store, made_->facts().size());
    ASSERT_TRUE(recovered) << recovered.error().message;
    EXPECT_EQ(recovered->unfit, 0U);
    EXPECT_TRUE(check_plan(*store, suite_));
    const Result<Evaluation> again = evaluated(*store);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->scored.plan_root, suite_.plan_root);
  }
}

TEST_F(PlanTasks, OfASuiteThatIsNotThereAreNotTaken) {
  const std::unique_ptr<Store> store = all_rows_of(made_->store());
  ASSERT_TRUE(store->write({{}, {keys::blob(suite_.manifest)}}, Sync::no));
  const Status checked = check_plan(*store, suite_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
  EXPECT_NE(checked.error().message.find("its suite's files are not those on record: manifest"),
            std::string::npos)
      << checked.error().message;
}

// The score that was recorded says by which plan: that alone is enough to refuse it.
TEST_F(PlanTasks, OfAScoreAreThoseThatWereAsked) {
  Scored scored = evaluated(made_->store()).value().scored;
  scored.plan_root = sha256("another plan");
  made_->decide(scored);
  Evidence evidence;
  evidence.store = all_rows_of(made_->store());
  const Result<Verification> found = verify(evidence);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->ok);
  EXPECT_EQ(found->first_bad, made_->facts().size() - 1);
  EXPECT_NE(found->reason.find("job 1 is scored by another plan than the one it was asked"),
            std::string::npos)
      << found->reason;
}

}  // namespace
}  // namespace gwageo::testing
