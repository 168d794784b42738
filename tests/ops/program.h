// The built program as its users meet it: real processes, real files, exit codes.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "protocol/json.h"
#include "tests/temporary_folder.h"

namespace gwageo::testing {

/// What a run of the program left.
struct Ran {
  int code = -1;
  std::string out;
  std::string err;
  /// Standard output as the one document that --json promises.
  Json json() const;
};

/// A folder that goes with its test, files in it, and the program run in it. Nothing of the
/// environment reaches the program.
class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest();
  ~ProgramTest() override;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const;
  /// Runs the program to its end, in the folder.
  Ran run(const std::vector<std::string>& words) const;
  /// As `run`, and fails the test unless it ended with 0.
  Ran done(const std::vector<std::string>& words) const;
  /// Expects exit code `code` and every one of `parts` in what standard error says.
  void expect(const std::vector<std::string>& words, int code,
              const std::vector<std::string>& parts) const;

  /// Starts a pool on the data directory `name`; returns its process once it serves.
  pid_t up(const std::string& name = "gwageo-data", int workers = 2);
  /// Ends a pool as a person would; returns its exit code.
  int stop(pid_t pool);
  /// Starts the program; what it says goes to the files `.NAME.out` and `.NAME.err`.
  pid_t begin(const std::string& name, const std::vector<std::string>& words);
  /// The exit code of what `begin` started, once it has ended by itself; -1 when that takes too
  /// long.
  int wait_for(pid_t process, int milliseconds = 30000);
  /// Processes that `parent` began and that still run.
  static std::vector<pid_t> children_of(pid_t parent);
  /// Polls until `is_so` or the deadline; returns whether it became so.
  template <class Condition>
  static bool eventually(Condition is_so, int milliseconds = 10000);

  /// A suite of `items` sums, called `name`, and a target on it.
  void write_suite(const std::string& name, int items = 40) const;
  void add_paced(const std::string& name, const std::string& role, const std::string& released,
                 const std::string& text) const;

 private:
  pid_t start(const std::vector<std::string>& words, const std::string& out,
              const std::string& err) const;
  const testing::TemporaryFolder folder_;
  std::vector<pid_t> pools_;
};

/// A little while, between two looks.
void pause_briefly();

template <class Condition>
bool ProgramTest::eventually(Condition is_so, int milliseconds) {
  for (int waited = 0; waited < milliseconds; waited += 10) {
    if (is_so()) return true;
    pause_briefly();
  }
  return is_so();
}

}  // namespace gwageo::testing
