// Which of its suite's tasks an entry of a plan is of. The plan's root is over the task's name; the
// number that the entry holds counts the names of the plan's header, and is under no root. So the
// numbers are those of the suite's own files, or nothing is scored by them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/store.h"
#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// The names of a suite's tasks, in its order, by the files of a manifest. corrupt where one of
/// them is missing or another one.
Result<std::vector<std::string>> tasks_of_suite(const Store& files, const Digest& manifest);

/// From the numbers that a header gives tasks to those of its suite. A value.
class TaskNumbers {
 public:
  /// corrupt where the header names a task that the suite has not.
  static Result<TaskNumbers> between(const std::vector<std::string>& of_header,
                                     const std::vector<std::string>& of_suite);
  /// REQUIRES: task is one of the header's.
  std::uint32_t in_suite(std::uint32_t task) const { return numbers_.at(task); }

 private:
  std::vector<std::uint32_t> numbers_;
};

}  // namespace gwageo
