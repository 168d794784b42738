// Rows that hold their requests: what `gwageo plan import` makes of a run of another harness, so
// that those very prompts are asked again. One JSON object a row:
//
//   {"id": 0, "target": "1", "doc": {...},                          for people and for export
//    "requests": [{"prompt": "Q: ..", "continuation": " yes"},      a log-likelihood
//                 {"continuation": " no"}],                         prompt: as of the one before
//    "choices": ["yes", "no"], "golds": [1], "targets": ["no"]}     what is scored against
//
// A text is asked for with {"prompt": ".."} or {"messages": [{"role": "user", "content": ".."}]},
// and with the task's `generation_kwargs`; a rolling log-likelihood has a continuation alone.
#pragma once

#include <string>

#include "benchmarks/plan.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/request.h"
#include "protocol/result.h"

namespace gwageo {

/// A row as it is written: one line with its end, strict JSON unless the document has a NaN or an
/// infinity, which are then as Python writes them.
std::string imported_line(const Json& row);

/// Sets requests and reference of `entry`. `generation` has the settings that texts are asked for
/// with. bad_input names the member that is missing or wrong.
Status read_imported_row(const Task& task, const Request& generation, const Json& row,
                         PlanEntry& entry);

}  // namespace gwageo
