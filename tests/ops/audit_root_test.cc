// The root of an audit's sample is fixed before the number is told, or the number is not told; a
// coordinator that draws by another root has signed the proof of it.
#include "ops/audit_root.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "benchmarks/audit_sample.h"
#include "coordinator/fact_codec.h"
#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/log_folder.h"
#include "ops/kept_number.h"
#include "protocol/transparency/cosignature.h"
#include "protocol/transparency/witness.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;
constexpr char root_origin[] = "example.com/log";

/// A coordinator's journal and what it publishes of it.
class AuditRoot : public ::testing::Test {
 protected:
  AuditRoot() {
    commitment_.audit = 1;
    commitment_.job = {7};
    commitment_.sample = 459;
    commitment_.commitment = audit_commitment(number_);
    commitment_.principal = "eye";
    rule_.log = {root_origin, verifying_key(secret_)};
    append(Founded{root_origin, "UTC"});
    for (int day = 10; day < 29; ++day) append(DayBegan{"2026-01-" + std::to_string(day)});
    append(commitment_);
    size_ = journal_.size();
  }

  void append(const Fact& fact) {
    const JournalEntry entry = journal_.append(Instant{1}, WallTime{1}, fact);
    WriteBatch row;
    row.puts.emplace_back(keys::journal(entry.sequence), entry.bytes);
    ASSERT_TRUE(store_->write(row, Sync::yes));
  }
  /// Offers a checkpoint over all records so far.
  void publish() {
    LogFolder folder = LogFolder::open(folder_, rule_.log);
    ASSERT_TRUE(folder.extend(*store_, journal_.size()));
    note_ = sign_checkpoint({root_origin, journal_.size(), journal_.root()}, secret_);
    ASSERT_TRUE(folder.publish(note_));
  }
  void cosign(const std::string& name, const SigningKey& key) {
    Note note = *parse_note(note_);
    note.signatures.push_back(gwageo::cosign(note.text, name, key, 1));
    note_ = to_text(note);
  }
  RootSource source() {
    RootSource source;
    source.checkpoint = [this]() -> Result<std::string> {
      if (note_.empty()) return fail(ErrorKind::unavailable, "nothing is published yet");
      return note_;
    };
    source.tile = [this](const TileName& tile) { return read_published_tile(folder_, tile); };
    source.record = [this](std::uint64_t sequence) -> Result<std::string> {
      GWAGEO_ASSIGN(bytes, store_->read(keys::journal(sequence)));
      return bytes.value_or("");
    };
    return source;
  }
  Result<RootLook> look() { return look_for_root(source(), rule_, commitment_, size_); }
  FixedRoot fixed() {
    const Result<RootLook> found = look();
    EXPECT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found && found->fixed) << found->waits_for;
    return found && found->fixed ? *found->fixed : FixedRoot{};
  }
  void expect_waits(const std::string& part) {
    const Result<RootLook> found = look();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->fixed);
    EXPECT_NE(found->waits_for.find(part), std::string::npos) << found->waits_for;
  }
  void expect_lie(const Result<RootLook>& found, const std::string& part) {
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::corrupt);
    EXPECT_NE(found.error().message.find(part), std::string::npos) << found.error().message;
  }

  const SigningKey secret_{{5}};
  const WitnessKey witness_{"w.example", SigningKey{{6}}};
  const Digest number_ = sha256("number");
  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::unique_ptr<Store> store_ = new_memory_store();
  JournalWriter journal_;
  AuditCommitted commitment_;
  std::uint64_t size_ = 0;
  std::string note_;
  RootRule rule_;
};

TEST_F(AuditRoot, IsFixedByACheckpointOverTheCommitment) {
  const Digest root = journal_.root();
  expect_waits("a first checkpoint");
  publish();
  EXPECT_EQ(fixed().root, root);  // Of the very records.
  for (int day = 10; day < 29; ++day) append(DayBegan{"2026-02-" + std::to_string(day)});
  publish();
  FixedRoot later = fixed();
  EXPECT_EQ(later.size, size_);
  EXPECT_EQ(later.root, root);  // Of more.
  EXPECT_EQ(later.head.size, size_ + 19);
  EXPECT_EQ(wrong_drawing(later, number_, root, number_), "");
  EXPECT_TRUE(later.cosigned_by.empty());
  EXPECT_TRUE(later.unchecked.empty());
}

TEST_F(AuditRoot, AnEarlierCheckpointFixesNothing) {
  publish();
  append(commitment_);  // The same once more: its record is another.
  ++size_;
  expect_waits("which is record 21; the newest is over 21 records");
}

// The finding: a coordinator that knew the number could write the commitment's record at one time
// after another until the sample missed what it forged.
TEST_F(AuditRoot, ACoordinatorThatDrawsByAnotherRootIsShownToHave) {
  publish();
  const FixedRoot before = fixed();
  JournalWriter other;
  other.append(Instant{1}, WallTime{1}, Founded{root_origin, "UTC"});
  for (int day = 10; day < 29; ++day) {
    other.append(Instant{1}, WallTime{1}, DayBegan{"2026-01-" + std::to_string(day)});
  }
  other.append(Instant{2}, WallTime{2}, commitment_);  // A microsecond later.
  const std::string wrong = wrong_drawing(before, number_, other.root(), number_);
  EXPECT_NE(wrong.find("STEERED"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find(to_hex(before.root)), std::string::npos) << wrong;
  EXPECT_NE(wrong_drawing(before, number_, before.root, sha256("another")), "");
}

TEST_F(AuditRoot, WhatContradictsItselfIsNoRoot) {
  publish();
  const std::string good = note_;
  // Signed by somebody else, or falsely.
  note_ = sign_checkpoint({root_origin, journal_.size(), journal_.root()}, SigningKey{{8}});
  expect_lie(look(), "the coordinator's checkpoint: ");
  // A head that the tiles do not lead to.
  note_ = sign_checkpoint({root_origin, journal_.size(), sha256("made up")}, secret_);
  expect_lie(look(), "does not lead to the signed one");
  note_ = good;
  // A record that is none of ours, and one that is given out in place of another.
  expect_lie(look_for_root(source(), rule_, commitment_, size_ - 1), "and is not");
  expect_lie(look_for_root(source(), rule_, commitment_, 0), "in no record");
  RootSource lying = source();
  lying.record = [&](std::uint64_t sequence) -> Result<std::string> {
    return encode_record(sequence, Instant{9}, WallTime{9}, Digest{}, commitment_);
  };
  expect_lie(look_for_root(lying, rule_, commitment_, size_), "is not the one that was signed");
}

TEST_F(AuditRoot, WitnessesAreWaitedForWhereAPolicyWantsThem) {
  publish();
  cosign("stranger.example", SigningKey{{7}});
  EXPECT_EQ(fixed().unchecked, std::vector<std::string>{"stranger.example"});
  rule_.policy = *parse_policy("log " + to_vkey(rule_.log) + "\nwitness W " +
                               to_vkey(witness_.verifier()) + "\nquorum W\n");
  expect_waits("its witnesses: the quorum \"W\"");
  cosign(witness_.name, witness_.key);
  const FixedRoot cosigned = fixed();
  EXPECT_EQ(cosigned.cosigned_by, std::vector<std::string>{"W"});
  EXPECT_EQ(cosigned.unchecked, std::vector<std::string>{"stranger.example"});
}

TEST_F(AuditRoot, IsKeptAsAProof) {
  publish();
  append(DayBegan{"2026-03-01"});
  publish();
  KeptNumber number{"7", 459, number_, 1, fixed()};
  const std::string path = folder_ + "/kept";
  ASSERT_TRUE(keep_number(path, number));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  Result<KeptNumber> read = read_kept_number(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, number);
  EXPECT_TRUE(check_fixed_root(*read->fixed, rule_));
  FixedRoot changed = *read->fixed;
  changed.root = sha256("another");
  EXPECT_EQ(check_fixed_root(changed, rule_).error().kind, ErrorKind::corrupt);
  changed = *read->fixed;
  changed.record = encode_record(size_ - 1, Instant{9}, WallTime{9}, Digest{}, commitment_);
  EXPECT_EQ(check_fixed_root(changed, rule_).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_kept_number(folder_ + "/none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_kept_number(folder_ + "/checkpoint").error().kind, ErrorKind::bad_input);
}

// A file was bound to its audit by number and commitment only, so it said what somebody wrote in.
TEST_F(AuditRoot, IsKeptOfOneAuditAndNoOther) {
  publish();
  const KeptNumber good{"7", 459, number_, 1, fixed()};
  const auto expect_refused = [&](const KeptNumber& number, const std::string& part) {
    const std::string path = folder_ + "/kept";
    ASSERT_TRUE(keep_number(path, number));
    const Result<KeptNumber> read = read_kept_number(path);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::bad_input);
    EXPECT_NE(read.error().message.find(part), std::string::npos) << read.error().message;
  };
  KeptNumber other = good;
  other.job = "2";
  expect_refused(other, "kept: not what audit replay keeps: `job` is 2, and the commitment's");
  other = good;
  other.sample = 99;
  expect_refused(other, "`sample` is 99, and the commitment's record says 459");
  other = good;
  other.audit = 3;
  expect_refused(other, "`audit` is 3");
  other = good;
  other.nonce = sha256("another");
  expect_refused(other, "`commitment` is ");
  other = good;
  other.fixed->record = "no record";
  expect_refused(other, "`record` is no commitment");
  // What an older version kept has no record, and is read.
  other = good;
  other.fixed->record.clear();
  other.fixed->inclusion.clear();
  ASSERT_TRUE(keep_number(folder_ + "/kept", other));
  EXPECT_EQ(read_kept_number(folder_ + "/kept").value(), other);
}

}  // namespace
}  // namespace gwageo
