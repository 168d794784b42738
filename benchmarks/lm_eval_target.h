// What a logged target was before it was logged. The harness writes `str(doc_to_target(doc))`, so a
// "0" may be the first choice's place or a choice's text, "True" the text or the place 1, and
// "['a']" a list or a text of five characters. The task's configuration says which, but where the
// target came from code. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/lm_eval_log.h"
#include "protocol/json.h"

namespace gwageo::lm_eval {

/// How a task makes its targets. A value.
struct TargetRules {
  enum class Source { column, rendered, code };
  Source source = Source::code;
  std::string column;
  bool has_choices = false;  ///< Digits that a template gives are a place.

  /// As the configuration of a logged task says.
  static TargetRules of(const Json& config);
};

/// What the target may have been: a text, an integer, a boolean or a list. One value unless it came
/// from code; then the literal that it reads as, if any, and the text.
std::vector<Json> target_values(const LoggedSample& sample, const TargetRules& rules);

/// The places of the choices that a value means; nothing where one of them is none.
std::optional<std::vector<std::int64_t>> places_of(const Json& value,
                                                   const std::vector<std::string>& choices);

}  // namespace gwageo::lm_eval
