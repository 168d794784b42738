#include "worker/weights_cache.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "protocol/digest.h"
#include "tests/worker/weights_model.h"

namespace gwageo {
namespace {

using testing::small_piece;
using testing::StoredModel;
using testing::TemporaryFolder;

class WeightsCacheTest : public ::testing::Test {
 protected:
  WeightsCache open(std::uint64_t quota = 1'000'000, std::uint32_t readers = 2) {
    return WeightsCache::open({cache_folder(), quota, readers}).value();
  }
  std::string cache_folder() const { return (folder_.path() / "cache").string(); }

  // Fetches all of a model as if it came from somewhere.
  Status fill(const WeightsCache& cache, const StoredModel& model) {
    GWAGEO_ASSIGN(claim, cache.claim(model.digest));
    GWAGEO_ASSIGN(entry, cache.begin(model.digest, model.layout));
    for (const PieceProof& proof : model.proofs(key_)) {
      GWAGEO_TRY(entry->add(proof, model.piece(proof.index)));
    }
    return cache.finish(*entry);
  }

  // What a process does that is killed after so many pieces, counted from the end: out of order.
  void fill_and_die(const StoredModel& model, std::uint32_t pieces) {
    const pid_t child = ::fork();
    if (child == 0) {
      const WeightsCache cache = open();
      const auto claim = cache.claim(model.digest);
      auto entry = cache.begin(model.digest, model.layout);
      const std::vector<PieceProof> proofs = model.proofs(key_);
      for (std::uint32_t i = 0; entry && i < pieces; ++i) {
        const PieceProof& proof = proofs[proofs.size() - 1 - i];
        if (!(*entry)->add(proof, model.piece(proof.index))) ::_exit(1);
      }
      ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

  void expect_model(const std::string& path, const StoredModel& model) {
    EXPECT_EQ(model_digest(path).value(), model.digest);
  }

  TemporaryFolder folder_;
  const KeyPair key_ = generate_key_pair().value();
};

TEST_F(WeightsCacheTest, AModelIsThereOnceItIsWhole) {
  const StoredModel model(5 * small_piece + 1);
  const WeightsCache cache = open();
  EXPECT_EQ(cache.lease(model.digest).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(fill(cache, model));
  const auto lease = cache.lease(model.digest);
  ASSERT_TRUE(lease) << lease.error().message;
  expect_model(lease->path(), model);
  EXPECT_EQ(cache.models(), std::vector<Digest>{model.digest});
  EXPECT_TRUE(cache.open_whole(model.digest));
}

TEST_F(WeightsCacheTest, AModelOfOneFileIsThatFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("weights.gguf", "something");
  const Digest digest = model_digest(path).value();
  const auto layout = WeightsLayout::make({{"weights.gguf", 9}}, false, small_piece).value();
  const WeightsCache cache = open();
  {
    const auto claim = cache.claim(digest);
    const auto entry = cache.begin(digest, layout);
    const Digest after = state_after(layout, 0, sha256_start(), "something");
    ASSERT_TRUE(
        (*entry)->add(sign_piece(digest, layout, 0, sha256_start(), after, key_), "something"));
    ASSERT_TRUE(cache.finish(**entry));
  }
  EXPECT_EQ(model_digest(cache.lease(digest)->path()).value(), digest);
}

TEST_F(WeightsCacheTest, WhatAKilledProcessHadIsKept) {
  const StoredModel model(9 * small_piece + 5);
  for (std::uint32_t pieces = 0; pieces <= model.layout.pieces(); pieces += 4) {
    fill_and_die(model, pieces);
    const WeightsCache cache = open();
    EXPECT_EQ(cache.lease(model.digest).error().kind, ErrorKind::not_found);
    const auto claim = cache.claim(model.digest);
    ASSERT_TRUE(claim) << "the lock outlived its process";
    const auto entry = cache.resume(model.digest);
    ASSERT_TRUE(entry) << entry.error().message;
    EXPECT_EQ((*entry)->have().count(), pieces);
    for (const PieceProof& proof : model.proofs(key_)) {
      if ((*entry)->have().has(proof.index)) continue;
      ASSERT_TRUE((*entry)->add(proof, model.piece(proof.index)));
    }
    ASSERT_TRUE(cache.finish(**entry));
    expect_model(cache_folder() + "/models/" + to_hex(model.digest) + "/files", model);
    std::filesystem::remove_all(cache_folder() + "/models/" + to_hex(model.digest));
  }
}

TEST_F(WeightsCacheTest, AResumedPieceIsReadAgainBeforeItCounts) {
  const StoredModel model(9 * small_piece + 5);
  fill_and_die(model, 8);
  const std::string partial = cache_folder() + "/partial/" + to_hex(model.digest);
  {
    std::fstream file(partial + "/files/model.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8 * small_piece + 1);
    file.put('!');
  }
  std::ofstream(partial + "/proofs", std::ios::app) << "half a proof";
  const WeightsCache cache = open();
  const auto claim = cache.claim(model.digest);
  EXPECT_EQ(cache.resume(model.digest).value()->have().count(), 7u);
  std::ofstream(partial + "/layout") << "damaged";
  EXPECT_EQ(cache.resume(model.digest).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST_F(WeightsCacheTest, AnotherModelIsNeverCountedAsWhole) {
  const StoredModel model(3 * small_piece);
  const StoredModel other(3 * small_piece, 2);
  const WeightsCache cache = open();
  const auto claim = cache.claim(model.digest);
  const auto entry = cache.begin(model.digest, other.layout).value();
  EXPECT_EQ(cache.finish(*entry).error().kind, ErrorKind::corrupt);
  for (const PieceProof& proof : other.proofs(key_)) {
    ASSERT_TRUE(entry->add(proof, other.piece(proof.index)));
  }
  const Status finished = cache.finish(*entry);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::corrupt);
  EXPECT_NE(finished.error().message.find(to_hex(model.digest)), std::string::npos);
  EXPECT_TRUE(cache.models().empty());
  EXPECT_FALSE(std::filesystem::exists(cache_folder() + "/partial/" + to_hex(model.digest)));
}

TEST_F(WeightsCacheTest, TheLeastRecentlyUsedGoesAndNothingThatIsInUse) {
  std::vector<std::unique_ptr<StoredModel>> models;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    models.push_back(std::make_unique<StoredModel>(10 * small_piece, i));
  }
  const WeightsCache cache = open(3 * 41'000);
  for (int i : {0, 1, 2}) ASSERT_TRUE(fill(cache, *models[i]));
  // Model 0 is the first of the line but in use; then 2 is older than 1, which was used since.
  std::optional<WeightsLease> lease = cache.lease(models[0]->digest).value();
  ASSERT_TRUE(cache.lease(models[1]->digest));
  ASSERT_TRUE(fill(cache, *models[3]));
  EXPECT_FALSE(cache.lease(models[2]->digest));
  const auto lease_1 = cache.lease(models[1]->digest);
  const auto lease_3 = cache.lease(models[3]->digest);
  ASSERT_TRUE(lease_1 && lease_3);
  const Status full = fill(cache, *models[2]);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::unavailable);
  EXPECT_NE(full.error().message.find("in use"), std::string::npos) << full.error().message;
  lease.reset();
  EXPECT_TRUE(fill(cache, *models[2]));
  EXPECT_FALSE(cache.lease(models[0]->digest));
}

TEST_F(WeightsCacheTest, NothingIsRemovedForAModelThatDoesNotFitAllTheSame) {
  const StoredModel used(10 * small_piece, 1);
  const StoredModel unused(10 * small_piece, 2);
  const StoredModel large(15 * small_piece, 3);
  const StoredModel larger(40 * small_piece, 4);
  const WeightsCache cache = open(100'000);
  ASSERT_TRUE(fill(cache, used) && fill(cache, unused));
  const auto lease = cache.lease(used.digest);
  ASSERT_TRUE(lease);
  const Status later = fill(cache, large);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::unavailable);
  EXPECT_NE(later.error().message.find("no room now for the 0.062 MB of model "), std::string::npos)
      << later.error().message;
  EXPECT_NE(later.error().message.find("quota 0.100 MB, in use 0.040 MB"), std::string::npos)
      << later.error().message;
  const Status never = fill(cache, larger);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind, ErrorKind::bad_input);
  EXPECT_TRUE(cache.has(unused.digest));
}

TEST_F(WeightsCacheTest, WhatADeadProcessLeftCountsAndGoes) {
  const StoredModel dead(10 * small_piece, 1);
  const StoredModel model(10 * small_piece, 2);
  fill_and_die(dead, 3);
  const WeightsCache cache = open(50'000);
  ASSERT_TRUE(fill(cache, model));
  EXPECT_FALSE(std::filesystem::exists(cache_folder() + "/partial/" + to_hex(dead.digest)));
}

TEST_F(WeightsCacheTest, AQuotaOrADiskThatIsTooSmallSaysSo) {
  const StoredModel model(10 * small_piece);
  const WeightsCache small = open(40'000);
  const Status refused = fill(small, model);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
  EXPECT_NE(refused.error().message.find("--weights-quota"), std::string::npos);

  const WeightsCache large = open(std::uint64_t{1} << 62);
  const auto claim = large.claim(model.digest);
  const auto huge = WeightsLayout::make({{"a", std::uint64_t{1} << 46}}, true).value();
  const auto begun = large.begin(model.digest, huge);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().kind, ErrorKind::bad_input);
  EXPECT_NE(begun.error().message.find("the whole disk has"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(cache_folder() + "/partial/" + to_hex(model.digest)));
}

TEST_F(WeightsCacheTest, AFolderThatCannotBeMadeIsNamed) {
  const std::string file = folder_.write("file", "x");
  const auto cache = WeightsCache::open({file + "/cache", 1000, 1});
  ASSERT_FALSE(cache);
  EXPECT_NE(cache.error().message.find(file), std::string::npos);
  EXPECT_FALSE(WeightsCache::open({cache_folder(), 0, 1}));
}

TEST_F(WeightsCacheTest, OneFetchesAndTheOthersAreToldSo) {
  const StoredModel model(3 * small_piece);
  const WeightsCache cache = open();
  {
    const auto claim = cache.claim(model.digest);
    ASSERT_TRUE(claim);
    EXPECT_EQ(cache.claim(model.digest).error().kind, ErrorKind::unavailable);
    EXPECT_EQ(cache.lease(model.digest).error().kind, ErrorKind::unavailable);
  }
  ASSERT_TRUE(fill(cache, model));
  const auto first = cache.lease(model.digest);
  EXPECT_TRUE(cache.lease(model.digest));
  EXPECT_EQ(cache.claim(model.digest).error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(cache.drop(model.digest));
}

TEST_F(WeightsCacheTest, AModelThatWasDamagedIsDropped) {
  const StoredModel model(3 * small_piece);
  const WeightsCache cache = open();
  ASSERT_TRUE(fill(cache, model));
  std::filesystem::resize_file(
      cache_folder() + "/models/" + to_hex(model.digest) + "/files/model.safetensors", 100);
  EXPECT_EQ(cache.open_whole(model.digest).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(cache.drop(model.digest));
  EXPECT_FALSE(cache.lease(model.digest));
}

TEST_F(WeightsCacheTest, SoManyReadStorageAtATime) {
  const WeightsCache cache = open(1000, 2);
  std::optional<FileLock> first = cache.reader().value();
  const auto second = cache.reader();
  ASSERT_TRUE(second);
  EXPECT_EQ(cache.reader().error().kind, ErrorKind::unavailable);
  first.reset();
  EXPECT_TRUE(cache.reader());
}

}  // namespace
}  // namespace gwageo
