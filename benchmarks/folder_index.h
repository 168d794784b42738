// What the YAML files below a folder define, as the harness looks names up. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "benchmarks/task_keys.h"
#include "protocol/result.h"

namespace gwageo {

class FolderIndex {
 public:
  /// Notes the task or group that the file `path` defines, if it does. Of several files with one
  /// name the first counts. bad_input when its name or its tags are no texts.
  Status add(const std::string& path, const TaskKeys& keys);
  /// The file that defines a task or a group; empty where none does.
  std::string file_of(const std::string& name) const;
  /// The names of the tasks that have a tag, in the order of `add`.
  std::vector<std::string> tagged(const std::string& tag) const;

 private:
  std::map<std::string, std::string> files_;
  std::map<std::string, std::vector<std::string>> tags_;
};

}  // namespace gwageo
