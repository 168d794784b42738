// One logged sample of the field's harness as an imported row. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "benchmarks/lm_eval_log.h"
#include "benchmarks/lm_eval_target.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo::lm_eval {

/// How the rows of one task are read.
struct RowRules {
  OutputType output_type = OutputType::generate_until;
  std::string target_delimiter;    ///< Stands before every choice.
  bool has_unconditional = false;  ///< Each choice was asked without a context too.
  bool reads_choices = false;      ///< A filter reads the document's own `choices`.
  Json choices;                    ///< The task's list of choices, or null.
  TargetRules target;
  bool has_several_targets = false;   ///< Of generate_until: each of a list's texts is right.
  bool has_several_contexts = false;  ///< The choices are contexts before one answer.
  bool is_scored_elsewhere = false;   ///< What is right does not matter.
};

/// The row (imported_row.h). bad_input names the field that is wrong.
Result<Json> imported_row(const LoggedSample& sample, const RowRules& rules);

/// Whether the choices of a document are several contexts before one answer: then its `target` does
/// not say which of them is right.
bool has_several_contexts(const LoggedSample& sample);

/// Whether a document with choices says which of them are right: its target can be read in one way,
/// or `acc` and `filtered_resps` leave one. True as well where the row is wrong in itself.
bool is_target_clear(const LoggedSample& sample, const RowRules& rules);
/// Whether its target is a list of texts.
bool has_list_target(const LoggedSample& sample, const RowRules& rules);

/// Which context the harness took for the right one, as `acc` tells of the likeliest: that one, or
/// of two the other. Nothing where the row does not have `acc` and a log-probability for each
/// context, or where that does not settle it.
std::optional<std::int64_t> right_context(const LoggedSample& sample);

}  // namespace gwageo::lm_eval
