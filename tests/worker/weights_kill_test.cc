// Nodes as processes that are killed half-way, over a directory in a folder.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "protocol/digest.h"
#include "tests/worker/weights_model.h"
#include "worker/weights_node.h"

namespace gwageo {
namespace {

using testing::small_piece;
using testing::StoredModel;
using testing::TemporaryFolder;

constexpr int answer_at_most_ms = 120'000;

class KilledLog final : public Log {
 public:
  void write(LogLevel, std::string_view, const std::vector<LogField>&) override {}
};

// A process that obtains the model, says so with its counts, and lives until it is killed.
class NodeProcess {
 public:
  NodeProcess(const std::string& folder, const std::string& name, const StoredModel& model,
              std::uint64_t rate)
      : proofs_(folder + "/" + name + "/partial/" + to_hex(model.digest) + "/proofs") {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::close(pipe[0]);
      run(folder, name, model, rate, pipe[1]);
    }
    ::close(pipe[1]);
    answer_.reset(pipe[0]);
  }
  ~NodeProcess() { kill(); }
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  // Pieces that have come so far.
  std::uint64_t pieces() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(proofs_, error);
    return error ? 0 : size / piece_proof_bytes;
  }

  // What it moved, once it has the model.
  WeightsCounts counts() {
    pollfd waiting = {answer_.number(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, answer_at_most_ms), 1) << "it does not end";
    WeightsCounts counts;
    EXPECT_EQ(::read(answer_.number(), &counts, sizeof counts), static_cast<ssize_t>(sizeof counts))
        << "it failed";
    return counts;
  }

 private:
  [[noreturn]] static void run(const std::string& folder, const std::string& name,
                               const StoredModel& model, std::uint64_t rate, int answer) {
    ::alarm(answer_at_most_ms / 1000);
    KilledLog log;
    auto directory = FolderWeightsDirectory::open(folder + "/meet");
    WeightsNodeOptions options;
    options.cache = {folder + "/" + name, 100'000'000, 1};
    options.listen = "127.0.0.1";
    options.rate = rate;
    options.piece_bytes = small_piece;
    auto node = WeightsNode::open(options, directory->get(), log);
    if (!node) ::_exit(1);
    ModelSpec spec;
    spec.digest = model.digest;
    spec.path = model.path();
    const auto lease = (*node)->obtain(spec);
    if (!lease || model_digest(lease->path()).value() != model.digest) ::_exit(2);
    const WeightsCounts counts = (*node)->counts();
    if (::write(answer, &counts, sizeof counts) != sizeof counts) ::_exit(3);
    while (true) ::pause();
  }

  std::string proofs_;
  pid_t process_ = 0;
  FileDescriptor answer_;
};

class WeightsKillTest : public ::testing::Test {
 protected:
  // 4 s for the model over a link: long enough to be killed in, also where others want the machine.
  static constexpr std::uint64_t rate = 64 * small_piece;

  // Until it has so many pieces: it is in the midst of it.
  static void wait_for(const NodeProcess& node, std::uint64_t pieces) {
    for (int looks = 0; node.pieces() < pieces; ++looks) {
      ASSERT_LT(looks, answer_at_most_ms) << "no pieces come";
      ::usleep(1000);
    }
  }
  std::unique_ptr<NodeProcess> start(const std::string& name) {
    return std::make_unique<NodeProcess>(folder_.path().string(), name, model_, rate);
  }

  TemporaryFolder folder_;
  const StoredModel model_{256 * small_piece};
  const std::uint64_t bytes_ = model_.layout.bytes();
};

TEST_F(WeightsKillTest, TheSenderDies) {
  const auto sender = start("a");
  wait_for(*sender, 1);
  const auto first = start("b");
  wait_for(*first, 1);
  const auto second = start("c");
  wait_for(*second, 60);
  sender->kill();
  const WeightsCounts of_first = first->counts();
  const WeightsCounts of_second = second->counts();
  // The next in line reads what nobody has any more, and nothing else; the other goes on with it.
  EXPECT_EQ(of_first.storage + of_first.received, bytes_);
  EXPECT_GT(of_first.storage, 0u);
  EXPECT_LT(of_first.storage, bytes_);
  EXPECT_EQ(of_second.storage, 0u);
  EXPECT_EQ(of_second.received, bytes_);
}

TEST_F(WeightsKillTest, AReceiverDiesAndComesBack) {
  const auto sender = start("a");
  wait_for(*sender, 1);
  const auto first = start("b");
  wait_for(*first, 1);
  const auto second = start("c");
  wait_for(*second, 60);
  const std::uint64_t had = first->pieces();
  first->kill();
  const auto again = start("b");
  const WeightsCounts of_again = again->counts();
  const WeightsCounts of_second = second->counts();
  EXPECT_EQ(sender->counts().storage, bytes_);
  EXPECT_EQ(of_second.storage, 0u);
  EXPECT_EQ(of_second.received, bytes_);
  EXPECT_EQ(of_again.storage, 0u);
  EXPECT_LE(of_again.received, bytes_ - (had - 2) * small_piece) << "what it had is fetched again";
}

TEST_F(WeightsKillTest, AProcessOfTheSameNodeGoesOnWhereAnotherDied) {
  const auto sender = start("a");
  wait_for(*sender, 1);
  const auto fetching = start("b");
  wait_for(*fetching, 60);
  const auto waiting = start("b");
  const std::uint64_t had = fetching->pieces();
  fetching->kill();
  const WeightsCounts counts = waiting->counts();
  EXPECT_EQ(counts.storage, 0u);
  EXPECT_LE(counts.received, bytes_ - (had - 2) * small_piece);
}

}  // namespace
}  // namespace gwageo
