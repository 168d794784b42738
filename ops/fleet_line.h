// FleetLine: what a worker job is made of. The scheduler's command line and the script, from what
// the operator said. Pure but for where this program lies, and variables that sbatch would read.
#pragma once

#include <string>
#include <vector>

#include "ops/batch_system.h"
#include "ops/command_line.h"
#include "ops/fleet.h"
#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

struct FleetLine {
  FleetPolicy policy;
  std::vector<std::string> resources;  ///< Options of sbatch: partition, gres, time and so on.
  std::vector<std::string> worker;     ///< Arguments of `gwageo worker`, but for its name.
  std::string program;                 ///< On the nodes.
  std::string log_folder;
  Duration grace = seconds(20);
};

/// bad_input, naming the option, when one is wrong, missing or contradicts another.
/// `coordinator`: where workers find it unless --worker-coordinator says otherwise.
Result<FleetLine> fleet_line(const Invocation& arguments, const std::string& coordinator);
std::vector<Parameter> fleet_parameters();

/// --name, else "fleet". bad_input unless it is a name that leaves room for a number.
Result<std::string> fleet_name(const Invocation& arguments);

/// The script of that worker's job: it becomes the worker, so that signals reach it.
std::string worker_script(const FleetLine& line, std::uint32_t number);
/// sbatch with everything but the script, which it reads from its standard input.
std::vector<std::string> sbatch_words(const FleetLine& line, const WorkerJob& job);
/// Where that job's worker writes its log.
std::string worker_log(const FleetLine& line, std::uint32_t number, const std::string& job);

}  // namespace gwageo
