// The power fails while a coordinator publishes its checkpoint. What it did to the file is read off
// its system calls; a small model of a disk says, after each of them, what a power failure could
// leave: bytes that were not synced may be gone in part, a name that was not synced may be the old
// one. There must be a whole checkpoint at every moment. The same model finds the hole when the
// syncs are taken out of the record.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <sstream>

#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

/// One call of the record.
struct Call {
  enum class Kind { create, write, sync, rename, sync_folder };
  Kind kind = Kind::create;
};

std::vector<Call> calls_of(const std::string& record, const std::string& file) {
  std::vector<Call> calls;
  std::istringstream lines(record);
  const auto add = [&](Call::Kind kind) { calls.push_back({kind}); };
  for (std::string line; std::getline(lines, line);) {
    const std::size_t thread_end = std::min(line.find(' '), line.size());
    const std::string call =
        line.substr(std::min(line.find_first_not_of(' ', thread_end), line.size()));
    const bool is_new = call.find(file + ".new") != call.npos;
    if (call.starts_with("openat(") && is_new && call.find("O_TRUNC") != call.npos) {
      add(Call::Kind::create);
    } else if (call.starts_with("write(") && is_new) {
      add(Call::Kind::write);
    } else if (call.starts_with("fsync(") || call.starts_with("fdatasync(")) {
      add(is_new ? Call::Kind::sync : Call::Kind::sync_folder);
    } else if (call.starts_with("rename(") && is_new) {
      add(Call::Kind::rename);
    }
  }
  return calls;
}

/// What may lie under the file's name after a power failure.
class Disk {
 public:
  void apply(const Call& call) {
    switch (call.kind) {
      case Call::Kind::create: written_ = {false, false}; break;
      case Call::Kind::write: written_ = {true, false}; break;
      case Call::Kind::sync: written_.is_synced = true; break;
      case Call::Kind::rename: named_.push_back(written_); break;
      case Call::Kind::sync_folder: named_.erase(named_.begin(), named_.end() - 1);
    }
  }
  /// Whether each file that may have the name is whole, whatever the power does.
  bool is_whole() const {
    for (const Content& each : named_) {
      if (!each.has_bytes || !each.is_synced) return false;
    }
    return true;
  }

 private:
  struct Content {
    bool has_bytes = true;
    bool is_synced = true;
  };
  Content written_;                           ///< Under the name with ".new".
  std::vector<Content> named_ = {Content{}};  ///< Since the folder was synced; the oldest first.
};

bool is_whole_throughout(const std::vector<Call>& calls) {
  Disk disk;
  for (const Call& call : calls) {
    disk.apply(call);
    if (!disk.is_whole()) return false;
  }
  return true;
}

std::vector<Call> without(std::vector<Call> calls, Call::Kind kind) {
  std::erase_if(calls, [&](const Call& call) { return call.kind == kind; });
  return calls;
}

TEST(CheckpointPowerLoss, ThereIsAWholeOneAtEveryMoment) {
  Process probe({"-f", "-o", "/dev/null", "true"}, "strace");
  const auto allowed = probe.wait(Milliseconds(20000));
  ASSERT_FALSE(allowed && allowed->code == 127) << "strace is not there; ops/setup installs it";
  if (!allowed || allowed->code != 0) GTEST_SKIP() << "no tracing here: " << probe.err();

  const TemporaryFolder folder;
  const std::string data = (folder.path() / "data").string();
  const std::string record = (folder.path() / "record").string();
  const std::string file = data + "/checkpoint";
  {
    Pool pool(data, 1);
    pool.start();
    pool.stop();
  }
  Process coordinator(
      {"-f", "-y", "-s", "8", "-o", record, "-e", "trace=openat,write,fsync,fdatasync,rename", "-P",
       file, "-P", file + ".new", "-P", data, program(), "coordinator", "--data", data},
      "strace");
  ASSERT_TRUE(eventually(Milliseconds(20000), [&] { return fs::exists(data + "/endpoint"); }));
  for (const std::string name : {"a", "b"}) {
    const Outcome added = run(
        {"keys", "new", "team", name, "--data", data, "--out", (folder.path() / name).string()});
    EXPECT_EQ(added.code, 0) << added.err;
  }
  for (const Daemon& daemon : daemons_of(data)) ::kill(daemon.id, SIGTERM);
  ASSERT_TRUE(coordinator.wait(Milliseconds(20000)));

  const std::vector<Call> calls = calls_of(read_file(record), file);
  const auto renames = std::count_if(
      calls.begin(), calls.end(), [](const Call& call) { return call.kind == Call::Kind::rename; });
  EXPECT_GE(renames, 2) << read_file(record);
  EXPECT_TRUE(is_whole_throughout(calls)) << read_file(record);
  EXPECT_FALSE(is_whole_throughout(without(calls, Call::Kind::sync)));
  EXPECT_FALSE(is_whole_throughout(without(calls, Call::Kind::write)));
}

}  // namespace
}  // namespace gwageo::e2e
