#include "coordinator/plan_tasks.h"

#include <algorithm>

#include "benchmarks/suite.h"
#include "coordinator/suite_files.h"

namespace gwageo {
namespace {

tl::unexpected<Error> unreadable(Error error) {
  if (error.kind == ErrorKind::io) return tl::unexpected(std::move(error));
  return fail(ErrorKind::corrupt, "its suite's files are not those on record: " + error.message);
}

}  // namespace

Result<std::vector<std::string>> tasks_of_suite(const Store& files, const Digest& manifest) {
  Result<Manifest> list = read_manifest(files, manifest);
  if (!list) return unreadable(std::move(list).error());
  Result<Suite> suite = load_suite(list->main, StoredFiles(files, *list));
  if (!suite) return unreadable(std::move(suite).error());
  std::vector<std::string> names;
  for (const Task& task : suite->tasks) names.push_back(task.name);
  return names;
}

Result<TaskNumbers> TaskNumbers::between(const std::vector<std::string>& of_header,
                                         const std::vector<std::string>& of_suite) {
  TaskNumbers numbers;
  for (const std::string& name : of_header) {
    const auto at = std::find(of_suite.begin(), of_suite.end(), name);
    if (at == of_suite.end()) {
      return fail(ErrorKind::corrupt, "its header names the task " + name +
                                          ", which is none of "
                                          "its suite's");
    }
    numbers.numbers_.push_back(static_cast<std::uint32_t>(at - of_suite.begin()));
  }
  return numbers;
}

}  // namespace gwageo
