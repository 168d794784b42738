// Real processes for the tests: the program itself, started, watched and never left behind.
//
// A child that the test starts is killed when its Process is destroyed, and by the system when the
// test ends in whatever way. The coordinator and the workers of `up` are grandchildren: they are
// found by the folder that their command lines name.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/json.h"
#include "tests/temporary_folder.h"

namespace gwageo::e2e {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// A folder of the test's own, gone with this object, and before it the daemons that use it.
class TemporaryFolder : public testing::TemporaryFolder {
 public:
  ~TemporaryFolder();
};

void write_file(const std::filesystem::path& path, const std::string& text);
std::string read_file(const std::filesystem::path& path);

/// The program under test: GWAGEO_PROGRAM from the environment, else the one that was built.
std::string program();

/// How a process ended: by itself with `code`, or by `signal`.
struct Ending {
  int code = -1;
  int signal = 0;
};

/// A program, ours unless told, with `words`, as a child. Its output goes to two files without a
/// name.
class Process {
 public:
  explicit Process(const std::vector<std::string>& words, const std::string& path = program());
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) const;
  /// Waits until it has ended; nothing when it still runs after `at_most`.
  std::optional<Ending> wait(Milliseconds at_most);
  std::string out() const;
  std::string err() const;

 private:
  pid_t id_ = 0;
  int out_ = -1;
  int err_ = -1;
  std::optional<Ending> ended_;
};

/// What a verb left behind.
struct Outcome {
  int code = -1;  ///< 128 + N when signal N ended it.
  std::string out;
  std::string err;
  /// The one JSON document on standard output. Throws when it is none.
  Json json() const;
};

/// Runs a verb to its end. Throws when that takes longer than `at_most`.
Outcome run(const std::vector<std::string>& words, Milliseconds at_most = Milliseconds(60000));

/// Looks again and again until `condition` holds: false when it does not within `at_most`.
bool eventually(Milliseconds at_most, const std::function<bool()>& condition);

/// A daemon (verb `up`, `coordinator` or `worker`) whose command line names a folder.
struct Daemon {
  pid_t id = 0;
  std::string verb;
  std::string name;  ///< Of a worker.
};
std::vector<Daemon> daemons_of(const std::filesystem::path& folder);

/// kill -9 to all of them, until none is left: false when some do not end.
bool kill_daemons_of(const std::filesystem::path& folder);

}  // namespace gwageo::e2e
