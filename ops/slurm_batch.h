// SlurmBatch: Slurm as a batch system, by its own programs: sbatch, squeue, scancel and scontrol.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/batch_system.h"
#include "ops/fleet_line.h"
#include "protocol/time.h"

namespace gwageo {

/// A line of squeue with `squeue_format`; nothing of a job that is none of the fleet's.
std::optional<BatchJob> parse_squeue_line(const std::string& fleet, std::string_view line);
/// Comments may have anything in them, so they come last.
inline constexpr std::string_view squeue_format = "%i|%j|%T|%N|%r|%k";

/// One thread.
class SlurmBatch final : public BatchSystem {
 public:
  /// Of that fleet. To look and to cancel, the line need say no more than the fleet's name.
  explicit SlurmBatch(FleetLine line) : line_(std::move(line)) {}

  Result<std::vector<BatchJob>> jobs() override;
  Result<std::string> submit(const WorkerJob& job) override;
  Result<std::string> try_out(const WorkerJob& job) override;
  Status cancel(const std::vector<std::string>& jobs) override;

  /// How long a cancelled job has from SIGTERM to SIGKILL; none where Slurm does not say.
  std::optional<Duration> kill_wait();

 private:
  FleetLine line_;
  std::map<std::string, std::string> last_words_;  ///< Of failed jobs' logs, by id.
};

}  // namespace gwageo
