// A task's configuration as the field's harness prints it among its results (`configs`): the keys
// of its TaskConfig in their order, with its defaults, without those that are null.
#pragma once

#include "benchmarks/task.h"
#include "protocol/json.h"

namespace gwageo::lm_eval {

/// An object. Of an imported task it is what the imported results said.
Json task_config(const Task& task);

/// What else the harness reports of a task.
Json task_version(const Task& task);  ///< `metadata.version`, else "Yaml".
std::string task_alias(const Task& task);
Json few_shot_count(const Task& task);

}  // namespace gwageo::lm_eval
