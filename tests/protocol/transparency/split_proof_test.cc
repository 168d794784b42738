// A log that told two stories is convicted by its key alone; one that did not, by nothing.
#include "protocol/transparency/split_proof.h"

#include <gtest/gtest.h>

#include "protocol/merkle_proof.h"
#include "protocol/transparency/cosignature.h"

namespace gwageo {
namespace {

constexpr std::uint64_t fork = 20;  ///< The first record that the stories tell differently.

class SplitProofTest : public ::testing::Test {
 protected:
  SplitProofTest() {
    for (std::uint64_t i = 0; i < 40; ++i) {
      one_.push_back(merkle_leaf(std::to_string(i)));
      other_.push_back(merkle_leaf(std::to_string(i < fork ? i : i + 1000)));
    }
  }
  std::string note(const std::vector<Digest>& leaves, std::uint64_t size) const {
    MerkleFrontier tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.add(leaves[i]);
    return sign_checkpoint({log_.name, size, tree.root()}, secret_);
  }
  Result<SplitProof> prove(std::uint64_t first, std::uint64_t second) const {
    return prove_split(note(one_, first), note(other_, second), log_, nodes_over(other_));
  }
  void expect_none(const SplitProof& proof, const std::string& part) const {
    const auto proven = check_split_proof(proof, log_);
    ASSERT_FALSE(proven);
    EXPECT_EQ(proven.error().kind, ErrorKind::corrupt);
    EXPECT_NE(proven.error().message.find(part), std::string::npos) << proven.error().message;
  }

  SigningKey secret_{{1}};
  NoteKey log_{"example.com/log", verifying_key(secret_)};
  std::vector<Digest> one_;
  std::vector<Digest> other_;
};

TEST_F(SplitProofTest, EveryTwoHeadsOfTwoStoriesConvict) {
  for (std::uint64_t first = 1; first <= 40; ++first) {
    for (std::uint64_t second = first; second <= 40; ++second) {
      const auto proof = prove(first, second);
      ASSERT_EQ(proof.has_value(), first > fork) << first << " " << second;
      if (!proof) continue;
      EXPECT_EQ(proof->root.has_value(), first != second);
      const std::string text = to_text(*proof);
      EXPECT_TRUE(is_split_proof(text));
      const auto parsed = parse_split_proof(text);
      ASSERT_TRUE(parsed) << parsed.error().message;
      EXPECT_EQ(*parsed, *proof);
      const auto proven = check_split_proof(*parsed, log_);
      ASSERT_TRUE(proven) << proven.error().message;
      EXPECT_EQ(proven->first.size, first);
      EXPECT_EQ(proven->second.size, second);
    }
  }
}

TEST_F(SplitProofTest, TwoHonestCheckpointsConvictNobody) {
  const auto proof = prove_split(note(one_, 27), note(one_, 31), log_, nodes_over(one_));
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().kind, ErrorKind::corrupt);
  EXPECT_NE(proof.error().message.find("goes on from the first"), std::string::npos);
  // As if it were of the other story; or with no word of it.
  SplitProof made_up = *prove(27, 31);
  made_up.second = note(one_, 31);
  expect_none(made_up, "consistency of 27 with 31");
  expect_none({{}, {}, note(one_, 27), note(one_, 31)}, "no root of the second log");
  expect_none({{}, {}, note(one_, 27), note(one_, 27)}, "not of fewer records");
  expect_none({{}, {}, note(one_, 31), note(one_, 27)}, "not of fewer records");
  made_up = *prove(27, 31);
  made_up.path.pop_back();
  expect_none(made_up, "consistency of 27 with 31");
  made_up = *prove(27, 31);
  made_up.root = sha256("any");
  expect_none(made_up, "consistency of 27 with 31");
}

TEST_F(SplitProofTest, BothHaveToBeSignedByTheLog) {
  const SplitProof proof = *prove(27, 31);
  const NoteKey another{log_.name, verifying_key(SigningKey{{2}})};
  const auto proven = check_split_proof(proof, another);
  ASSERT_FALSE(proven);
  EXPECT_EQ(proven.error().kind, ErrorKind::corrupt);
  SplitProof forged = proof;
  forged.second =
      sign_checkpoint(parse_checkpoint(parse_note(proof.second)->text).value(), SigningKey{{2}});
  expect_none(forged, "the second checkpoint: ");
}

TEST_F(SplitProofTest, CosignaturesUnderTheNotesAreNoMatter) {
  Note kept = *parse_note(note(one_, 27));
  kept.signatures.push_back(cosign(kept.text, "w.example", SigningKey{{3}}, 1700000000));
  const auto proof = prove_split(to_text(kept), note(other_, 31), log_, nodes_over(other_));
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_TRUE(check_split_proof(*parse_split_proof(to_text(*proof)), log_));
}

TEST_F(SplitProofTest, WhatIsNoProofByItsFormIsRefused) {
  const std::string text = to_text(*prove(27, 31));
  const std::string mark = text.substr(0, text.find('\n') + 1);
  for (const std::string& bad :
       {std::string(), std::string("gwageo/split-proof/v2\n"), mark, mark + "\n",
        mark + "root x\n" + text.substr(mark.size()), mark + "\n" + note(one_, 3),
        mark + "\nno note\n\nand none\n\n", text.substr(0, text.size() - 1), text + "\n",
        text.substr(0, text.find("root ")) + text.substr(text.find("root ") + 5)}) {
    const auto parsed = parse_split_proof(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
  }
}

}  // namespace
}  // namespace gwageo
