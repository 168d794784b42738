// The folder of a suite that is made of what another harness logged: its suite file, and of each
// task a file and its rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/lm_eval_import.h"
#include "protocol/result.h"

namespace gwageo {

struct PlanImport {
  std::string path;   ///< A folder, or one file.
  std::string suite;  ///< The new suite's name,
  std::uint32_t version = 1;
  std::string axis;    ///< and the axis of all its tasks.
  std::string folder;  ///< Where it goes; there only once all of it is (new_folder.h).
};

struct WrittenPlan {
  std::string suite_file;
  std::vector<lm_eval::ImportedTask> tasks;
  std::vector<std::string> groups;  ///< Of the run, which the suite is without.
  std::string outputs;  ///< What a model said then, for `model add --outputs`; empty where none is.
};

/// Writes the suite. conflict when the folder is there already and not empty; errors about what is
/// read name file, line and field.
Result<WrittenPlan> import_lm_eval(const PlanImport& wanted);
/// The same of one Inspect log, `wanted.path`, with its answers as recorded outputs beside the
/// suite.
Result<WrittenPlan> import_inspect(const PlanImport& wanted);

}  // namespace gwageo
