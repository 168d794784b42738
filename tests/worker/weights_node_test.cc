#include "worker/weights_node.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
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

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

class WeightsNodeTest : public ::testing::Test {
 protected:
  std::unique_ptr<WeightsNode> node(const std::string& name, WeightsDirectory* directory,
                                    std::uint64_t quota = 10'000'000) {
    WeightsNodeOptions options;
    options.cache = {cache_of(name), quota, 2};
    options.listen = "127.0.0.1";
    options.piece_bytes = small_piece;
    auto opened = WeightsNode::open(options, directory, log_);
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  std::string cache_of(const std::string& name) const { return (folder_.path() / name).string(); }

  static ModelSpec spec(const StoredModel& model) {
    ModelSpec spec;
    spec.name = "m";
    spec.engine = "builtin";
    spec.digest = model.digest;
    spec.path = model.path();
    return spec;
  }
  static void expect_model(WeightsNode& node, const StoredModel& model) {
    const auto lease = node.obtain(spec(model));
    ASSERT_TRUE(lease) << lease.error().message;
    EXPECT_EQ(model_digest(lease->path()).value(), model.digest);
  }

  TemporaryFolder folder_;
  NoLog log_;
  LocalWeightsDirectory directory_;
};

TEST_F(WeightsNodeTest, AloneItReadsStorageOnce) {
  const StoredModel model(20 * small_piece + 3);
  const auto only = node("a", nullptr);
  expect_model(*only, model);
  expect_model(*only, model);
  EXPECT_EQ(only->counts().storage, model.layout.bytes());
  EXPECT_EQ(only->cached(), std::vector<Digest>{model.digest});
}

TEST_F(WeightsNodeTest, SlotsAndProcessesOfANodeFetchOnce) {
  const StoredModel model(50 * small_piece);
  const auto first = node("a", nullptr);
  const auto second = node("a", nullptr);  // Another process of the same node.
  std::vector<std::thread> slots;
  for (int i = 0; i < 3; ++i) {
    for (WeightsNode* each : {first.get(), second.get()}) {
      slots.emplace_back([each, &model] { expect_model(*each, model); });
    }
  }
  for (std::thread& slot : slots) slot.join();
  EXPECT_EQ(first->counts().storage + second->counts().storage, model.layout.bytes());
}

TEST_F(WeightsNodeTest, NodesReadStorageOnceAndPassItOn) {
  const StoredModel model(200 * small_piece + 17);
  std::vector<std::unique_ptr<WeightsNode>> nodes;
  for (const char* name : {"a", "b", "c", "d", "e"}) nodes.push_back(node(name, &directory_));
  std::vector<std::thread> threads;
  for (const auto& each : nodes) {
    threads.emplace_back([&each, &model] { expect_model(*each, model); });
  }
  for (std::thread& thread : threads) thread.join();
  WeightsCounts all;
  for (const auto& each : nodes) {
    const WeightsCounts counts = each->counts();
    all.storage += counts.storage;
    all.received += counts.received;
    EXPECT_LE(counts.storage + counts.received, model.layout.bytes());
    // A line: nobody has to give it to two.
    EXPECT_LE(counts.sent, model.layout.bytes());
  }
  EXPECT_EQ(all.storage, model.layout.bytes());
  EXPECT_EQ(all.received, 4 * model.layout.bytes());
}

TEST_F(WeightsNodeTest, WhatLiesInACacheIsGivenAfterANewStart) {
  const StoredModel model(20 * small_piece);
  expect_model(*node("a", nullptr), model);
  const auto first = node("a", &directory_);
  const auto second = node("b", &directory_);
  expect_model(*second, model);
  EXPECT_EQ(second->counts().storage, 0u);
  EXPECT_EQ(first->counts().sent, model.layout.bytes());
}

TEST_F(WeightsNodeTest, AWrongPieceIsFoundAtOnceAndFetchedElsewhere) {
  const StoredModel model(20 * small_piece);
  const auto bad = node("a", &directory_);
  expect_model(*bad, model);
  {
    std::fstream file(
        cache_of("a") + "/models/" + to_hex(model.digest) + "/files/model.safetensors",
        std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(9 * small_piece + 5);
    file.put('!');
  }
  const auto second = node("b", &directory_);
  expect_model(*second, model);
  EXPECT_EQ(second->counts().refused, 1u);
  // One piece of config.json and nine before the wrong one.
  EXPECT_EQ(second->counts().received,
            model.content[0].second.size() + std::uint64_t{9} * small_piece);
  EXPECT_EQ(second->counts().storage, std::uint64_t{11} * small_piece);
}

TEST_F(WeightsNodeTest, AReaderWhoseFilesAreAnotherModelHarmsNobody) {
  const StoredModel model(20 * small_piece, 1);
  const StoredModel other(20 * small_piece, 2);
  ASSERT_EQ(model.layout, other.layout);
  // It believes that the other files are the model, and never finishes with them.
  const KeyPair key = generate_key_pair().value();
  const WeightsCache cache = WeightsCache::open({cache_of("liar"), 10'000'000, 1}).value();
  const auto claim = cache.claim(model.digest);
  const std::shared_ptr<WeightsEntry> entry = cache.begin(model.digest, model.layout).value();
  std::vector<PieceProof> proofs = other.proofs(key);
  for (PieceProof& proof : proofs) {
    proof = sign_piece(model.digest, model.layout, proof.index, proof.before, proof.after, key);
    ASSERT_TRUE(entry->add(proof, other.piece(proof.index)));
  }
  WeightsShelf shelf;
  shelf.put(model.digest, entry);
  AtomicWeightsCounts counts;
  auto listener = WeightsListener::open("127.0.0.1").value();
  const std::string endpoint = listener.endpoint;
  const WeightsServer server(std::move(listener), key, cache, shelf, directory_, 0, counts);
  ASSERT_TRUE(
      directory_.join(model.digest, {std::string(32, '0'), endpoint, key.verifying, 0, true}));
  const auto second = node("b", &directory_);
  expect_model(*second, model);
  EXPECT_EQ(second->counts().received, model.layout.bytes());
  EXPECT_EQ(second->counts().storage, model.layout.bytes());
}

TEST_F(WeightsNodeTest, WhoIsNotInTheLineGetsNothing) {
  const StoredModel model(5 * small_piece);
  const auto first = node("a", &directory_);
  expect_model(*first, model);
  const std::atomic<bool> stop{false};
  const KeyPair stranger = generate_key_pair().value();
  EXPECT_FALSE(
      WeightsLink::open(first->self().endpoint, first->self().key, model.digest, stranger, stop));
  // Nor is another node taken for it.
  const auto wrong =
      WeightsLink::open(first->self().endpoint, stranger.verifying, model.digest, stranger, stop);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(first->counts().sent, 0u);
}

TEST_F(WeightsNodeTest, NobodyBehindAnAddressIsPassedOver) {
  const StoredModel model(5 * small_piece);
  const KeyPair key = generate_key_pair().value();
  std::string endpoint;
  { endpoint = WeightsListener::open("127.0.0.1")->endpoint; }
  ASSERT_TRUE(
      directory_.join(model.digest, {std::string(32, '0'), endpoint, key.verifying, 0, true}));
  const auto first = node("a", &directory_);
  expect_model(*first, model);
  EXPECT_EQ(first->counts().storage, model.layout.bytes());
  EXPECT_EQ(directory_.members(model.digest)->size(), 1u) << "the dead one is still in the line";
}

TEST_F(WeightsNodeTest, FilesThatAreNotTheModelAreRefusedAndNotKept) {
  const StoredModel model(5 * small_piece);
  model.folder.write("model.safetensors", testing::made_up_bytes(5 * small_piece, 9));
  const auto first = node("a", &directory_);
  const auto lease = first->obtain(spec(model));
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, ErrorKind::corrupt);
  EXPECT_NE(lease.error().message.find(model.path()), std::string::npos) << lease.error().message;
  EXPECT_TRUE(first->cached().empty());
  EXPECT_TRUE(directory_.members(model.digest)->empty());
}

TEST_F(WeightsNodeTest, ADamagedModelIsFetchedAgain) {
  const StoredModel model(5 * small_piece);
  const auto first = node("a", nullptr);
  expect_model(*first, model);
  first->distrust(model.digest);
  EXPECT_TRUE(first->cached().empty());
  expect_model(*first, model);
  EXPECT_EQ(first->counts().storage, 2 * model.layout.bytes());
}

// Others' models will be given back: that is no failure of this one.
TEST_F(WeightsNodeTest, ACacheThatOthersFillIsNoFailureOfTheModel) {
  const StoredModel used(20 * small_piece, 1);
  const StoredModel model(20 * small_piece, 2);
  const auto giver = node("a", &directory_);
  expect_model(*giver, model);
  for (WeightsDirectory* const directory :
       {static_cast<WeightsDirectory*>(nullptr), static_cast<WeightsDirectory*>(&directory_)}) {
    const auto full = node(directory == nullptr ? "b" : "c", directory, 100'000);
    std::optional<WeightsLease> lease = full->obtain(spec(used)).value();
    const auto refused = full->obtain(spec(model));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable) << refused.error().message;
    EXPECT_NE(refused.error().message.find("no room now"), std::string::npos)
        << refused.error().message;
    lease.reset();
    expect_model(*full, model);
  }
}

// It is the node's fault, and not the model's, which another node may hold.
TEST_F(WeightsNodeTest, ACacheThatIsBrokenIsNoFailureOfTheModel) {
  const StoredModel model(5 * small_piece);
  const auto first = node("a", nullptr);
  std::filesystem::remove_all(cache_of("a") + "/locks");
  std::ofstream(cache_of("a") + "/locks") << "a file";
  const auto refused = first->obtain(spec(model));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(refused.error().message,
            "model m: the weights cache " + cache_of("a") + " is of no use: " + cache_of("a") +
                "/locks/" + to_hex(model.digest) + ": open: Not a directory: mend that on this " +
                "machine, or start its workers with another --weights-cache DIR");
  // So it is while it is fetched.
  std::filesystem::remove(cache_of("a") + "/locks");
  std::filesystem::remove_all(cache_of("a") + "/readers");
  std::ofstream(cache_of("a") + "/readers") << "a file";
  const auto again = first->obtain(spec(model));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::unavailable) << again.error().message;
  EXPECT_NE(again.error().message.find("is of no use: "), std::string::npos);
}

TEST_F(WeightsNodeTest, ACacheThatSomebodyRemovesIsMadeAgain) {
  const StoredModel model(5 * small_piece);
  const auto first = node("a", nullptr);
  expect_model(*first, model);
  std::filesystem::remove_all(cache_of("a"));
  expect_model(*first, model);
  // In part: what is left of the model is none.
  std::filesystem::remove(cache_of("a") + "/models/" + to_hex(model.digest) + "/layout");
  expect_model(*first, model);
  EXPECT_EQ(first->counts().storage, 3 * model.layout.bytes());
}

TEST_F(WeightsNodeTest, ACacheThatTurnsReadOnlyStillGivesWhatItHas) {
  constexpr int not_allowed_here = 77;
  const StoredModel model(5 * small_piece, 1);
  const StoredModel other(5 * small_piece, 2);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto first = node("a", nullptr);
    expect_model(*first, model);
    if (!testing::turn_read_only(cache_of("a"))) ::_exit(not_allowed_here);
    expect_model(*first, model);
    const auto refused = first->obtain(spec(other));
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_NE(refused.error().message.find("open: Read-only file system: mend that"),
              std::string::npos)
        << refused.error().message;
    const auto next = WeightsCache::open({cache_of("a"), 1000, 1});
    EXPECT_EQ(next.error().kind, ErrorKind::bad_input);
    EXPECT_NE(
        next.error().message.find("the weights cache " + cache_of("a") + " cannot be written to: "),
        std::string::npos)
        << next.error().message;
    std::fflush(stdout);
    ::_exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == not_allowed_here) GTEST_SKIP() << "no mounts of its own here";
  EXPECT_EQ(status, 0);
}

TEST_F(WeightsNodeTest, WhatIsMissingIsNamed) {
  StoredModel model(5 * small_piece);
  ModelSpec gone = spec(model);
  gone.path += "/nowhere";
  const auto first = node("a", nullptr);
  const auto lease = first->obtain(gone);
  ASSERT_FALSE(lease);
  EXPECT_NE(lease.error().message.find(gone.path), std::string::npos);
  first->stop();
  EXPECT_EQ(first->obtain(spec(model)).error().kind, ErrorKind::unavailable);
}

TEST(WeightsDirectory, BothKindsKeepTheLine) {
  const TemporaryFolder folder;
  LocalWeightsDirectory local;
  const auto shared = FolderWeightsDirectory::open((folder.path() / "meet").string()).value();
  for (WeightsDirectory* directory :
       std::initializer_list<WeightsDirectory*>{&local, shared.get()}) {
    const Digest model = sha256("m");
    EXPECT_TRUE(directory->members(model)->empty());
    std::vector<WeightsMember> expected;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      WeightsMember member{std::string(32, static_cast<char>('d' - i)), "h:" + std::to_string(i),
                           generate_key_pair()->verifying, i, false};
      ASSERT_TRUE(directory->join(model, member));
      expected.push_back(member);
    }
    EXPECT_EQ(directory->members(model).value(), expected);
    expected[0].whole = true;
    ASSERT_TRUE(directory->join(model, expected[0]));
    EXPECT_EQ(directory->members(model).value(), expected);
    ASSERT_TRUE(directory->leave(model, expected[1].node));
    ASSERT_TRUE(directory->leave(model, expected[1].node));
    EXPECT_TRUE(directory->knows(model, expected[1].key).value()) << "what it read is still good";
    EXPECT_FALSE(directory->knows(model, generate_key_pair()->verifying).value());
    expected.erase(expected.begin() + 1);
    EXPECT_EQ(directory->members(model).value(), expected);
    EXPECT_TRUE(directory->members(sha256("other"))->empty());
  }
}

TEST(WeightsDirectory, OtherFilesInItsFolderAreNoMembers) {
  const TemporaryFolder folder;
  const auto directory = FolderWeightsDirectory::open((folder.path() / "meet").string()).value();
  const Digest model = sha256("m");
  ASSERT_TRUE(directory->join(model, {std::string(32, 'a'), "h:1", {}, 0, false}));
  const std::string members = "meet/" + to_hex(model) + "/members/";
  folder.write(members + "notes.txt", "x");
  folder.write(members + std::string(32, 'b'), "{\"endpoint\":1}");
  EXPECT_EQ(directory->members(model)->size(), 1u);
}

}  // namespace
}  // namespace gwageo
