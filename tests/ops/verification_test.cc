// Journals that somebody forged: the chain can be made to hold, the facts cannot.
#include "ops/verification.h"

#include <gtest/gtest.h>

#include "coordinator/checkpoint.h"
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

constexpr char own_origin[] = "origin.example/a";

/// Two records, of which the checkpoint by `signer` covers the first `signed_size`.
Evidence signed_journal(const KeyPair& signer, std::uint64_t signed_size,
                        const std::string& name = own_origin) {
  Evidence evidence = journal_of({Founded{own_origin, "UTC"}, CoordinatorStarted{"0.1.0"}});
  JournalVerifier journal;
  for (std::uint64_t i = 0; i < signed_size; ++i) {
    EXPECT_TRUE(journal.add(**evidence.store->read(keys::journal(i))));
  }
  evidence.note = sign_checkpoint({name, signed_size, journal.root()}, signer.signing);
  return evidence;
}

void give_key(Evidence& evidence, const KeyPair& signer) {
  evidence.verifier = NoteKey{own_origin, signer.verifying};
  evidence.verifier_text = to_vkey(*evidence.verifier);
}

Verification found_in(const Evidence& evidence) {
  const Result<Verification> found = verify(evidence);
  EXPECT_TRUE(found) << found.error().message;
  return found ? *found : Verification{};
}

void expect_not_good(const Evidence& evidence, const std::string& part) {
  const Verification found = found_in(evidence);
  EXPECT_FALSE(found.ok);
  EXPECT_NE(found.reason.find(part), std::string::npos) << found.reason;
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

TEST(Verification, ADocumentThatARecordNamesHasToBeThere) {
  const std::string document = R"({"stage": "s-1"})";
  const std::vector<Fact> facts = {Founded{own_origin, "UTC"}, CoordinatorStarted{"0.1.0"},
                                   TargetAdded{"t", 1, "target: t\nsuite: s\n"},
                                   StageOpened{"s-1", "t", 1, 1, "2026-03-01", "op"},
                                   StageClosed{"s-1", "2026-03-02", sha256(document), "", "op"}};
  Evidence evidence = journal_of(facts);
  EXPECT_EQ(found_in(evidence).first_bad, 4u);
  expect_not_good(evidence,
                  "the file " + to_hex(sha256(document)) + " that it rests on is not in the store");
  evidence.jobs.emplace();  // An archive of something else need not have it,
  EXPECT_TRUE(found_in(evidence).ok);
  const auto put = [&](const std::string& bytes) {
    WriteBatch batch;
    batch.puts.emplace_back(keys::blob(sha256(document)), bytes);
    EXPECT_TRUE(evidence.store->write(batch, Sync::yes));
  };
  put("another");  // nor may it have another.
  expect_not_good(evidence, "that it rests on is another");
  put(document);
  EXPECT_TRUE(found_in(evidence).ok);
}

TEST(Verification, AStageOfNoTargetContradictsTheRest) {
  const Evidence evidence = journal_of({Founded{own_origin, "UTC"}, CoordinatorStarted{"0.1.0"},
                                        StageOpened{"s-1", "t", 1, 1, "2026-03-01", "op"}});
  expect_not_good(evidence, "journal record 2 contradicts");
}

TEST(Verification, WhoDemandsASignerGetsNoRecordThatNobodySigned) {
  const KeyPair signer = *generate_key_pair();
  Evidence evidence = signed_journal(signer, 1);
  give_key(evidence, signer);
  const Verification told = found_in(evidence);
  EXPECT_TRUE(told.ok) << told.reason;
  EXPECT_EQ(told.unsigned_records(), 1u);
  EXPECT_EQ(*to_json(told).find("unsigned"), Json(1));
  evidence.is_verifier_demanded = true;
  EXPECT_EQ(found_in(evidence).first_bad, 1u);
  expect_not_good(evidence, "records 1 to 1 (from 0) are signed by nobody");

  Evidence whole = signed_journal(signer, 2);
  give_key(whole, signer);
  whole.is_verifier_demanded = true;
  EXPECT_TRUE(found_in(whole).ok) << found_in(whole).reason;
  EXPECT_EQ(found_in(whole).unsigned_records(), 0u);
}

TEST(Verification, ACheckpointThatNoKeyCanCheckIsNotGoodAndIsComparedAllTheSame) {
  const KeyPair signer = *generate_key_pair();
  Evidence evidence = signed_journal(signer, 2);
  expect_not_good(evidence,
                  "NOT checked: no key was at hand; say whose it has to be with --signer");
  EXPECT_EQ(found_in(evidence).signed_size, std::nullopt);
  EXPECT_EQ(found_in(evidence).signer, "");
  expect_not_good(signed_journal(signer, 2, "origin.example/b"), "is of origin.example/b");
  evidence.note = sign_checkpoint({own_origin, 2, sha256("another")}, signer.signing);
  expect_not_good(evidence, "the root over the first 2 records");
  evidence.note = sign_checkpoint({own_origin, 3, sha256("another")}, signer.signing);
  expect_not_good(evidence, "the journal ends after 2 records");
  evidence.note = "garbage";
  expect_not_good(evidence, "the checkpoint: signed note:");
  give_key(evidence, signer);
  evidence.note = signed_journal(signer, 2).note;
  EXPECT_TRUE(found_in(evidence).ok) << found_in(evidence).reason;
}

}  // namespace
}  // namespace gwageo
