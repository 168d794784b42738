// The documents of a task as the field's harness logs them beside their scores: the row as it sees
// it, and the target that it reads there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "benchmarks/document.h"
#include "benchmarks/rows.h"
#include "benchmarks/suite.h"
#include "benchmarks/task.h"
#include "protocol/json.h"
#include "protocol/result.h"

namespace gwageo {

struct LoggedDocument {
  std::int64_t number = 0;  ///< `doc_id`: its place among the task's rows.
  std::string item;         ///< Its item id.
  Json doc;
  std::string target;  ///< As Python prints it.
};

/// Reads one task's documents in order, in bounded pieces. One owner, one thread.
class LoggedDocuments {
 public:
  /// REQUIRES: `task` and `files` outlive this. Errors name file, line and field.
  static Result<LoggedDocuments> open(const Task& task, const SourceFiles& files);
  /// The next one, or nothing at the end.
  Result<std::optional<LoggedDocument>> next();

 private:
  explicit LoggedDocuments(const Task& task) : task_(&task) {}
  Result<LoggedDocument> read(const Row& row);

  const Task* task_;
  std::unique_ptr<Table> table_;       // The reader borrows it,
  std::unique_ptr<RowReader> reader_;  // so neither may move.
  std::optional<Document> document_;
};

}  // namespace gwageo
