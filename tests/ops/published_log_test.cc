// What a coordinator signs and publishes, and what it refuses to serve at a start.
#include "ops/published_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "coordinator/durable_file.h"
#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "protocol/transparency/cosignature.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;
constexpr char published_origin[] = "example.com/log";

class PublishedLogTest : public ::testing::Test {
 protected:
  PublishedLogTest() {
    open_directory();
    keys_ = *new_key_file("coordinator", KeyRole::coordinator, {}, "");
    verifier_ = {published_origin, keys_.signing.verifying};
    keys_.coordinator_verifier = to_vkey(verifier_);
  }
  ~PublishedLogTest() override { directory_.reset(); }
  void open_directory() {
    Result<DataDirectory> directory =
        DataDirectory::open(folder_ + "/data", DataDirectory::Missing::create);
    ASSERT_TRUE(directory) << directory.error().message;
    directory_ = *std::move(directory);
  }

  void record(const Fact& fact) {
    JournalEntry entry = writer_.append(Instant{1}, WallTime{1}, fact);
    WriteBatch batch;
    batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
    ASSERT_TRUE(store_->write(batch, Sync::yes));
  }
  void record_days(int from, int to) {
    for (int day = from; day <= to; ++day) {
      record(DayBegan{"2026-01-" + std::string(day < 10 ? "0" : "") + std::to_string(day)});
    }
  }
  Checkpoint head() const { return {published_origin, writer_.size(), writer_.root()}; }
  Result<std::unique_ptr<PublishedLog>> open(const std::vector<std::string>& brought = {}) {
    return PublishedLog::open(*directory_, *store_, keys_, brought);
  }
  std::string data(const std::string& name) const { return directory_->path() + "/" + name; }
  Note published() const { return *parse_note(*read_published_checkpoint(data("tiles"))); }
  Checkpoint published_head() const {
    return *open_checkpoint(*read_published_checkpoint(data("tiles")), verifier_);
  }
  std::string cosigned(const std::string& note, const NoteKey& by, const SigningKey& secret) {
    Note made = *parse_note(note);
    made.signatures.push_back(cosign(made.text, by.name, secret, 1700000000));
    return to_text(made);
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::optional<DataDirectory> directory_;
  KeyFile keys_;
  NoteKey verifier_;
  std::unique_ptr<Store> store_ = new_memory_store();
  JournalWriter writer_;
  SigningKey secret_{{42}};
  NoteKey witness_{"haneul", verifying_key(secret_), NoteKeyType::cosignature};
};

TEST_F(PublishedLogTest, guards_and_publishes_what_is_signed) {
  record(Founded{published_origin, "UTC"});
  auto log = *open();
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_FALSE(fs::exists(data("tiles/checkpoint")));  // Nothing is signed yet.
  ASSERT_TRUE(log->guard(head()));
  const auto guard = read_file(data("checkpoint"), 65536);
  EXPECT_EQ(*open_checkpoint(*guard, verifier_), head());
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(published_head(), head());
  record_days(1, 9);
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(published_head(), head());
  EXPECT_TRUE(fs::exists(data("tiles/tile/entries/000.p/10")));
}

TEST_F(PublishedLogTest, a_head_that_is_covered_is_no_error_and_another_one_is) {
  record(Founded{published_origin, "UTC"});
  const Checkpoint first = head();
  record_days(1, 2);
  auto log = *open();
  ASSERT_TRUE(log->guard(head()));
  EXPECT_TRUE(log->guard(first));
  EXPECT_EQ(log->guard({published_origin, 3, sha256("other")}).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(log->sign(first).error().kind, ErrorKind::corrupt);
}

TEST_F(PublishedLogTest, witnesses_get_a_turn_and_their_cosignatures_are_published) {
  record(Founded{published_origin, "UTC"});
  auto log = *open();
  const LogAccess access = log->access();
  EXPECT_EQ(access.checkpoint().error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(*cosigned_at(published(), witness_), 1700000000u);
  EXPECT_TRUE(fs::exists(data("witnesses/haneul")));
  // Now that there is a witness, what is new is offered first.
  const Checkpoint before = head();
  record_days(1, 3);
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(published_head(), before);
  EXPECT_EQ(*open_checkpoint(*access.checkpoint(), verifier_), head());
  ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(published_head(), head());
  EXPECT_TRUE(cosigned_at(published(), witness_)->has_value());
  // Again: one cosignature, the newest.
  ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)) ||
              access.cosign(witness_, *access.checkpoint()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(published().signatures.size(), 2u);
  record_days(4, 5);
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::now));
  EXPECT_EQ(published_head(), head());
}

// Killed after a witness had cosigned what was offered, and before that was published: the witness
// would take what is published for a log that became shorter, and say so.
TEST_F(PublishedLogTest, nothing_is_offered_after_a_death_that_a_witness_has_seen_more_of) {
  record(Founded{published_origin, "UTC"});
  {
    auto log = *open();
    ASSERT_TRUE(log->guard(head()));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
    const LogAccess access = log->access();
    ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
    record_days(1, 9);
    ASSERT_TRUE(log->guard(head()));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
    ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
  }
  EXPECT_EQ(published_head().size, 1u);
  auto log = *open();
  EXPECT_EQ(log->access().checkpoint().error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  EXPECT_EQ(open_checkpoint(*log->access().checkpoint(), verifier_)->size, 10u);
}

TEST_F(PublishedLogTest, cosignatures_of_what_is_published_outlive_a_restart) {
  record(Founded{published_origin, "UTC"});
  {
    auto log = *open();
    ASSERT_TRUE(log->guard(head()));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
    const LogAccess access = log->access();
    ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
    ASSERT_TRUE(log->publish(PublishedLog::Until::now));
  }
  auto log = *open();
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::now));
  EXPECT_TRUE(cosigned_at(published(), witness_)->has_value());
}

TEST_F(PublishedLogTest, a_cosignature_has_to_be_of_the_key_and_of_our_checkpoint) {
  record(Founded{published_origin, "UTC"});
  record_days(1, 3);
  auto log = *open();
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  const LogAccess access = log->access();
  const std::string note = *access.checkpoint();
  EXPECT_EQ(access.cosign(witness_, note).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(access.cosign(witness_, "garbage").error().kind, ErrorKind::bad_input);
  const SigningKey other{{43}};
  EXPECT_EQ(access.cosign(witness_, cosigned(note, witness_, other)).error().kind,
            ErrorKind::bad_input);
  const std::string foreign = sign_checkpoint(head(), SigningKey{{9}});
  EXPECT_EQ(access.cosign(witness_, cosigned(foreign, witness_, secret_)).error().kind,
            ErrorKind::bad_input);
  ASSERT_TRUE(access.cosign(witness_, cosigned(note, witness_, secret_)));
  const std::string older =
      sign_checkpoint({published_origin, 2, sha256("x")}, keys_.signing.signing);
  EXPECT_EQ(access.cosign(witness_, cosigned(older, witness_, secret_)).error().kind,
            ErrorKind::conflict);
}

TEST_F(PublishedLogTest, tiles_are_there_for_whoever_follows) {
  record(Founded{published_origin, "UTC"});
  record_days(1, 9);
  auto log = *open();
  ASSERT_TRUE(log->guard(head()));
  ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  const auto bytes = log->access().tile({false, 0, 0, 10});
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(merkle_root(*decode_hashes({false, 0, 0, 10}, *bytes)), head().root);
  EXPECT_EQ(log->access().tile({false, 0, 7}).error().kind, ErrorKind::not_found);
}

TEST_F(PublishedLogTest, nothing_is_served_that_a_witness_holds_more_of) {
  record(Founded{published_origin, "UTC"});
  record_days(1, 9);
  {
    auto log = *open();
    ASSERT_TRUE(log->guard(head()));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
    const LogAccess access = log->access();
    ASSERT_TRUE(access.cosign(witness_, cosigned(*access.checkpoint(), witness_, secret_)));
    ASSERT_TRUE(log->publish(PublishedLog::Until::witnessed));
  }
  ASSERT_TRUE(open());
  // The store and its guard are put back to what they were three records ago; so are the tiles.
  WriteBatch batch;
  for (std::uint64_t i = 7; i < 10; ++i) batch.erasures.push_back(keys::journal(i));
  ASSERT_TRUE(store_->write(batch, Sync::yes));
  MerkleFrontier tree;
  for (std::uint64_t i = 0; i < 7; ++i) tree.add(merkle_leaf(**store_->read(keys::journal(i))));
  const std::string old =
      sign_checkpoint({published_origin, 7, tree.root()}, keys_.signing.signing);
  ASSERT_TRUE(replace_file(data("checkpoint"), old));
  fs::remove_all(data("tiles"));
  fs::create_directory(data("tiles"));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_NE(refused.error().message.find("witnesses/haneul"), std::string::npos);
  EXPECT_NE(refused.error().message.find("records 7 to 9 (from 0) are lost"), std::string::npos)
      << refused.error().message;
  // What the witness holds may be brought as well.
  const std::string brought = folder_ + "/haneul.witness";
  fs::rename(data("witnesses/haneul"), brought);
  EXPECT_TRUE(open());
  EXPECT_EQ(open({brought}).error().kind, ErrorKind::corrupt);
}

TEST_F(PublishedLogTest, another_past_than_the_one_that_is_held_is_not_served) {
  record(Founded{published_origin, "UTC"});
  record_days(1, 3);
  const std::string brought = folder_ + "/held";
  ASSERT_TRUE(replace_file(
      brought, sign_checkpoint({published_origin, 3, sha256("other")}, keys_.signing.signing)));
  {
    auto log = *open();
    ASSERT_TRUE(log->guard(head()));
  }
  const auto refused = open({brought});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("a record was changed"), std::string::npos);
  EXPECT_NE(refused.error().message.find(brought), std::string::npos);
  ASSERT_TRUE(replace_file(brought, "garbage"));
  EXPECT_EQ(open({brought}).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace gwageo
