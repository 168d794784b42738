// The field's harness's `results_DATE.json` (lm_eval/result_schema.py): figures by "METRIC,FILTER",
// and what they rest on. What only we know stands in one more member, "gwageo", which its readers
// pass over.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "benchmarks/scorecard.h"
#include "benchmarks/suite.h"
#include "protocol/json.h"
#include "protocol/time.h"

namespace gwageo::lm_eval {

/// What was seen of a task while its samples were written.
struct TaskSamples {
  std::uint64_t documents = 0;       ///< All of them: `original`.
  std::uint64_t scored = 0;          ///< Those that have rows: `effective`.
  std::vector<std::string> metrics;  ///< In the order in which the rows have them.
  std::string hash;                  ///< `task_hashes`: of the rows' hashes, in their order.
};

/// Where the results come from.
struct Origin {
  std::string model;
  std::string engine;    ///< Its kind.
  Json model_arguments;  ///< An object.
  std::string sanitized_model;
  std::string program;  ///< The version of this program.
  WallTime started;
  WallTime ended;
  Json gwageo;  ///< The member "gwageo".
};

/// The document, in the harness's order of keys. `samples` has one entry a task of the suite. A
/// task without scored items has no figures.
Json results_document(const Suite& suite, const Scorecard& scorecard,
                      const std::vector<TaskSamples>& samples, const Origin& origin);

/// A model's name as part of a path: `"<>:/|\?*[]` in a row become "__".
std::string sanitized_model_name(std::string_view name);

}  // namespace gwageo::lm_eval
