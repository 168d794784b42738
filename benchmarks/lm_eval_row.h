// One logged sample of the field's harness as an imported row. Pure.
#pragma once

#include <string>

#include "benchmarks/lm_eval_log.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::lm_eval {

/// How the rows of one task are read.
struct RowRules {
  OutputType output_type = OutputType::generate_until;
  std::string target_delimiter;      ///< Stands before every choice.
  bool has_unconditional = false;    ///< Each choice was asked without a context too.
  bool reads_choices = false;        ///< A filter reads the document's own `choices`.
  Json choices;                      ///< The task's list of choices, or null.
  bool is_scored_elsewhere = false;  ///< What is right does not matter.
};

/// The row (imported_row.h). bad_input names the field that is wrong.
Result<Json> imported_row(const LoggedSample& sample, const RowRules& rules);

/// Whether the choices of a document are several contexts before one answer: then nothing says
/// which of them is right.
bool has_several_contexts(const LoggedSample& sample);

}  // namespace gwageo::lm_eval
