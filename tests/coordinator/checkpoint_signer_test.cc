// The hand that signs: it reads for itself, and refuses a second story.
#include "coordinator/checkpoint_signer.h"

#include <gtest/gtest.h>

#include "coordinator/keys.h"

namespace gwageo {
namespace {

class CheckpointSignerTest : public ::testing::Test {
 protected:
  void write(std::uint64_t sequence, const std::string& bytes) {
    WriteBatch batch;
    batch.puts.emplace_back(keys::journal(sequence), bytes);
    ASSERT_TRUE(store_->write(batch, Sync::yes));
  }
  static MerkleFrontier tree_of(const std::vector<std::string>& records) {
    MerkleFrontier tree;
    for (const std::string& record : records) tree.add(merkle_leaf(record));
    return tree;
  }
  static Checkpoint head_of(const std::vector<std::string>& records) {
    return {"example.com/log", records.size(), tree_of(records).root()};
  }
  void expect_refused(const Checkpoint& head, const std::string& part) {
    const auto note = signer_.sign(head);
    ASSERT_FALSE(note);
    EXPECT_EQ(note.error().kind, ErrorKind::corrupt);
    EXPECT_NE(note.error().message.find(part), std::string::npos) << note.error().message;
  }

  SigningKey key_{{1, 2, 3}};
  NoteKey verifier_{"example.com/log", verifying_key(key_)};
  std::unique_ptr<Store> store_ = new_memory_store();
  CheckpointSigner signer_{*store_, key_, {}};
};

TEST_F(CheckpointSignerTest, signs_what_is_stored_as_it_grows) {
  EXPECT_EQ(*open_checkpoint(*signer_.sign(head_of({})), verifier_), head_of({}));
  write(0, "a");
  EXPECT_EQ(*open_checkpoint(*signer_.sign(head_of({"a"})), verifier_), head_of({"a"}));
  write(1, "b");
  write(2, "c");
  EXPECT_TRUE(signer_.sign(head_of({"a", "b"})));
  EXPECT_EQ(signer_.size(), 2u);
  EXPECT_TRUE(signer_.sign(head_of({"a", "b"})));
  EXPECT_TRUE(signer_.sign(head_of({"a", "b", "c"})));
}

TEST_F(CheckpointSignerTest, refuses_fewer_records_and_a_second_root_of_one_size) {
  write(0, "a");
  write(1, "b");
  ASSERT_TRUE(signer_.sign(head_of({"a", "b"})));
  expect_refused(head_of({"a"}), "2 records were signed before");
  expect_refused(head_of({"a", "x"}), "not signed: the records in the store have root");
  ASSERT_TRUE(signer_.sign(head_of({"a", "b"})));
}

TEST_F(CheckpointSignerTest, refuses_what_is_not_stored) {
  write(0, "a");
  expect_refused(head_of({"a", "b"}), "record 1 is not in the store");
  write(1, "flipped");
  expect_refused(head_of({"a", "b"}), "so one of records 0 to 1 is not what was decided");
  write(1, "b");
  EXPECT_TRUE(signer_.sign(head_of({"a", "b"})));
}

TEST_F(CheckpointSignerTest, refuses_to_go_on_from_another_past) {
  write(0, "a");
  write(1, "b");
  CheckpointSigner later(*store_, key_, tree_of({"x"}));
  const auto note = later.sign(head_of({"a", "b"}));
  ASSERT_FALSE(note);
  EXPECT_NE(note.error().message.find("signed before is another journal"), std::string::npos);
}

}  // namespace
}  // namespace gwageo
