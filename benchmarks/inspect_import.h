// An Inspect evaluation log (inspect_ai, log format version 2) made a task that asks the same, and
// what the model said then as recorded outputs, to be scored again and compared. Pure.
//
// A log has two forms. `.json` is one document with the samples inline. `.eval` is a zip archive:
// header.json is that document without them, samples/ID_epoch_N.json is each, and summaries.json
// lists them all. Inspect makes the one of the other with the samples by epoch and id, and so do
// we: both forms of a log give the same bytes.
#pragma once

#include <cstdint>
#include <string>

#include "benchmarks/suite.h"
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

/// Reads a whole log in its `.json` form. Scored by exact match of the whole text until the task
/// file says otherwise. bad_input, "FILE: field 'samples[3].input': ...".
Result<ImportedLog> import_log(const std::string& file, const Json& log);
/// The same of an `.eval` archive, sample by sample. bad_input, "FILE: member
/// 'samples/a_epoch_1.json': field 'input': ...", also where a sample that the log lists is
/// missing.
Result<ImportedLog> import_archive(const SourceFiles& files, const std::string& path);

}  // namespace gwageo::inspect
