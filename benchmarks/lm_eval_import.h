// A run that the field's harness logged, made a task of ours that asks those very prompts again
// (imported_row.h). Pure.
//
// What its results file says of filters and metrics is kept where this version reads it. Where a
// task needs its own Python to be scored, or the samples do not say which answer is right, its
// responses are collected for that scorer alone (`scoring: external`), with the reason in the file.
// Where only some of a task's filters need Python, the others are scored and these are left out by
// name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::lm_eval {

/// A run as it lies in a folder.
struct LoggedRun {
  std::string results;  ///< Path of its results file.
  Json document;        ///< What that file holds.
  std::string date;     ///< Of its file names.
  /// The samples file of a task, which may be missing.
  std::string samples(const std::string& task) const;
};

/// The names of the tasks that the run scored, in its order. bad_input, naming file and field, when
/// it is no results file.
Result<std::vector<std::string>> logged_tasks(const LoggedRun& run);

struct ImportedTask {
  std::string name;
  std::string yaml;          ///< The task file; its rows are in `data`.
  std::string data;          ///< Its name, beside the task file.
  std::string why_external;  ///< Empty where its scores are computed here.
  /// Of a task that is scored here: the filters that it is scored without, `"NAME": WHY`.
  std::vector<std::string> left_out;
  std::uint64_t documents = 0;
  std::uint64_t original = 0;  ///< Documents that the task has, as far as the run says so.
};

/// Reads one task of the run and gives its rows to `sink`, each with its line end. Errors name
/// file, line and field.
Result<ImportedTask> import_task(const LoggedRun& run, const SourceFiles& files,
                                 const std::string& name,
                                 const std::function<Status(std::string_view row)>& sink);

}  // namespace gwageo::lm_eval
