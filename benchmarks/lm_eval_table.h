// The figures of a results document (lm_eval_results.h) as people paste them: a table in markdown
// with the harness's own columns, or one comma-separated line for each figure.
#pragma once

#include <string>

#include "protocol/json.h"

namespace gwageo::lm_eval {

/// Tasks by name; of each its figures, "METRIC,FILTER" sorted. REQUIRES: `results` is a results
/// document.
std::string markdown_table(const Json& results);

/// A header, then task, version, filter, n_shot, metric, higher_is_better, value, stderr, n.
/// Numbers in the fewest digits that read back equal; quotes as RFC 4180 has them.
std::string csv_table(const Json& results);

}  // namespace gwageo::lm_eval
