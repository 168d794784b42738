#include "worker/batch_signer.h"

#include <gtest/gtest.h>

#include "protocol/limits.h"
#include "protocol/request.h"
#include "protocol/results_leaf.h"
#include "protocol/statement.h"

namespace gwageo {
namespace {

class BatchSignerTest : public ::testing::Test {
 protected:
  /// Items [begin, end) of a lease were handed in and are on record.
  void record(std::uint64_t lease, std::uint64_t begin, std::uint64_t end,
              const std::vector<Range>& recorded) {
    Results results;
    results.lease = {lease};
    std::vector<ItemIdentity> items;
    for (std::uint64_t i = begin; i < end; ++i) {
      results.items.push_back({i, {response(i)}});
      items.push_back({sha256(std::to_string(i)), 0});
    }
    signer_.recorded(results, items, recorded);
  }
  static std::string response(std::uint64_t index) {
    Response response;
    response.text = "answer " + std::to_string(index);
    return encode(response);
  }
  static Digest leaf(std::uint64_t index) {
    const RequestResult result{Outcome::answered, sha256(response(index))};
    return results_leaf(index, sha256(std::to_string(index)), 0, std::span(&result, 1));
  }

  KeyPair keys_ = *generate_key_pair();
  BatchSigner signer_{{9},
                      {"log", "pool", [this](auto bytes) { return sign(bytes, keys_.signing); }}};
};

TEST_F(BatchSignerTest, SignsTheRootsOfWhatIsOnRecord) {
  EXPECT_EQ(signer_.next({0}, true), std::nullopt);
  record(2, 10, 14, {{11, 13}});
  record(1, 0, 3, {{0, 3}});
  const Batch batch = signer_.next({0}, false).value();
  ASSERT_EQ(batch.chunks.size(), 2u);
  EXPECT_EQ(batch.chunks[0], (BatchChunk{{1}, 0, merkle_root({leaf(0), leaf(1), leaf(2)})}));
  EXPECT_EQ(batch.chunks[1], (BatchChunk{{2}, 11, merkle_root({leaf(11), leaf(12)})}));
  EXPECT_TRUE(verify(batch_statement("log", "pool", {9}, 0, 2, batch_root(batch.chunks)),
                     batch.signature, keys_.verifying));
}

TEST_F(BatchSignerTest, SignsOnceASecondAndOneAtATime) {
  record(1, 0, 1, {{0, 1}});
  const Batch first = signer_.next({0}, false).value();
  record(2, 0, 1, {{0, 1}});
  EXPECT_EQ(signer_.next({4999999}, true), std::nullopt) << "the first is on its way";
  EXPECT_EQ(signer_.next({5000000}, false), first) << "and sent again";
  signer_.kept({{9}, 7});
  EXPECT_EQ(signer_.next({5000001}, true), std::nullopt) << "that was another one";
  signer_.kept({{9}, 0});
  EXPECT_FALSE(signer_.idle());
  const Batch second = signer_.next({5000001}, false).value();
  EXPECT_EQ(second.batch, 1u);
  signer_.kept({{9}, 1});
  EXPECT_TRUE(signer_.idle());
  record(3, 0, 1, {{0, 1}});
  EXPECT_EQ(signer_.next({6000000}, false), std::nullopt);
  EXPECT_EQ(signer_.due(), Instant{6000001});
  EXPECT_NE(signer_.next({6000000}, true), std::nullopt) << "there may be no later";
}

TEST_F(BatchSignerTest, IsToldTwiceAndSignsOnce) {
  record(1, 0, 2, {{0, 2}});
  record(1, 0, 2, {{0, 2}});
  EXPECT_EQ(signer_.next({0}, false)->chunks.size(), 1u);
  record(1, 0, 2, {{0, 2}});
  signer_.kept({{9}, 0});
  EXPECT_TRUE(signer_.idle());
  record(1, 2, 4, {});
  EXPECT_TRUE(signer_.idle()) << "nothing of it is on record";
}

TEST_F(BatchSignerTest, ABatchHasItsBound) {
  for (std::uint64_t lease = 1; lease <= limits::batch_chunks_max + 1; ++lease) {
    record(lease, 0, 1, {{0, 1}});
  }
  EXPECT_EQ(signer_.next({0}, false)->chunks.size(), limits::batch_chunks_max);
  signer_.kept({{9}, 0});
  EXPECT_EQ(signer_.next({0}, true)->chunks.size(), 1u);
}

}  // namespace
}  // namespace gwageo
