// Journals that somebody forged: the chain can be made to hold, the facts cannot.
#include "ops/verification.h"

#include <gtest/gtest.h>

#include "coordinator/journal.h"
#include "coordinator/keys.h"

namespace gwageo {
namespace {

Evidence journal_of(const std::vector<Fact>& facts) {
  Evidence evidence;
  evidence.store = new_memory_store();
  JournalWriter writer;
  WriteBatch batch;
  for (const Fact& fact : facts) {
    JournalEntry entry = writer.append(Instant{1}, WallTime{1}, fact);
    batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
  }
  EXPECT_TRUE(evidence.store->write(batch, Sync::yes));
  return evidence;
}

TEST(Verification, ALawfulJournalIsGood) {
  const Result<Verification> found =
      verify(journal_of({Founded{"origin.example/a", "UTC"}, CoordinatorStarted{"0.1.0"}}));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->ok) << found->reason;
  EXPECT_EQ(found->size, 2u);
}

TEST(Verification, AFactThatContradictsTheOthersIsNamed) {
  ResultsRecorded invented{{7}, {3}, {{0, 1}}, Digest{}, {}};
  invented.outcomes[0] = 1;
  const Result<Verification> found = verify(
      journal_of({Founded{"origin.example/a", "UTC"}, CoordinatorStarted{"0.1.0"}, invented}));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->ok);
  EXPECT_EQ(found->first_bad, 2u);
  EXPECT_NE(found->reason.find("journal record 2 contradicts"), std::string::npos) << found->reason;
}

}  // namespace
}  // namespace gwageo
