// An Inspect evaluation log (inspect_ai, log format version 2, its `.json` form with the samples
// inline) made a task that asks the same, and what the model said then as recorded outputs, to be
// scored again and compared. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::inspect {

struct ImportedLog {
  std::string task;
  std::string yaml;     ///< The task file; its rows are in "TASK.jsonl".
  std::string rows;     ///< JSON lines (imported_row.h).
  std::string outputs;  ///< JSON lines, one a sample that has an answer.
  std::uint64_t documents = 0;
  std::uint64_t answers = 0;
};

/// Reads a whole log. Scored by exact match of the whole text until the task file says otherwise.
/// bad_input, "FILE: field 'samples[3].input': ...".
Result<ImportedLog> import_log(const std::string& file, const Json& log);

}  // namespace gwageo::inspect
