// Faults at single system calls. A coordinator takes a job, has it run, records the results, signs
// its checkpoint and stops; strace counts every call by which it changes its data directory. Then
// it does the same again and again, and each time one of these calls fails: the process is killed
// there, or the call answers that the disk is broken or full. After a restart nothing that was
// acknowledged may be missing, the results are those of a run in peace, and the audit is content.
// At no moment is a checkpoint published whose tiles are not.
//
//   GWAGEO_CALL_FAULTS  how many faults of those that there are (24, evenly; 0: all of them)
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "protocol/key_file.h"
#include "tests/e2e/pool.h"

namespace gwageo::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int called_items = 12;
constexpr Milliseconds patience{30000};

/// By which a file or a folder is changed, and by which files are opened to be changed.
const std::vector<std::string> calls = {
    "openat", "write",    "pwrite64", "pwritev",   "fsync",     "fdatasync",       "rename",
    "unlink", "unlinkat", "link",     "ftruncate", "fallocate", "sync_file_range", "io_submit"};
/// The one that names its files in memory only, where strace does not look.
const std::string direct = "io_submit";

struct CallFault {
  std::string call;
  int number = 0;    ///< Of the calls of one thread, from 1.
  std::string what;  ///< As strace writes it.

  std::string text() const { return what + " at " + call + " " + std::to_string(number); }
};

/// What somebody was told before the fault.
struct Told {
  std::string job;
  std::int64_t done = 0;
  bool is_scored = false;
  std::optional<Ending> ending;  ///< Of the coordinator.
  std::string said;
};

int faults_wanted() {
  const char* const given = std::getenv("GWAGEO_CALL_FAULTS");
  return given == nullptr ? 24 : std::atoi(given);
}

std::string comma_separated(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

class SystemCallFaults : public ::testing::Test {
 protected:
  fs::path data() const { return folder_.path() / "data"; }
  fs::path base() const { return folder_.path() / "base"; }
  std::string log() const { return (folder_.path() / "strace").string(); }

  /// A directory with everything but the job, and with sorted files.
  void make_base() {
    Pool pool(base(), 1);
    pool.start();
    pool.ask({"suite", "add", write_paced_suite(folder_.path() / "suite", "paced", called_items)});
    pool.add_paced_model("pace", 1, 4, 60);
    pool.results(pool.submit("first", "pace", "paced"));
    pool.stop();
  }

  void renew() {
    kill_daemons_of(data());
    fs::remove_all(data());
    fs::copy(base(), data(), fs::copy_options::recursive);
  }

  /// strace's words before the program's, so that only calls on `paths` are looked at (all of them
  /// where there are none).
  std::vector<std::string> traced(const std::vector<std::string>& which,
                                  const std::set<std::string>& paths,
                                  const CallFault* fault) const {
    // A sanitizer's search for leaks at the end traces the process itself, which strace does
    // already.
    std::vector<std::string> words = {"-f",
                                      "-o",
                                      log(),
                                      "-s",
                                      "4096",
                                      "-E",
                                      "ASAN_OPTIONS=detect_leaks=0",
                                      "-e",
                                      "trace=" + comma_separated(which)};
    for (const std::string& path : paths) words.insert(words.end(), {"-P", path});
    if (fault != nullptr) {
      words.insert(words.end(), {"-e", "inject=" + fault->call + ":" + fault->what +
                                           ":when=" + std::to_string(fault->number)});
    }
    words.insert(words.end(), {program(), "coordinator", "--data", data().string()});
    return words;
  }

  /// A verb's answer, unless the coordinator ends before there is one.
  static std::optional<Json> ask(Process& coordinator, std::vector<std::string> words,
                                 const fs::path& data) {
    words.insert(words.end(), {"--data", data.string(), "--json"});
    Process client(words);
    eventually(patience,
               [&] { return client.wait(Milliseconds(0)) || coordinator.wait(Milliseconds(0)); });
    const std::optional<Ending> ending = client.wait(Milliseconds(50));
    if (!ending || ending->code != 0) return std::nullopt;
    return *Json::parse(client.out());
  }

  /// The story, as far as it comes.
  Told tell(const std::vector<std::string>& strace) {
    Process coordinator(strace, "strace");
    Told told;
    const auto is_over = [&] { return coordinator.wait(Milliseconds(0)).has_value(); };
    eventually(patience, [&] { return is_over() || fs::exists(data() / "endpoint"); });
    if (!is_over()) {
      std::string endpoint = read_file(data() / "endpoint");
      endpoint.pop_back();
      Process worker({"worker", "--coordinator", endpoint, "--key",
                      (data() / "keys/worker.key").string(), "--name", "w"});
      const auto job = ask(
          coordinator,
          {"submit", "--model", "pace", "--suite", "paced", "--request", "second", "--skip-lookup"},
          data());
      if (job) told.job = text(*job, {"job"});
      eventually(patience, [&] {
        if (is_over() || told.job.empty()) return true;
        const auto status = ask(coordinator, {"status", told.job}, data());
        if (!status) return false;
        told.done = std::max(told.done, whole(*status, {"items", "done"}));
        return told.is_scored = at(*status, {"scored"}).as_bool();
      });
      for (const Daemon& daemon : daemons_of(data())) {
        if (daemon.verb == "coordinator") ::kill(daemon.id, SIGTERM);
      }
    }
    told.ending = coordinator.wait(patience);
    told.said = coordinator.err();
    return told;
  }

  /// Every path below the data directory that the traced calls named, and the folders.
  std::set<std::string> paths_in_log() const {
    std::set<std::string> paths = {data().string(), (data() / "store").string()};
    const std::string all = read_file(log());
    const std::string begin = "\"" + data().string() + "/";
    for (std::size_t found = all.find(begin); found != all.npos; found = all.find(begin, found)) {
      const std::size_t end = all.find('"', ++found);
      paths.insert(all.substr(found, end - found));
    }
    return paths;
  }

  /// How often one thread makes each call, at most.
  std::map<std::string, int> calls_in_log() const {
    std::map<std::pair<std::string, std::string>, int> by_thread;
    std::map<std::string, int> most;
    std::istringstream lines(read_file(log()));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream parts(line);
      std::string thread;
      std::string call;
      parts >> thread >> call;
      call = call.substr(0, call.find('('));
      if (std::find(calls.begin(), calls.end(), call) == calls.end()) continue;
      most[call] = std::max(most[call], ++by_thread[{thread, call}]);
    }
    return most;
  }

  static std::vector<std::string> all_but_direct() {
    std::vector<std::string> others = calls;
    std::erase(others, direct);
    return others;
  }

  std::vector<std::string> words_for(const CallFault* fault, const std::string& call) const {
    return call == direct ? traced({direct}, {}, fault) : traced(all_but_direct(), paths_, fault);
  }

  /// All faults there are, in an order that mixes calls and kinds when every n-th is taken.
  std::vector<CallFault> faults() {
    renew();
    tell(traced(calls, {}, nullptr));
    paths_ = paths_in_log();
    std::vector<CallFault> found;
    for (const std::string& way : {std::string(), direct}) {
      renew();
      const Told told = tell(words_for(nullptr, way));
      EXPECT_TRUE(told.is_scored && told.ending && told.ending->code == 0) << told.said;
      for (const auto& [call, times] : calls_in_log()) {
        for (int number = 1; number <= times; ++number) {
          for (const char* what : {"signal=SIGKILL", "error=EIO", "error=ENOSPC"}) {
            found.push_back({call, number, what});
          }
        }
      }
    }
    return found;
  }

  Json recovered() {
    Pool pool(data(), 1);
    pool.start();
    const std::string id = pool.submit("second", "pace", "paced", {"--skip-lookup"});
    const Json results = pool.results(id);
    EXPECT_EQ(pool.items_recorded(), 2 * called_items);
    EXPECT_TRUE(at(pool.ask({"audit", "verify"}), {"ok"}).as_bool());
    pool.stop();
    return results;
  }

  /// Whatever happened: what is published is whole, and what the coordinator signed.
  void expect_published_whole() const {
    if (!fs::exists(data() / "tiles/checkpoint")) return;
    const Result<std::string> key =
        read_coordinator_verifier((data() / "keys/operator.key").string());
    ASSERT_TRUE(key) << key.error().message;
    const Outcome audit = run({"audit", "verify", (data() / "tiles").string(), "--signer", *key});
    EXPECT_EQ(audit.code, 0) << audit.out << audit.err;
  }

  void expect_nothing_lost(const CallFault& fault, const Told& told) {
    const bool was_killed = fault.what == "signal=SIGKILL";
    ASSERT_TRUE(told.ending.has_value()) << "the coordinator neither ends nor serves";
    if (!was_killed) {
      // The packaged RocksDB has its assertions on, and one of them is that the kernel's hint
      // sync_file_range never fails. It ends with words, and what was acknowledged is there.
      const bool is_assertion = told.said.find("Assertion") != std::string::npos;
      EXPECT_TRUE(told.ending->signal == 0 || (told.ending->signal == SIGABRT && is_assertion))
          << "it died without being killed: " << told.said;
      EXPECT_TRUE(told.ending->code == 0 || !told.said.empty()) << "it ended without a word";
    }
    expect_published_whole();
    Pool pool(data(), 1);
    pool.start();
    if (!told.job.empty()) {
      const Json status = pool.ask({"status", told.job});
      EXPECT_GE(whole(status, {"items", "done"}), told.done) << "acknowledged results are lost";
      EXPECT_EQ(pool.submit("second", "pace", "paced", {"--skip-lookup"}), told.job);
    }
    pool.stop();
    const Json results = recovered();
    EXPECT_TRUE(fs::exists(data() / "tiles/checkpoint"));
    expect_published_whole();
    for (const char* root : {"plan_root", "results_root", "scores_root"}) {
      EXPECT_EQ(text(results, {root}), text(expected_, {root})) << root;
    }
  }

  TemporaryFolder folder_;
  std::set<std::string> paths_;
  Json expected_;
};

TEST_F(SystemCallFaults, LoseNothingThatWasAcknowledged) {
  try {
    Process probe({"-f", "-o", "/dev/null", "true"}, "strace");
    const auto ending = probe.wait(patience);
    if (ending && ending->code == 127) FAIL() << "strace is not there; ops/setup installs it";
    if (!ending || ending->code != 0) GTEST_SKIP() << "no tracing here: " << probe.err();
  } catch (const std::exception& error) {
    FAIL() << error.what();
  }
  make_base();
  const std::vector<CallFault> all = faults();
  EXPECT_GT(all.size(), 100U);
  expected_ = recovered();
  const int wanted = faults_wanted();
  const std::size_t count =
      wanted <= 0 ? all.size() : std::min(all.size(), static_cast<std::size_t>(wanted));
  int reached = 0;
  for (std::size_t i = 0; i < count && !HasFailure(); ++i) {
    const CallFault& fault = all[i * all.size() / count];
    SCOPED_TRACE(fault.text());
    renew();
    const Told told = tell(words_for(&fault, fault.call));
    const bool is_met = read_file(log()).find("(INJECTED)") != std::string::npos ||
                        (told.ending && told.ending->signal == SIGKILL);
    if (!is_met) std::printf("not met: %s\n", fault.text().c_str());
    reached += is_met;
    expect_nothing_lost(fault, told);
  }
  std::printf("%zu of %zu faults, %d of them met\n", count, all.size(), reached);
  EXPECT_GE(reached, static_cast<int>(count) * 9 / 10) << "faults that nobody met show nothing";
}

}  // namespace
}  // namespace gwageo::e2e
