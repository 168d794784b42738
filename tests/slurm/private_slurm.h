// A Slurm of the test's own, as ops/local_slurm starts it: two nodes with four fake GPUs each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace gwageo::e2e {

/// Runs a program of the system to its end. Throws when that takes longer than a minute.
Outcome run_program(const std::string& program, const std::vector<std::string>& words);

/// Stopped with this object, and when the test's process ends in whatever way. One at a time: this
/// process and what it starts find it through SLURM_CONF.
class PrivateSlurm {
 public:
  explicit PrivateSlurm(const std::filesystem::path& folder);
  ~PrivateSlurm();
  PrivateSlurm(const PrivateSlurm&) = delete;
  PrivateSlurm& operator=(const PrivateSlurm&) = delete;

  /// Why there is none on this machine; empty when there is one.
  const std::string& missing() const { return missing_; }

  struct Job {
    std::string id;
    std::string name;
    std::string state;
    std::string comment;
  };
  /// Its jobs that have not ended, by id; with `all` those that have as well.
  std::vector<Job> jobs(bool all = false) const;

 private:
  std::string folder_;
  std::string missing_;
};

}  // namespace gwageo::e2e
