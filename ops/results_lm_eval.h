// Results as the field's harness writes them: DIR/MODEL/results_DATE.json, and beside it one
// samples_TASK_DATE.jsonl a task. DATE is when the job was scored, so that writing them again
// replaces them.
//
// The harness lists all documents of a filter before those of the next, and an evaluation passes
// over the items once; rows of later filters wait in files of their own. A task's hashes are kept,
// 96 bytes an item.
#pragma once

#include <string>
#include <vector>

#include "ops/examined_job.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

struct LmEvalFiles {
  std::string results;               ///< Its path; empty where no folder was given.
  std::vector<std::string> samples;  ///< In suite order; tasks without a scored item have none.
  Json document;                     ///< What the results file holds.
  std::uint64_t items = 0;           ///< All of the suite,
  std::uint64_t without_row = 0;     ///< and those whose outcome is not scored.
};

/// Writes them below `folder`, which is made; an empty name writes nothing and gives the document.
Result<LmEvalFiles> write_lm_eval(ExaminedJob& found, const std::string& folder);

}  // namespace gwageo
