// Proofs of one item: both halves, every changed byte, every malformed text.
#include "coordinator/item_proof.h"

#include <gtest/gtest.h>

#include "coordinator/journal.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/checkpoint.h"

namespace gwageo {
namespace {

class ItemProofTest : public ::testing::Test {
 protected:
  ItemProofTest() {
    const std::vector<Range> ranges = {{4, 7}, {9, 11}};
    std::vector<Digest> leaves;
    for (const Range& range : ranges) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        leaves.push_back(results_leaf(i, item_of(i), 0, results_of(i)));
      }
    }
    ResultsRecorded recorded{{3}, {1}, ranges, merkle_root(leaves), {}};
    recorded.outcomes[0] = 5;
    JournalWriter journal;
    std::vector<std::string> records;
    std::vector<Digest> log;
    for (const Fact& fact :
         std::vector<Fact>{Founded{"example.com/log", "UTC"}, CoordinatorStarted{"t"}, recorded,
                           DayBegan{"2026-01-01"}}) {
      records.push_back(journal.append(Instant{1}, WallTime{1}, fact).bytes);
      log.push_back(merkle_leaf(records.back()));
    }
    root_ = journal.root();
    proof_.index = 9;
    proof_.item = item_of(9);
    proof_.results = results_of(9);
    proof_.path = *prove_inclusion(3, 5, nodes_over(leaves));
    proof_.record = records[2];
    proof_.log.index = 2;
    proof_.log.path = *prove_inclusion(2, 4, nodes_over(log));
    proof_.log.checkpoint = sign_checkpoint({"example.com/log", 4, root_}, SigningKey{{1}});
  }
  static Digest item_of(std::uint64_t i) { return sha256("item " + std::to_string(i)); }
  static std::vector<RequestResult> results_of(std::uint64_t i) {
    return {{Outcome::answered, sha256("answer " + std::to_string(i))},
            {Outcome::truncated, sha256("more " + std::to_string(i))}};
  }
  void expect_false(const ItemProof& proof, const std::string& part) {
    const auto proven = check_item_proof(proof, 4, root_);
    ASSERT_FALSE(proven) << part;
    EXPECT_EQ(proven.error().kind, ErrorKind::corrupt);
    EXPECT_NE(proven.error().message.find(part), std::string::npos) << proven.error().message;
  }

  Digest root_;
  ItemProof proof_;
};

TEST_F(ItemProofTest, proves_an_item_up_to_the_root_of_the_log) {
  const auto read = parse_item_proof(to_text(proof_));
  ASSERT_TRUE(read) << read.error().message;
  const auto proven = check_item_proof(*read, 4, root_);
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_EQ(proven->job, JobId{1});
  EXPECT_EQ(proven->lease, LeaseId{3});
  EXPECT_EQ(proven->record, 2u);
  EXPECT_EQ(to_text(*read), to_text(proof_));
  EXPECT_TRUE(parse_log_proof(to_text(proof_)));  // And it is a proof for tools of others.
}

TEST_F(ItemProofTest, nothing_else_is_proved_by_it) {
  ItemProof other = proof_;
  other.results[0].outcome = Outcome::refused_by_engine;
  expect_false(other, "item 9 in record 2");
  other = proof_;
  other.results[1].response = sha256("x");
  expect_false(other, "item 9 in record 2");
  other = proof_;
  other.results.pop_back();
  expect_false(other, "item 9 in record 2");
  other = proof_;
  other.item = sha256("x");
  expect_false(other, "item 9 in record 2");
  other = proof_;
  other.repeat = 1;
  expect_false(other, "item 9 in record 2");
  other = proof_;
  other.index = 10;
  expect_false(other, "item 10 in record 2");
  other = proof_;
  other.index = 8;
  expect_false(other, "record 2 has no results of item 8");
  other = proof_;
  other.path.pop_back();
  expect_false(other, "too few");
  other = proof_;
  other.record[20] ^= 1;
  expect_false(other, "leaf 2 of 4 leads to root");
  other = proof_;
  other.log.index = 1;
  expect_false(other, "leaf 1 of 4 leads to root");
  const auto elsewhere = check_item_proof(proof_, 4, sha256("other"));
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::corrupt);
}

TEST_F(ItemProofTest, a_record_of_something_else_is_no_results) {
  JournalWriter journal;
  const std::string founded =
      journal.append(Instant{1}, WallTime{1}, Founded{"example.com/log", "UTC"}).bytes;
  ItemProof other = proof_;
  other.record = founded;
  other.log.index = 0;
  other.log.path.clear();
  const auto proven = check_item_proof(other, 1, merkle_leaf(founded));
  ASSERT_FALSE(proven);
  EXPECT_NE(proven.error().message.find("is of kind founded"), std::string::npos);
}

TEST_F(ItemProofTest, what_is_malformed_is_refused_by_name) {
  const std::string text = to_text(proof_);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 2;
    const auto read = parse_item_proof(changed);
    if (!read) {
      EXPECT_NE(read.error().kind, ErrorKind::io);
    } else {
      EXPECT_TRUE(!check_item_proof(*read, 4, root_) || to_text(*read) != text) << i;
    }
  }
  LogProof bare = proof_.log;
  EXPECT_NE(parse_item_proof(to_text(bare)).error().message.find("no line `extra`"),
            std::string::npos);
  for (const std::string& extra :
       {std::string("[]"), std::string("{}"), std::string("x"),
        std::string(R"({"format":"gwageo-item-proof 2","index":1,"item":"00"})")}) {
    bare.extra = extra;
    EXPECT_EQ(parse_item_proof(to_text(bare)).error().kind, ErrorKind::bad_input) << extra;
  }
}

TEST(RankInRangesTest, counts_items_and_finds_no_others) {
  const std::vector<Range> ranges = {{4, 7}, {9, 11}};
  EXPECT_EQ(rank_in(ranges, 4)->rank, 0u);
  EXPECT_EQ(rank_in(ranges, 6)->rank, 2u);
  EXPECT_EQ(rank_in(ranges, 9)->rank, 3u);
  EXPECT_EQ(rank_in(ranges, 9)->size, 5u);
  for (const std::uint64_t none : {0, 3, 7, 8, 11}) EXPECT_FALSE(rank_in(ranges, none)) << none;
}

}  // namespace
}  // namespace gwageo
