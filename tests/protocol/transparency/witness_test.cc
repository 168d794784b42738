// A witness against the rules of tlog-witness, one by one.
#include "protocol/transparency/witness.h"

#include <gtest/gtest.h>

#include "protocol/merkle_proof.h"

namespace gwageo {
namespace {

SigningKey secret(std::uint8_t number) {
  SigningKey key;
  key.bytes.fill(number);
  return key;
}

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() {
    for (int i = 0; i < 40; ++i) leaves_.push_back(merkle_leaf(std::to_string(i)));
  }
  Checkpoint head(std::uint64_t size) const {
    MerkleFrontier tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.add(leaves_[i]);
    return {log_.name, size, tree.root()};
  }
  CosignRequest ask(std::uint64_t from, std::uint64_t to) const {
    CosignRequest request{from, {}, sign_checkpoint(head(to), secret(1))};
    if (from > 0) request.proof = *prove_consistency(from, to, nodes_over(leaves_));
    return request;
  }
  void expect_refused(const std::optional<Checkpoint>& last, const CosignRequest& request,
                      ErrorKind kind, const std::string& part) {
    const auto note = witness(last, request, log_, witness_, 1700000000);
    ASSERT_FALSE(note);
    EXPECT_EQ(note.error().kind, kind);
    EXPECT_NE(note.error().message.find(part), std::string::npos) << note.error().message;
  }

  NoteKey log_{"example.com/log", verifying_key(secret(1))};
  WitnessKey witness_{"witness.example/w", secret(2)};
  std::vector<Digest> leaves_;
};

TEST_F(WitnessTest, follows_a_log_from_its_beginning) {
  std::optional<Checkpoint> last;
  std::uint64_t held = 0;
  for (const std::uint64_t size : {0, 1, 5, 5, 8, 33, 40}) {
    const auto note = witness(last, ask(held, size), log_, witness_, 1700000000);
    ASSERT_TRUE(note) << note.error().message;
    const auto opened = open_witnessed(*note, log_, witness_.verifier());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(*opened, head(size));
    EXPECT_EQ(parse_note(*note)->signatures.size(), 2u);
    last = *opened;
    held = size;
  }
}

TEST_F(WitnessTest, cosigns_nothing_that_does_not_go_on_from_what_it_holds) {
  CosignRequest other = ask(5, 9);
  other.checkpoint = sign_checkpoint({log_.name, 9, sha256("other")}, secret(1));
  expect_refused(head(5), other, ErrorKind::corrupt, "the second root is");
  CosignRequest shorter = ask(5, 9);
  shorter.proof.pop_back();
  expect_refused(head(5), shorter, ErrorKind::corrupt, "consistency of 5 with 9");
  expect_refused(Checkpoint{log_.name, 5, sha256("other")}, ask(5, 9), ErrorKind::corrupt,
                 "the first root is");
}

TEST_F(WitnessTest, sees_a_split_view) {
  CosignRequest other{5, {}, sign_checkpoint({log_.name, 5, sha256("other")}, secret(1))};
  expect_refused(head(5), other, ErrorKind::corrupt, "two roots over 5 records, both signed by");
  EXPECT_TRUE(is_split(head(5), {log_.name, 5, sha256("other")}));
  EXPECT_FALSE(is_split(head(5), head(5)));
  EXPECT_FALSE(is_split(head(5), head(6)));
  EXPECT_FALSE(is_split(head(5), {"example.com/another", 5, sha256("other")}));
}

TEST_F(WitnessTest, the_old_size_has_to_be_the_one_it_holds) {
  expect_refused(std::nullopt, ask(3, 9), ErrorKind::conflict, "0 were cosigned before");
  expect_refused(head(5), ask(3, 9), ErrorKind::conflict, "5 were cosigned before");
  expect_refused(head(5), ask(0, 9), ErrorKind::conflict, "5 were cosigned before");
  CosignRequest behind = ask(0, 4);
  behind.old_size = 5;
  expect_refused(head(5), behind, ErrorKind::bad_input, "fewer than the 5 before");
}

TEST_F(WitnessTest, an_empty_log_has_one_root_and_no_proof) {
  CosignRequest empty = ask(0, 0);
  empty.checkpoint = sign_checkpoint({log_.name, 0, sha256("other")}, secret(1));
  expect_refused(std::nullopt, empty, ErrorKind::corrupt, "empty log has another root");
  CosignRequest proof = ask(0, 9);
  proof.proof.push_back(sha256("x"));
  expect_refused(std::nullopt, proof, ErrorKind::corrupt, "proves nothing");
}

TEST_F(WitnessTest, only_the_log_that_it_knows_is_cosigned) {
  CosignRequest foreign = ask(0, 9);
  foreign.checkpoint = sign_checkpoint(head(9), secret(3));
  expect_refused(std::nullopt, foreign, ErrorKind::bad_input, "no signature by example.com/log");
  CosignRequest false_one = ask(0, 9);
  Note note = *parse_note(false_one.checkpoint);
  note.signatures[0].bytes[3] ^= 1;
  false_one.checkpoint = to_text(note);
  expect_refused(std::nullopt, false_one, ErrorKind::corrupt, "is false");
  EXPECT_EQ(open_witnessed(ask(0, 9).checkpoint, log_, witness_.verifier()).error().kind,
            ErrorKind::bad_input);
}

}  // namespace
}  // namespace gwageo
