#include "worker/weights_collective.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <thread>

#include "protocol/digest.h"
#include "tests/worker/weights_model.h"

namespace gwageo {
namespace {

using testing::small_piece;
using testing::StoredModel;
using testing::TemporaryFolder;

constexpr int ranks = 4;
constexpr int root = 1;

class WeightsCollective : public ::testing::Test {
 protected:
  // A cache for each rank, the root's with the model in it.
  void SetUp() override {
    for (int rank = 0; rank < ranks; ++rank) {
      const std::uint64_t quota = rank == small_rank_ ? 1000 : 1'000'000;
      caches_.push_back(WeightsCache::open({folder(rank), quota, 1}).value());
    }
    bring_to(root);
  }

  void bring_to(int rank) {
    const auto claim = caches_[rank].claim(model_.digest);
    const auto entry = caches_[rank].begin(model_.digest, model_.layout).value();
    for (const PieceProof& proof : model_.proofs(key_)) {
      ASSERT_TRUE(entry->add(proof, model_.piece(proof.index)));
    }
    ASSERT_TRUE(caches_[rank].finish(*entry));
  }

  /// From rank 0, which has `given`.
  std::vector<Result<Spread>> spread(const Result<Digest>& given) {
    std::vector<std::unique_ptr<Collective>> group = make_thread_collectives(ranks);
    std::vector<Result<Spread>> ended(ranks, fail(ErrorKind::unavailable, "not run"));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < ranks; ++rank) {
      threads.emplace_back(
          [&, rank] { ended[rank] = spread_weights(*group[rank], given, caches_[rank]); });
    }
    for (std::thread& thread : threads) thread.join();
    return ended;
  }

  std::string folder(int rank) const { return (folder_.path() / std::to_string(rank)).string(); }

  std::vector<Status> broadcast() {
    std::vector<std::unique_ptr<Collective>> group = make_thread_collectives(ranks);
    std::vector<Status> ended(ranks);
    std::vector<std::thread> threads;
    const auto whole = caches_[root].open_whole(model_.digest).value();
    for (int rank = 0; rank < ranks; ++rank) {
      threads.emplace_back([&, rank] {
        const auto claim = caches_[rank].claim(model_.digest);
        ended[rank] = broadcast_weights(*group[rank], root, model_.digest,
                                        rank == root ? whole.get() : nullptr, &caches_[rank]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    return ended;
  }

  int small_rank_ = -1;
  TemporaryFolder folder_;
  const KeyPair key_ = generate_key_pair().value();
  const StoredModel model_{20 * small_piece + 3};
  std::vector<WeightsCache> caches_;
};

TEST_F(WeightsCollective, EveryRankGetsTheModel) {
  for (const Status& ended : broadcast()) EXPECT_TRUE(ended) << ended.error().message;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto lease = caches_[rank].lease(model_.digest);
    ASSERT_TRUE(lease) << rank;
    EXPECT_EQ(model_digest(lease->path()).value(), model_.digest);
  }
}

TEST_F(WeightsCollective, ADamagedPieceIsFoundByAllAndNothingIsKept) {
  {
    std::fstream file(
        folder(root) + "/models/" + to_hex(model_.digest) + "/files/model.safetensors",
        std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(7 * small_piece);
    file.put('!');
  }
  const std::vector<Status> ended = broadcast();
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank == root) continue;
    ASSERT_FALSE(ended[rank]);
    EXPECT_EQ(ended[rank].error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(caches_[rank].models().empty());
    EXPECT_FALSE(std::filesystem::exists(folder(rank) + "/partial/" + to_hex(model_.digest)));
  }
}

class WeightsCollectiveWithoutRoom : public WeightsCollective {
 protected:
  WeightsCollectiveWithoutRoom() { small_rank_ = 2; }
};

TEST_F(WeightsCollectiveWithoutRoom, ARankWithoutRoomStopsNoOther) {
  const std::vector<Status> ended = broadcast();
  for (int rank = 0; rank < ranks; ++rank) {
    EXPECT_EQ(ended[rank].has_value(), rank != small_rank_) << rank;
  }
  EXPECT_NE(ended[small_rank_].error().message.find("quota"), std::string::npos);
}

TEST_F(WeightsCollectiveWithoutRoom, ASpreadTellsEveryRankWhatBecameOfAll) {
  bring_to(0);  // Rank 1 has it, too.
  const std::vector<SpreadEnd> expected = {SpreadEnd::had, SpreadEnd::had, SpreadEnd::failed,
                                           SpreadEnd::got};
  const std::vector<Result<Spread>> ended = spread(model_.digest);
  for (int rank = 0; rank < ranks; ++rank) {
    ASSERT_TRUE(ended[rank]) << ended[rank].error().message;
    EXPECT_EQ(ended[rank]->ranks, expected) << rank;
    EXPECT_EQ(ended[rank]->model, model_.digest);
    EXPECT_EQ(ended[rank]->own.has_value(), rank != small_rank_);
    EXPECT_EQ(caches_[rank].has(model_.digest), rank != small_rank_);
  }
}

TEST_F(WeightsCollective, ASpreadOfNothingEndsForAllAndSaysWhy) {
  const std::vector<Result<Spread>> ended = spread(fail(ErrorKind::not_found, "no such folder"));
  ASSERT_FALSE(ended[0]);
  EXPECT_EQ(ended[0].error().message, "no such folder");
  for (int rank = 1; rank < ranks; ++rank) {
    ASSERT_FALSE(ended[rank]);
    EXPECT_NE(ended[rank].error().message.find("rank 0"), std::string::npos);
  }
}

TEST(WeightsCollectiveBytes, AnyBytesTravel) {
  for (const std::size_t size : {0, 1, 3, 4, 5, 4099}) {
    const std::string sent = testing::made_up_bytes(size, 7);
    std::vector<std::unique_ptr<Collective>> group = make_thread_collectives(3);
    std::vector<std::string> got(3);
    got[2] = sent;
    std::vector<std::thread> threads;
    for (int rank = 0; rank < 3; ++rank) {
      threads.emplace_back(
          [&, rank] { EXPECT_TRUE(broadcast_bytes(*group[rank], 2, got[rank], 5000)); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& each : got) EXPECT_EQ(each, sent);
  }
}

}  // namespace
}  // namespace gwageo
