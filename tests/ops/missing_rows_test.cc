// What a recovery counts as missing.
#include "ops/missing_rows.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "ops/examinations.h"

namespace gwageo::testing {
namespace {

/// What was examined and decided, with its journal, as a coordinator has it.
std::unique_ptr<Store> with_journal(const Examinations& made) {
  std::unique_ptr<Store> store = new_memory_store();
  WriteBatch batch;
  EXPECT_TRUE(made.store().scan("", "z", [&](std::string_view key, std::string_view value) {
    batch.puts.emplace_back(key, value);
    return true;
  }));
  JournalWriter journal;
  for (const Fact& fact : made.facts()) {
    JournalEntry entry = journal.append(Instant{1}, WallTime{1}, fact);
    batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
  }
  EXPECT_TRUE(store->write(batch, Sync::no));
  return store;
}

// A verdict that comes back to what it was names its document again.
TEST(MissingRows, ADocumentOfSeveralVerdictsIsCountedOnce) {
  auto created = Examinations::create(8, "2026-09-01");
  ASSERT_TRUE(created) << created.error().message;
  Examinations& made = **created;
  made.add_model("new", ModelRole::candidate, {2026, 1, 10});
  VerdictReached verdict{"bench", 1, "new", "2026-09-01", 0, {}, "pass", {}};
  for (const std::string document : {"one", "two", "one", "two"}) {
    ++verdict.generation;
    verdict.inputs = verdict.document = sha256(document);
    made.decide(verdict);
  }
  const std::unique_ptr<Store> store = with_journal(made);
  const Result<MissingRows> missing = find_missing_rows(*store, made.facts().size());
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ(missing->superseded, 1U);
  EXPECT_EQ(missing->files, 1U);
  ASSERT_EQ(missing->names.size(), 1U);
  EXPECT_NE(missing->names[0].find("the document " + to_hex(sha256("two"))), std::string::npos);
}

}  // namespace
}  // namespace gwageo::testing
